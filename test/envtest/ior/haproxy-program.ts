import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheRoot } from '../../../tools/cluster/brick-cache.ts';

const run = promisify(execFile);

/** HAProxy of Debian 12 and the libraries it needs beyond a plain system: version, and SHA-256 of the package for amd64. */
const PACKAGES: Readonly<Record<string, readonly [version: string, sha256: string]>> = {
  haproxy: ['2.6.12-1+deb12u4', '97ca097d12b43fc5cb1b17aa5e84957735ef312a2e02cf8a99512fa1abe8a955'],
  'liblua5.3-0': ['5.3.6-2', '576ad8ef2e9f6ad21f29f0c90dac17448deefee8f3912877c2a0911b77e5d3ca'],
  'libopentracing-c-wrapper0': ['1.1.3-3+b1', '68013bf6296a776923622c871bed26bc7b6bfe5f84b0fa2707a06382d1db2692'],
  libopentracing1: ['1.6.0-4', 'af62b62a99979253a79e3443f7dabe13f1f33bc2fc024f99039e3868a67f26f4'],
};

async function unpack(name: string, into: string): Promise<void> {
  const [version = '', sha256 = ''] = PACKAGES[name] ?? [];
  const dir = await mkdtemp(join(into, 'fetch-'));
  await run('apt-get', ['download', '-q', `${name}=${version}`], { cwd: dir });
  const [file = ''] = (await readdir(dir)).filter((entry) => entry.endsWith('.deb'));
  const found = createHash('sha256').update(await readFile(join(dir, file))).digest('hex');
  if (found !== sha256) throw new Error(`package ${name} ${version} has SHA-256 ${found}, not ${sha256}`);
  await run('dpkg-deb', ['-x', join(dir, file), into]);
  await rm(dir, { recursive: true });
}

/** A real HAProxy from its Debian package, fetched once. Out: the program, and the environment in which it finds its libraries. */
export async function haproxyProgram(): Promise<{ readonly file: string; readonly env: Readonly<Record<string, string>> }> {
  const folder = join(dirname(cacheRoot()), 'haproxy', PACKAGES['haproxy']?.[0] ?? '');
  if (!existsSync(folder)) {
    await mkdir(dirname(folder), { recursive: true });
    const fresh = await mkdtemp(`${folder}-`);
    for (const name of Object.keys(PACKAGES)) await unpack(name, fresh);
    // Another test may have been faster.
    await rename(fresh, folder).catch(() => rm(fresh, { recursive: true }));
  }
  const libraries = ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu'].map((path) => join(folder, path));
  return { file: join(folder, 'usr/sbin/haproxy'), env: { LD_LIBRARY_PATH: libraries.join(':') } };
}
