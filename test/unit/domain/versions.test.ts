import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { allowedVersions, chooseVersion, ISTIO_MINORS, isLegacyVersion, LEGACY_VERSIONS, legacyVersionWarning, moveProblem, NEWEST_MINOR, shownMinor, supportOf, supportRecheckMs } from '../../../src/domain/versions.ts';

function patchOf(spec: string | undefined, running?: string): string {
  const chosen = chooseVersion(spec, running);
  assert.ok(chosen.ok, JSON.stringify(chosen));
  return chosen.value.patch;
}

test('the table has the three minors with all their patches, the newest last', () => {
  assert.deepEqual(ISTIO_MINORS.map(({ minor, patches }) => [minor, patches.length]), [['1.29', 7], ['1.30', 4], ['1.31', 2]]);
  for (const row of ISTIO_MINORS) assert.equal(row.patches.at(-1), row.defaultPatch);
  assert.equal(ISTIO_MINORS.at(-1), NEWEST_MINOR);
});

test('no choice on a new mesh gives the newest', () => {
  for (const none of [undefined, '']) {
    const chosen = chooseVersion(none);
    assert.ok(chosen.ok);
    assert.deepEqual([chosen.value.patch, chosen.value.chosenBy], ['1.31.1', 'default']);
  }
});

test('a minor gives its newest patch, an exact version itself, with or without v', () => {
  assert.equal(patchOf('v1.30'), '1.30.3');
  assert.equal(patchOf('1.30'), '1.30.3');
  assert.equal(patchOf('1.31.0'), '1.31.0');
  assert.equal(patchOf('v1.29.4'), '1.29.4');
});

test('versions of the old operator choose nothing and say so', () => {
  for (const version of LEGACY_VERSIONS) {
    assert.equal(patchOf(version), '1.31.1');
    assert.equal(patchOf(version, '1.29.2'), '1.29.6');
    assert.match(legacyVersionWarning(version) ?? '', new RegExp(`${version}.*old operator`));
  }
  assert.equal(legacyVersionWarning('v1.31'), undefined);
  assert.equal(legacyVersionWarning(undefined), undefined);
});

test('without a choice a running mesh stays on its minor and gets its newest patch', () => {
  for (const row of ISTIO_MINORS) {
    for (const running of row.patches) {
      const chosen = chooseVersion(undefined, running);
      assert.ok(chosen.ok);
      assert.deepEqual([chosen.value.minor, chosen.value.patch, chosen.value.chosenBy], [row.minor, row.defaultPatch, 'running']);
    }
  }
});

test('a running minor the operator no longer has is a problem, never a silent move', () => {
  for (const running of ['1.28.3', '1.40.0']) {
    const chosen = chooseVersion(undefined, running);
    assert.ok(!chosen.ok);
    assert.equal(chosen.error.reason, 'UnsupportedVersion');
    assert.match(chosen.error.message, /v1\.29, v1\.30, v1\.31/);
  }
  assert.equal(patchOf('v1.31', '1.28.3'), '1.31.1');
});

test('what the old operator wrote as its version counts as nothing running', () => {
  for (const running of ['2.5.1', '1.1.18', 'latest', '']) assert.equal(patchOf(undefined, running), '1.31.1');
});

test('anything else is refused with the list of what is allowed', () => {
  for (const version of ['v1.32', '1.31.2', 'v3.0', '1', 'latest', ' v1.31', 'v1.31 ', 'vv1.31', 'v1.31.', 'V1.31', '1.031', 'v1.31.01', '"{{', 'v2.7']) {
    const chosen = chooseVersion(version);
    assert.ok(!chosen.ok, version);
    assert.equal(chosen.error.path, 'spec.version');
    assert.ok(chosen.error.message.includes(allowedVersions()), version);
  }
});

test('any text is answered, shortly', () => {
  fc.assert(fc.property(fc.string(), fc.option(fc.string(), { nil: undefined }), (version, running) => {
    const chosen = chooseVersion(version, running);
    if (chosen.ok) assert.ok(chosen.value.row.patches.includes(chosen.value.patch));
    else assert.ok(chosen.error.value.length <= 80);
  }));
  const long = chooseVersion('9'.repeat(1_000_000));
  assert.ok(!long.ok && long.error.message.length < 400);
});

test('the VERSION column of v1 shows the minor', () => {
  assert.equal(shownMinor('1.31.1'), 'v1.31');
  assert.equal(shownMinor('v1.30'), 'v1.30');
  assert.equal(shownMinor('dev'), 'dev');
  assert.ok(isLegacyVersion('v2.6') && !isLegacyVersion('v2.7'));
});

const chosen = (version: string): Parameters<typeof moveProblem>[0] => {
  const result = chooseVersion(version);
  assert.ok(result.ok);
  return result.value;
};

test('moves go one minor at a time, both ways, and a part that stayed behind counts', () => {
  const allowed = [['v1.30', '1.29.6'], ['v1.31', '1.30.3'], ['v1.29', '1.30.0'], ['1.31.0', '1.31.1'], ['v1.31', '2.5.1-3'], ['v1.31', '1.24.0']] as const;
  for (const [to, from] of allowed) assert.equal(moveProblem(chosen(to), [from]), undefined, `${from} → ${to}`);
  assert.equal(moveProblem(chosen('v1.31'), []), undefined);
  assert.match(moveProblem(chosen('v1.31'), ['1.31.1', '1.29.6', '1.30.3'])?.message ?? '', /runs Istio 1\.29\.6, and 1\.31\.1 is 2 minors away; set v1\.30 first/);
  assert.match(moveProblem(chosen('v1.29'), ['1.31.1'])?.message ?? '', /set v1\.30 first/);
});

test('support ends on the day of the row; the words change twice and count no days', () => {
  const row = ISTIO_MINORS[0];
  assert.ok(row);
  const day = (offset: number): Date => new Date(Date.parse(row.supportEnds) + offset * 86_400_000);
  assert.deepEqual([-31, -29, -1, 0, 400].map((offset) => supportOf(row.defaultPatch, day(offset)).state), ['supported', 'ending', 'ending', 'ended', 'ended']);
  assert.deepEqual(supportOf(row.defaultPatch, day(0)), supportOf(row.defaultPatch, day(400)));
  assert.match(JSON.stringify(supportOf(NEWEST_MINOR.defaultPatch, new Date('2099-01-01'))), /install a newer operator/);
  assert.equal(supportOf('1.20.1', day(400)).state, 'supported');
  for (const { supportEnds } of ISTIO_MINORS) assert.match(supportEnds, /^\d{4}-\d{2}-\d{2}$/);
});

test('somebody looks again at least daily until the last word on a minor is said', () => {
  assert.equal(supportRecheckMs('1.29.6', new Date('2026-09-01')), 86_400_000);
  assert.equal(supportRecheckMs('1.29.6', new Date('2026-09-30T23:00:00Z')), 3_600_000);
  assert.equal(supportRecheckMs('1.29.6', new Date('2026-10-01')), undefined);
  assert.equal(supportRecheckMs('1.20.0', new Date('2026-10-01')), undefined);
});
