import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheKey, cacheRoot } from '../brick-cache.ts';
import { withLock } from '../lock.ts';

/*
 * What a node and its router need and no Go module gives, out of Debian 12. The packages are unpacked into the cache, never installed: the
 * machine stays as it is. A version that Debian has replaced meanwhile is found in no archive: then the one that apt knows is taken and a line
 * says so, until somebody renews the row (`apt-cache policy NAME`, `sha256sum`).
 */

interface Pin {
  readonly version: string;
  /** Of the .deb for amd64. */
  readonly sha256: string;
}

const PINS = {
  catatonit: { version: '0.1.7-1+b2', sha256: '3ee3137f8499a0b9a77172f57acf73f6da5bd1efd477fb307bb96399b338fc64' },
  containerd: { version: '1.6.20~ds1-1+deb12u3', sha256: '8669d264eeb0fcdb4a0b1ba436ab88ec5dafde4a66e1278ec279d830db4c2216' },
  'containernetworking-plugins': { version: '1.1.1+ds1-3+b5', sha256: '4cac8143474d1249b19f7b0e80b8d0daaa6dfdaa8bd514bc468d38d4a108099f' },
  haproxy: { version: '2.6.12-1+deb12u4', sha256: '97ca097d12b43fc5cb1b17aa5e84957735ef312a2e02cf8a99512fa1abe8a955' },
  iptables: { version: '1.8.9-2', sha256: '2928d3ca6ca8a3dc3f423f6752822b1f3614a5ba609ff7806bcba4449ffe90e1' },
  libc6: { version: '2.36-9+deb12u14', sha256: 'ba4f88f73dbc3ae9055f3c20f4523bfdbaf1ad13ff95e258924f77d20b4fbedf' },
  'libgcc-s1': { version: '12.2.0-14+deb12u1', sha256: '3016e62cb4b7cd8038822870601f5ed131befe942774d0f745622cc77d8a88f7' },
  libip4tc2: { version: '1.8.9-2', sha256: 'f2c48b367f9ec13f9aa577e7ccf81b371ce5d5fe22dddf9d7aa99f1e0bb7cfc4' },
  libip6tc2: { version: '1.8.9-2', sha256: 'be88db3dfa2fe3345ea343207f7c75345602686121e579023d021c348b9b4f4d' },
  'liblua5.3-0': { version: '5.3.6-2', sha256: '576ad8ef2e9f6ad21f29f0c90dac17448deefee8f3912877c2a0911b77e5d3ca' },
  libmnl0: { version: '1.0.4-3', sha256: '4581f42e3373cb72f9ea4e88163b17873afca614a6c6f54637e95aa75983ea7c' },
  'libnetfilter-conntrack3': { version: '1.0.9-3', sha256: '65f1539238f60fcc85d115acd640474f45c77bfddcf402eb7d75965a783c2bc8' },
  libnfnetlink0: { version: '1.0.2-2', sha256: 'ae5cbba417ea48f34c1f72c27e8146a81f20614c1296bca2cd7234c8215fddcc' },
  libnftnl11: { version: '1.2.4-2', sha256: '9e619e1470a1915264e906020f3bfc046fd8458043b1342686d997b5078213af' },
  'libopentracing-c-wrapper0': { version: '1.1.3-3+b1', sha256: '68013bf6296a776923622c871bed26bc7b6bfe5f84b0fa2707a06382d1db2692' },
  libopentracing1: { version: '1.6.0-4', sha256: 'af62b62a99979253a79e3443f7dabe13f1f33bc2fc024f99039e3868a67f26f4' },
  libseccomp2: { version: '2.5.4-1+deb12u1', sha256: '108fe67957ca7cf9ba51d801118a1b37d404bea7b6e365025cd00779e9eca38d' },
  'libstdc++6': { version: '12.2.0-14+deb12u1', sha256: '5cd3171216d4ab0fc911cfe9c35509bf2dd8f47761c43b7f6a4296701551a24d' },
  libxtables12: { version: '1.8.9-2', sha256: 'cb841d66950a43af4a398625313d2f3da9065299c9738538de6c2c3495857040' },
  runc: { version: '1.1.5+ds1-1+deb12u1', sha256: 'a00351f8c0318de0b424ecf5cd0fdb69880a89f3511cae4f6fff7de3e57881c5' },
} as const satisfies Readonly<Record<string, Pin>>;

export type DebianPackage = keyof typeof PINS;

/** Folder of each unpacked package; inside, paths are those of an installed one. */
export type PackageFolders = Readonly<Record<DebianPackage, string>>;

/** Where Debian keeps the shared libraries of amd64. */
export const LIBRARY_FOLDERS = ['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu'] as const;

const run = promisify(execFile);
const ALL = Object.keys(PINS) as readonly DebianPackage[];

/** Folder of a package at some version. */
function folderAt(name: DebianPackage, version: string, sha256: string): string {
  // `~` and `:` of Debian's versions mean something in paths and search lists.
  return join(cacheRoot(), cacheKey(`debian-${name}`, version.replaceAll(/[~:]/g, '-'), [sha256]));
}

/** Ending of the folder of a version that was taken instead of the pinned one. */
const INSTEAD = '.instead-of-';

function insteadOf(name: DebianPackage): string {
  return `${INSTEAD}${PINS[name].sha256.slice(0, 12)}`;
}

function isThere(file: string): Promise<boolean> {
  return stat(file).then(() => true, () => false);
}

/** The unpacked pinned version, else what was taken in its stead. */
async function findFolder(name: DebianPackage): Promise<string | undefined> {
  const pinned = folderAt(name, PINS[name].version, PINS[name].sha256);
  if (await isThere(pinned)) return pinned;
  const instead = (await readdir(cacheRoot())).find((entry) => entry.startsWith(`debian-${name}-`) && entry.endsWith(insteadOf(name)));
  return instead === undefined ? undefined : join(cacheRoot(), instead);
}

/** Runs apt-get in a folder. Out: what went wrong, in its words; undefined for success. */
export type Apt = (parameters: readonly string[], folder: string) => Promise<string | undefined>;

const aptGet: Apt = async (parameters, cwd) => {
  try {
    // Debian's own default, said where it counts: what no signed list names is refused.
    await run('apt-get', ['-o', 'APT::Get::AllowUnauthenticated=false', ...parameters], { cwd, maxBuffer: 16 * 1024 * 1024 });
    return undefined;
  } catch (thrown) {
    const { code, stderr = '' } = thrown as { code?: unknown; stderr?: string };
    if (code === 'ENOENT') return 'there is no apt-get';
    return stderr.trimEnd().split('\n').slice(-3).join('\n');
  }
};

const pinnedName = (name: DebianPackage): string => `${name}=${PINS[name].version}`;

/**
 * Brings the pinned versions into a folder. The lists are refreshed only when those that are there do not know them; what Debian no longer has is
 * then fetched at the version that apt would install, checked by apt against Debian's signed lists. Out: the packages that came so.
 * @throws an Error with apt's words when one cannot be had at all
 */
export async function download(names: readonly DebianPackage[], folder: string, apt: Apt = aptGet): Promise<readonly DebianPackage[]> {
  if (await apt(['download', '-qq', ...names.map(pinnedName)], folder) === undefined) return [];
  await apt(['update', '-qq'], folder);
  const replaced: DebianPackage[] = [];
  for (const name of names) {
    if (await apt(['download', '-qq', pinnedName(name)], folder) === undefined) continue;
    const trouble = await apt(['download', '-qq', name], folder);
    if (trouble !== undefined) {
      throw new Error(`containerd and its companions come from Debian 12 packages, once, by apt-get, and that failed for ${name}; on another system copy ${cacheRoot()} from one where it worked.\n${trouble}`);
    }
    replaced.push(name);
  }
  return replaced;
}

async function unpack(name: DebianPackage, folder: string, isReplaced: boolean, note: Note): Promise<void> {
  const file = (await readdir(folder)).find((entry) => entry.startsWith(`${name}_`));
  if (file === undefined) throw new Error(`apt-get brought no package ${name}`);
  const sha256 = createHash('sha256').update(await readFile(join(folder, file))).digest('hex');
  // `name_1%3a2.3-4_amd64.deb`
  const version = decodeURIComponent(file.split('_')[1] ?? '');
  if (!isReplaced && sha256 !== PINS[name].sha256) throw new Error(`${file} has SHA-256 ${sha256}, not ${PINS[name].sha256}`);
  const target = `${folderAt(name, version, sha256)}${isReplaced ? insteadOf(name) : ''}`;
  const unfinished = `${target}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await run('dpkg-deb', ['-x', join(folder, file), unfinished]);
  await rename(unfinished, target);
  if (isReplaced) note(`${name}: Debian no longer has ${PINS[name].version}; taken instead: ${version}, SHA-256 ${sha256}`);
}

/** Takes a line for people. */
type Note = (line: string) => void;

async function fetchMissing(names: readonly DebianPackage[], note: Note): Promise<void> {
  const missing: DebianPackage[] = [];
  for (const name of names) if (await findFolder(name) === undefined) missing.push(name);
  if (missing.length === 0) return;
  const folder = join(cacheRoot(), 'debian.unfinished');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const replaced = await download(missing, folder);
  for (const name of missing) await unpack(name, folder, replaced.includes(name), note);
  await rm(folder, { recursive: true });
}

const toStderr: Note = (line) => { process.stderr.write(`${line}\n`); };

/**
 * Folders of packages, of all of them unless told. What is missing is fetched with apt-get (40 MB for all) and unpacked; later calls need no network.
 * In: their names; who hears of versions that had to be taken instead of pinned ones.
 * @throws an Error when the processor is another, a package cannot be had, or a pinned one's checksum differs
 */
export function ensurePackages(): Promise<PackageFolders>;
export function ensurePackages<P extends DebianPackage>(names: readonly P[], note?: Note): Promise<Readonly<Record<P, string>>>;
export async function ensurePackages(names: readonly DebianPackage[] = ALL, note: Note = toStderr): Promise<Readonly<Record<string, string>>> {
  if (process.arch !== 'x64') throw new Error(`the packages of the node are pinned for x64 only; this is ${process.arch}`);
  await mkdir(cacheRoot(), { recursive: true });
  await withLock(join(cacheRoot(), 'debian.lock'), () => undefined, () => fetchMissing(names, note));
  const folders = await Promise.all(names.map(async (name) => [name, await findFolder(name) ?? ''] as const));
  return Object.fromEntries(folders);
}
