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

/** The channel of who names none. */
export function defaultChannelOf(version: string): string {
  return `stable-v${majorOf(version)}`;
}

function entriesOf(name: string): readonly ChannelEntry[] {
  const releases = RELEASES.filter((release) => channelsOf(release).includes(name));
  return releases.map(({ version }, at) => {
    const before = releases[at - 1];
    return { name: csvName(version), ...(before === undefined ? {} : { replaces: csvName(before.version) }) };
  });
}

/** All channels, by name. */
export function catalogChannels(): readonly Channel[] {
  const names = [...new Set(RELEASES.flatMap(channelsOf))].toSorted();
  return names.map((name) => ({ name, entries: entriesOf(name) }));
}
