import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheKey, cacheRoot } from '../brick-cache.ts';
import { withLock } from '../lock.ts';
import { ARM64_PINS, NODE_PINS } from './debian-pins.ts';

/*
 * What a node and its router need and no Go module gives, out of Debian 12. The packages are unpacked into the cache, never installed: the
 * machine stays as it is. A version that Debian has replaced meanwhile is found in no archive: then the one that apt knows is taken and a line
 * says so, until somebody renews the row (`apt-cache policy NAME`, `sha256sum`).
 */

const PINS = { ...NODE_PINS, ...ARM64_PINS };

export type DebianPackage = keyof typeof PINS;

type NodePackage = keyof typeof NODE_PINS;

/** Folder of each unpacked package of the node; inside, paths are those of an installed one. */
export type PackageFolders = Readonly<Record<NodePackage, string>>;

/** Where Debian keeps the shared libraries of amd64. */
export const LIBRARY_FOLDERS = ['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu'] as const;

const run = promisify(execFile);
const ALL_OF_NODE = Object.keys(NODE_PINS) as readonly NodePackage[];

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
 * Folders of packages, of all those of the node unless told. What is missing is fetched with apt-get (40 MB for the node) and unpacked; later calls
 * need no network.
 * In: their names; who hears of versions that had to be taken instead of pinned ones.
 * @throws an Error when the processor is another, a package cannot be had, or a pinned one's checksum differs
 */
export function ensurePackages(): Promise<PackageFolders>;
export function ensurePackages<P extends DebianPackage>(names: readonly P[], note?: Note): Promise<Readonly<Record<P, string>>>;
export async function ensurePackages(names: readonly DebianPackage[] = ALL_OF_NODE, note: Note = toStderr): Promise<Readonly<Record<string, string>>> {
  if (process.arch !== 'x64') throw new Error(`the packages of the node are pinned for x64 only; this is ${process.arch}`);
  await mkdir(cacheRoot(), { recursive: true });
  await withLock(join(cacheRoot(), 'debian.lock'), () => undefined, () => fetchMissing(names, note));
  const folders = await Promise.all(names.map(async (name) => [name, await findFolder(name) ?? ''] as const));
  return Object.fromEntries(folders);
}
