import { notesOf, unreleased } from './changelog.ts';
import { compareVersions, isVersion } from './version.ts';

/** What decides whether a version may be made. */
export interface ReleaseRequest {
  readonly version: string;
  /** Of package.json. */
  readonly current: string;
  readonly changelog: string;
  /** ISO 8601 day. */
  readonly day: string;
  /** Versions with a tag `vX.Y.Z` in git: they are out. */
  readonly tagged: ReadonlySet<string>;
}

/** True when the version was begun and is not out: its files are written again, with what has been filled in meanwhile. */
export function isUnfinished({ version, current, changelog, tagged }: ReleaseRequest): boolean {
  return version === current && notesOf(changelog, version) !== undefined && !tagged.has(version);
}

function versionRefusals({ version, current, changelog, tagged }: ReleaseRequest): readonly string[] {
  if (!isVersion(version)) return [`${version}: not a version; give X.Y.Z`];
  if (tagged.has(version)) return [`${version}: git has the tag v${version}, so it is out, and a release never changes; take the next version`];
  const order = compareVersions(version, current);
  if (order < 0) return [`${version}: is older than ${current} of package.json; give a newer one`];
  if (order > 0 && notesOf(changelog, current) === undefined) return [`${version}: ${current} of package.json was never released; release that one first`];
  if (order > 0 && !tagged.has(current)) return [`${version}: ${current} is not out, git has no tag v${current}; publish and tag it first, upgrades come from it`];
  return [];
}

/** Why no release of that version can be made: one sentence each, with the way out. Empty: it can. */
export function releaseRefusals(request: ReleaseRequest): readonly string[] {
  const noDay = /^\d{4}-\d\d-\d\d$/.test(request.day) && !Number.isNaN(Date.parse(request.day)) ? [] : [`--date ${request.day}: not a day; give YYYY-MM-DD`];
  const isNews = isUnfinished(request) || unreleased(request.changelog) !== '';
  return [...versionRefusals(request), ...noDay, ...(isNews ? [] : ['CHANGELOG.md: nothing stands under "## Unreleased"; say what is new for users'])];
}
