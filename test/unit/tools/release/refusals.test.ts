import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutRelease, notesOf, unreleased } from '../../../../tools/release/changelog.ts';
import { isUnfinished, releaseRefusals, type ReleaseRequest } from '../../../../tools/release/refusals.ts';
import { compareVersions, isVersion } from '../../../../tools/release/version.ts';

const FRESH = '# Changelog\n\n## Unreleased\n\n### Added\n- A thing.\n';
const RELEASED = cutRelease(FRESH, '0.1.0', '2026-12-01');
const NEWS = RELEASED.replace('## Unreleased\n', '## Unreleased\n\n- Another.\n');

const refusals = (request: Partial<ReleaseRequest>): readonly string[] =>
  releaseRefusals({ version: '0.1.0', current: '0.1.0', changelog: FRESH, day: '2026-12-01', tagged: new Set(), ...request });

test('what was unreleased becomes the notes of the release, and nothing is unreleased after it', () => {
  assert.equal(unreleased(FRESH), '### Added\n- A thing.');
  assert.equal(unreleased(RELEASED), '');
  assert.equal(notesOf(RELEASED, '0.1.0'), '### Added\n- A thing.');
  assert.equal(notesOf(RELEASED, '0.1'), undefined, 'another version that begins alike');
  assert.match(RELEASED, /^# Changelog\n\n## Unreleased\n\n## 0\.1\.0 - 2026-12-01\n\n### Added/);
});

test('versions are compared by number, and nothing but X.Y.Z is one', () => {
  assert.ok(compareVersions('0.10.0', '0.9.9') > 0 && compareVersions('1.0.0', '1.0.1') < 0 && compareVersions('1.2.3', '1.2.3') === 0);
  for (const text of ['1.2', 'v1.2.3', '1.2.3-rc.1', '01.2.3', '', '1.2.3 ']) assert.equal(isVersion(text), false, text);
});

test('the version of package.json can be released once, and the next one after it is out', () => {
  assert.deepEqual(refusals({}), []);
  assert.deepEqual(refusals({ version: '0.2.0', changelog: NEWS, tagged: new Set(['0.1.0']) }), []);
  assert.match(refusals({ changelog: NEWS, tagged: new Set(['0.1.0']) }).join(), /^0\.1\.0: git has the tag v0\.1\.0, so it is out, and a release never changes; take the next version$/);
  assert.match(refusals({ version: '0.2.0', changelog: NEWS }).join(), /0\.1\.0 is not out, git has no tag v0\.1\.0; publish and tag it first/);
  assert.match(refusals({ version: '0.2.0' }).join(), /0\.1\.0 of package\.json was never released; release that one first/);
  assert.match(refusals({ version: '0.0.9' }).join(), /is older than 0\.1\.0 of package\.json/);
  assert.match(refusals({ version: 'next' }).join(), /^next: not a version; give X\.Y\.Z$/);
});

test('a release that was begun is finished: its files are written again, without a new section', () => {
  const begun = { version: '0.1.0', current: '0.1.0', changelog: RELEASED, day: '2026-12-01', tagged: new Set<string>() };
  assert.deepEqual(releaseRefusals(begun), []);
  assert.equal(isUnfinished(begun), true);
  assert.equal(isUnfinished({ ...begun, changelog: FRESH }), false);
  assert.equal(isUnfinished({ ...begun, tagged: new Set(['0.1.0']) }), false);
});

test('a release without news, or without a day, is refused, and both are told at once', () => {
  const both = refusals({ changelog: '# Changelog\n\n## Unreleased\n', day: '2026-13-01' });
  assert.equal(both.length, 2);
  assert.match(both.join('\n'), /--date 2026-13-01: not a day[^]*nothing stands under "## Unreleased"/);
});
