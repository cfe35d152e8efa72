import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ALL_SOURCES } from '../../src/cli/controllers.ts';
import { currentBundleEntry } from '../olm/catalog-files.ts';
import { RELEASES_FILE, type Release } from '../olm/publication.ts';
import { cutRelease } from './changelog.ts';

/* The files of the source that say which version this is. */

/** Pages and comments that name the version in commands to copy. */
const MENTIONING = ['Containerfile', 'docs/install.md', 'docs/e2e.md'];

interface Lockfile { version: string; packages: Record<string, { version?: string }> }

/** A release about to be made. */
export interface NewRelease {
  readonly root: string;
  readonly version: string;
  readonly day: string;
  readonly channels: Release['channels'];
}

const parsed = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

function writeText(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const writeJson = (file: string, value: unknown): void => { writeText(file, `${JSON.stringify(value, undefined, 2)}\n`); };

/** One row a line: a diff of a release is one line. */
const releasesText = (rows: readonly Release[]): string => `[\n${rows.map((row) => `  ${JSON.stringify(row)}`).join(',\n')}\n]\n`;

function writeVersion(root: string, from: string, to: string): void {
  const [manifest, lock] = [join(root, 'package.json'), join(root, 'package-lock.json')];
  writeJson(manifest, { ...(parsed(manifest) as object), version: to });
  const locked = parsed(lock) as Lockfile;
  const own = locked.packages[''];
  if (own !== undefined) own.version = to;
  writeJson(lock, { ...locked, version: to });
  for (const file of MENTIONING) {
    const text = readFileSync(join(root, file), 'utf8');
    writeText(join(root, file), text.replaceAll(`:${from}`, `:${to}`).replaceAll(`:v${from}`, `:v${to}`));
  }
}

/**
 * Writes version, date and changelog of a release. The release before is out by now: what the catalog says of it is kept as it was. Everything generated is
 * stale afterwards.
 */
export function writeRelease({ root, version, day, channels }: NewRelease): void {
  const releases = join(root, RELEASES_FILE);
  const rows = parsed(releases) as readonly Release[];
  const last = rows.at(-1);
  if (last !== undefined && last.version !== version) writeJson(join(root, 'tools', 'olm', 'released', `v${last.version}.json`), currentBundleEntry(ALL_SOURCES));
  const kept = rows.filter((row) => row.version !== version);
  writeText(releases, releasesText([...kept, { version, createdAt: `${day}T00:00:00Z`, channels, digests: {} }]));
  const changelog = join(root, 'CHANGELOG.md');
  writeText(changelog, cutRelease(readFileSync(changelog, 'utf8'), version, day));
  writeVersion(root, (parsed(join(root, 'package.json')) as { version: string }).version, version);
}
