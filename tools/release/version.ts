/* Versions of releases: X.Y.Z (semver.org 2, without pre-releases: a candidate is a release of channel `candidate`). */

const VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/;

/** True for X.Y.Z. */
export function isVersion(text: string): boolean {
  return VERSION.test(text);
}

/** Below zero: the first is older. Both must be versions. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  const at = left?.findIndex((part, index) => part !== right?.[index]) ?? -1;
  return at < 0 ? 0 : (left?.[at] ?? 0) - (right?.[at] ?? 0);
}
