import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { ImageFile } from './image.ts';
import { padding, tarHeader, tarSize, TAR_END, type TarEntry } from './tar.ts';

interface Piece {
  readonly entry: TarEntry;
  readonly source?: string;
  readonly text?: string;
}

/** A layer, ready to be written: its size is known, its content is read when it is asked for. */
export interface Layer {
  readonly size: number;
  chunks(): AsyncIterable<Buffer>;
}

function foldersAbove(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

async function pieceOf(file: ImageFile): Promise<Piece> {
  const path = file.target.replace(/^\//, '');
  if ('link' in file) return { entry: { type: 'link', path, mode: 0o777, size: 0, link: file.link } };
  if ('folder' in file) return { entry: { type: 'folder', path, mode: file.mode ?? 0o755, size: 0 } };
  if ('text' in file) return { entry: { type: 'file', path, mode: file.mode ?? 0o644, size: Buffer.byteLength(file.text) }, text: file.text };
  const { size, mode } = await stat(file.source);
  return { entry: { type: 'file', path, mode: file.mode ?? ((mode & 0o111) === 0 ? 0o644 : 0o755), size }, source: file.source };
}

async function* contentOf({ entry, source, text }: Piece): AsyncIterable<Buffer> {
  if (text !== undefined) yield Buffer.from(text);
  if (source === undefined) return;
  let read = 0;
  for await (const chunk of createReadStream(source, { highWaterMark: 1024 * 1024 })) {
    read += (chunk as Buffer).length;
    yield chunk as Buffer;
  }
  if (read !== entry.size) throw new Error(`${source} changed while it was read`);
}

async function* chunksOf(pieces: readonly Piece[]): AsyncIterable<Buffer> {
  for (const piece of pieces) {
    yield tarHeader(piece.entry);
    yield* contentOf(piece);
    yield Buffer.alloc(padding(piece.entry.size));
  }
  yield TAR_END;
}

/**
 * Puts files into a layer, sorted by path, with the folders above them.
 * @throws an Error for a missing file or two of one path
 */
export async function layerOf(files: readonly ImageFile[]): Promise<Layer> {
  const given = await Promise.all(files.map(pieceOf));
  const byPath = new Map<string, Piece>();
  for (const piece of given) {
    if (byPath.has(piece.entry.path)) throw new Error(`two files of the image are both at /${piece.entry.path}`);
    byPath.set(piece.entry.path, piece);
  }
  for (const path of given.flatMap(({ entry }) => foldersAbove(entry.path))) {
    if (!byPath.has(path)) byPath.set(path, { entry: { type: 'folder', path, mode: 0o755, size: 0 } });
  }
  const pieces = [...byPath.values()].sort((a, b) => (a.entry.path < b.entry.path ? -1 : 1));
  const size = pieces.reduce((sum, { entry }) => sum + tarSize(entry.size), TAR_END.length);
  return { size, chunks: () => chunksOf(pieces) };
}
