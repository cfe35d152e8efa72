import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cacheRoot } from '../cluster/brick-cache.ts';
import { withLock } from '../cluster/lock.ts';
import { writeArchive, type WrittenImage } from './archive.ts';
import type { Image } from './image.ts';

/** An image as a file, ready to be imported. */
export interface StoredImage extends WrittenImage {
  readonly reference: string;
  readonly archive: string;
}

async function contentOf(file: string): Promise<string> {
  // The cache's names tell the content already.
  if (file.startsWith(`${cacheRoot()}/`)) return file;
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function keyOf(image: Image): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([image.reference, image.config, image.arch ?? process.arch]));
  for (const file of image.files) hash.update(JSON.stringify('source' in file ? { ...file, source: await contentOf(file.source) } : file));
  return hash.digest('hex').slice(0, 16);
}

/** `docker.io/istio/pilot:1.31.1` → `pilot-1.31.1`. */
function shortName(reference: string): string {
  return basename(reference).replaceAll(/[^\w.-]/g, '-');
}

/** Another run may be about to import what it has just made. */
const IN_USE_MS = 3_600_000;

async function removeOld(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const { mtimeMs } = await stat(join(folder, name));
    if (Date.now() - mtimeMs > IN_USE_MS) await rm(join(folder, name));
  }
}

/** The image's archive, made unless one of the very same content is in the cache. Older ones of the same name are thrown away. */
export async function storeImage(image: Image): Promise<StoredImage> {
  const folder = join(cacheRoot(), '..', 'images', shortName(image.reference));
  await mkdir(folder, { recursive: true });
  return withLock(`${folder}.lock`, () => undefined, async () => {
    const key = await keyOf(image);
    const [archive, note] = [join(folder, `${key}.tar`), join(folder, `${key}.json`)];
    if (!await stat(note).then(() => true, () => false)) {
      await removeOld(folder);
      const written = await writeArchive(image, `${archive}.unfinished`);
      await rename(`${archive}.unfinished`, archive);
      await writeFile(note, JSON.stringify(written));
    }
    return { reference: image.reference, archive, ...JSON.parse(await readFile(note, 'utf8')) as WrittenImage };
  });
}
