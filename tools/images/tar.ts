/* Headers of the ustar format (POSIX.1-1988, pax utility "ustar Interchange Format"): all that an image needs. */

const BLOCK = 512;
const TYPES = { file: '0', link: '2', folder: '5' } as const;

export interface TarEntry {
  readonly type: keyof typeof TYPES;
  /** Relative, without a slash in front or at the end. */
  readonly path: string;
  readonly mode: number;
  readonly size: number;
  /** Target of a symbolic link. */
  readonly link?: string;
}

/** Bytes that fill a content of that size up to whole blocks. */
export function padding(size: number): number {
  return (BLOCK - size % BLOCK) % BLOCK;
}

/** Name and prefix of a path; together they may have 255 bytes, split at a slash. */
function splitPath(path: string): readonly [string, string] {
  if (Buffer.byteLength(path) <= 100) return [path, ''];
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155) return [name, prefix];
  }
  throw new Error(`the path is too long for a tar file: ${path}`);
}

function octal(value: number, length: number): string {
  return `${value.toString(8).padStart(length - 1, '0')}\0`;
}

/** The header block of an entry. Owner is root, time is 1970: equal content gives equal bytes. */
export function tarHeader({ type, path, mode, size, link = '' }: TarEntry): Buffer {
  const [name, prefix] = splitPath(type === 'folder' ? `${path}/` : path);
  if (Buffer.byteLength(link) > 100) throw new Error(`the link's target is too long for a tar file: ${link}`);
  const header = Buffer.alloc(BLOCK);
  const put = (text: string, offset: number): void => { header.write(text, offset, 'utf8'); };
  put(name, 0);
  put(octal(mode, 8), 100);
  put(octal(0, 8), 108);
  put(octal(0, 8), 116);
  put(octal(type === 'file' ? size : 0, 12), 124);
  put(octal(0, 12), 136);
  put(' '.repeat(8), 148);
  put(TYPES[type], 156);
  put(link, 157);
  put('ustar\u000000', 257);
  put(prefix, 345);
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** What ends a tar file. */
export const TAR_END = Buffer.alloc(2 * BLOCK);

/** Bytes of an entry: header, content, padding. */
export function tarSize(size: number): number {
  return BLOCK + size + padding(size);
}
