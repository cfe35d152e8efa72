import { compareVersions } from '../release/version.ts';
import { csvName } from './identity.ts';
import { RELEASES, type Release } from './publication.ts';

/* Channels as the semver template of operator-registry makes them: `stable-v0`, `candidate-v0`; one per major version. */

const majorOf = (version: string): string => version.split('.')[0] ?? '';

/** An entry of a channel: a release, and what it is an upgrade from. */
export interface ChannelEntry { readonly name: string; readonly replaces?: string; readonly skips?: readonly string[] }

/** A channel of the catalog. */
export interface Channel { readonly name: string; readonly entries: readonly ChannelEntry[] }

/** Channels that a release is in. */
export function channelsOf({ version, channels }: Release): readonly string[] {
  return channels.map((channel) => `${channel}-v${majorOf(version)}`);
}

/** The channel of who names none: the newest stable one, and while nothing is stable the newest candidate (as the same template chooses it). */
export function defaultChannel(releases: readonly Release[] = RELEASES): string {
  const newestIn = (channel: Release['channels'][number]): string | undefined => releases.filter(({ channels }) => channels.includes(channel)).map(({ version }) => version).toSorted(compareVersions).at(-1);
  const [stable, candidate] = [newestIn('stable'), newestIn('candidate')];
  return stable === undefined ? `candidate-v${majorOf(candidate ?? '0')}` : `stable-v${majorOf(stable)}`;
}

const minorOf = (version: string): string => version.split('.').slice(0, 2).join('.');

/**
 * As the semver template links them (operator-registry 1.72, alpha/template/semver, linkChannels): the last patch of each minor replaces the last one of the
 * minor before, and is an upgrade of everything older; other patches are not upgraded to.
 */
function entriesOf(name: string, all: readonly Release[]): readonly ChannelEntry[] {
  const versions = all.filter((release) => channelsOf(release).includes(name)).map(({ version }) => version).toSorted(compareVersions);
  return versions.map((version, at) => {
    const isLastOfMinor = versions[at + 1] === undefined || minorOf(versions[at + 1] ?? '') !== minorOf(version);
    if (!isLastOfMinor) return { name: csvName(version) };
    const older = versions.slice(0, at);
    const replaced = older.findLast((before) => minorOf(before) !== minorOf(version));
    const skips = older.filter((before) => before !== replaced).map(csvName).toSorted();
    return { name: csvName(version), ...(replaced === undefined ? {} : { replaces: csvName(replaced) }), ...(skips.length === 0 ? {} : { skips }) };
  });
}

/** All channels of these releases (default: all that there are), by name. */
export function catalogChannels(releases: readonly Release[] = RELEASES): readonly Channel[] {
  const names = [...new Set(releases.flatMap(channelsOf))].toSorted();
  return names.map((name) => ({ name, entries: entriesOf(name, releases) }));
}
