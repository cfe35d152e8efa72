/* CHANGELOG.md, in the form of Keep a Changelog: `## Unreleased` and `## X.Y.Z - DATE`. */

const UNRELEASED = '## Unreleased';

/** The text below a heading, up to the next one of its level; undefined when there is no such heading. */
function below(changelog: string, isHeading: (line: string) => boolean): string | undefined {
  const lines = changelog.split('\n');
  const at = lines.findIndex(isHeading);
  if (at < 0) return undefined;
  const end = lines.findIndex((line, index) => index > at && line.startsWith('## '));
  return lines.slice(at + 1, end < 0 ? undefined : end).join('\n').trim();
}

/** What is new and not released: '' when nothing is. */
export function unreleased(changelog: string): string {
  return below(changelog, (line) => line === UNRELEASED) ?? '';
}

/** Notes of a release; undefined when it has none. */
export function notesOf(changelog: string, version: string): string | undefined {
  return below(changelog, (line) => line === `## ${version}` || line.startsWith(`## ${version} - `));
}

/** What is unreleased becomes the section of a version. In: a day as YYYY-MM-DD. */
export function cutRelease(changelog: string, version: string, day: string): string {
  return changelog.replace(`${UNRELEASED}\n`, `${UNRELEASED}\n\n## ${version} - ${day}\n`);
}
