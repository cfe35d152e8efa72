import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { hostTools } from '../../../tools/cluster/mesh-processes/host-tools.ts';
import { wayIn } from '../../../tools/demo/enclosure.ts';
import type { Needed } from './needed-changes.ts';
import type { Probed, ProbeReport } from './probes.ts';
import type { Differences } from './snapshot.ts';
import { MESHES } from './stage.ts';

interface Judged { readonly refused: string; readonly configurations: readonly string[]; readonly conversionService: string }
interface Upgraded extends Judged, Differences { readonly upgradeSeconds: number; readonly objects: number; readonly probed: Probed }

interface Seen {
  readonly accepted: { readonly code: number; readonly stderr: string; readonly unknown: string };
  readonly installed: Judged & { readonly installSeconds: number };
  readonly first: Upgraded & { readonly needed: Needed };
  readonly second: Upgraded;
  readonly dead: { readonly others: readonly string[]; readonly created: string; readonly labelled: string; readonly readV2: number; readonly leaving: string };
  readonly withMeshes: { readonly conversion: string; readonly left: number; readonly others: readonly string[] };
  readonly again: Differences & { readonly objects: number };
  readonly withoutMeshes: { readonly conversion: string; readonly members: readonly string[]; readonly left: readonly string[]; readonly leftAfter: readonly string[]; readonly namespaces: string };
  readonly beside: { readonly phase: string; readonly said: readonly string[] };
}

const summary = (name: string, { asked, failed, longestGapSeconds }: ProbeReport): string => `${name}: ${failed.length} of ${asked} failed, longest gap ${longestGapSeconds} s${failed.length > 0 ? ` (${failed[0]?.slice(0, 160)})` : ''}`;

/** What a user is told while the API server, OLM or we are between two states, and may try again. */
const PASSING = /failed calling webhook|conversion webhook .* failed|the conversion into maistra\.io\/v2 is being set up|storage is \(re\)initializing|object has been modified/;

describe('OLM 0.45 installs, upgrades and removes the operator', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'tmesh-olm-install-'));
  let seen: Seen;
  let timeline: readonly string[] = [];
  before(async () => {
    const [{ unshare }, way] = await Promise.all([hostTools(), wayIn()]);
    const env = { ...process.env, TMESH_OLM_SCRATCH: scratch, TMESH_OLM_MESHES: String(MESHES) };
    const { stdout, stderr } = await promisify(execFile)(unshare, [...way, '--', process.execPath, join(import.meta.dirname, 'installed-by-olm.ts')], { env, maxBuffer: 64 * 1024 * 1024 });
    timeline = stderr.split('\n').filter((line) => /^[\d.]+ s: [^{]+/.test(line)).map((line) => line.replace(/: \{.*/, ''));
    seen = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Seen;
  });
  after(() => { rmSync(scratch, { recursive: true }); });

  it('the API server takes every object of the bundle strictly, and would have refused a field that does not exist', (t) => {
    for (const line of timeline) t.diagnostic(line);
    assert.equal(seen.accepted.code, 0, seen.accepted.stderr);
    assert.match(seen.accepted.unknown, /unknown field "spec\.strange"/);
  });

  for (const moment of ['installed', 'first', 'second'] as const) {
    it(`webhooks answer with the certificates of OLM, and the operator registers none of its own (${moment === 'installed' ? 'after the installation' : `after the ${moment} upgrade`})`, () => {
      assert.match(seen[moment].refused, /admission webhook "smcp\.validation\.maistra\.io" denied the request.*v9\.9/s);
      assert.equal(seen[moment].conversionService, 'tenant-mesh-operator-service');
      const ours = seen[moment].configurations.filter((name) => name.includes('validation.maistra.io') || name === 'tenant-mesh-operator');
      assert.equal(ours.length, 3);
      assert.ok(ours.every((name) => /^sm(cp|mr|m)\.validation\.maistra\.io-\w+$/.test(name)), ours.join(' '));
    });
  }

  for (const moment of ['first', 'second'] as const) {
    it(`an upgrade (the ${moment}) loses nothing and rewrites nothing that users wrote`, () => {
      assert.ok(seen[moment].objects > 10 * MESHES, `${seen[moment].objects} objects were compared`);
      const removed = moment === 'first' ? seen.first.needed.removed : [];
      assert.deepEqual([seen[moment].lost.filter(({ what }) => !removed.includes(what)), seen[moment].rewritten], [[], []]);
    });

    it(`no request through the gateway of the walk fails during the ${moment} upgrade`, (t) => {
      const { traffic } = seen[moment].probed;
      t.diagnostic(summary('requests', traffic));
      assert.ok(traffic.asked > 50, `${traffic.asked} requests`);
      assert.deepEqual(traffic.failed, []);
    });

    it(`what is accepted during the ${moment} upgrade is kept, in the words of both APIs; what is refused may be tried again`, (t) => {
      const { conversion, editedV1, editedV2, judgedV1, judgedV2, readV1 } = seen[moment].probed;
      t.diagnostic(`${seen[moment].objects} objects, ${seen[moment].upgradeSeconds} s`);
      for (const [name, report] of Object.entries({ judgedV1, judgedV2, readV1, editedV1, editedV2, conversion })) t.diagnostic(summary(name, report));
      assert.deepEqual([editedV1.isKept, editedV2.isKept], [true, true]);
      assert.deepEqual([editedV1, editedV2, judgedV1, judgedV2].flatMap(({ failed }) => failed).filter((message) => !PASSING.test(message)), []);
    });
  }

  it('the new certificate of OLM is served before the API server asks for it: nothing is refused for it, and v2 for nothing but a pod that goes', () => {
    const { judgedV1, judgedV2, readV1, editedV1, editedV2 } = seen.second.probed;
    assert.deepEqual([judgedV1, judgedV2, readV1, editedV1, editedV2].flatMap(({ failed }) => failed).filter((message) => /x509/.test(message)), []);
    assert.ok(judgedV2.failed.length + editedV2.failed.length <= 4, [...judgedV2.failed, ...editedV2.failed].join('\n'));
  });

  it('from an earlier program an upgrade changes only what the two render differently, and writes nothing else', () => {
    const { changed, needed, touched } = seen.first;
    assert.deepEqual(changed.filter(({ what }) => !needed.changed.includes(what)), []);
    assert.deepEqual(needed.changed.filter((what) => changed.every((object) => object.what !== what)), [], 'all that had to be changed was');
    assert.deepEqual(touched, []);
  });

  it('to the same program under another number an upgrade writes no object of a mesh at all', () => {
    assert.deepEqual([seen.second.changed, seen.second.touched], [[], []]);
  });

  it('while the operator is dead only its own kinds cannot be written, and nobody else waits', () => {
    const { others, created, labelled, readV2 } = seen.dead;
    assert.deepEqual(others, []);
    assert.match(created, /failed calling webhook "smcp\.validation\.maistra\.io"/);
    assert.match(labelled, /failed calling webhook "smmr\.validation\.maistra\.io"/);
    assert.ok(readV2 > MESHES, `${readV2} control planes can be read`);
  });

  it('removed with meshes left, the control planes are there and can be read, others go on, and a namespace goes when its finalizer was given up', () => {
    assert.equal(seen.withMeshes.conversion, 'None');
    assert.ok(seen.withMeshes.left > MESHES);
    assert.deepEqual(seen.withMeshes.others, []);
  });

  it('installed again it takes over the meshes as they are', () => {
    assert.ok(seen.again.objects > 5 * MESHES);
    const { lost, rewritten, changed, touched } = seen.again;
    // The namespaces mesh-0 and project-3 were deleted meanwhile, and what was theirs goes from the other side. Before, v1 was read without conversion.
    assert.deepEqual(lost.filter(({ key }) => !/ (project-0|mesh-3)\//.test(key)), []);
    assert.deepEqual(rewritten.filter((line) => !line.startsWith('/apis/maistra.io/v1/servicemeshcontrolplanes ')), []);
    assert.deepEqual([changed, touched], [[], []]);
  });

  it('removed after the last mesh it leaves what docs/install.md says, and after the command that is given there nothing', () => {
    const { conversion, members, left, leftAfter, namespaces } = seen.withoutMeshes;
    assert.deepEqual({ conversion, members, leftAfter, namespaces }, { conversion: 'None', members: [], leftAfter: [], namespaces: '' });
    assert.ok(left.every((name) => /^cluster(role|rolebinding)\.rbac/.test(name)), left.join(' '));
  });

  it('beside OpenShift Service Mesh 2 OLM refuses the operator, and leaves the other one alone', () => {
    assert.equal(seen.beside.phase, 'Succeeded');
    assert.match(seen.beside.said.join('\n'), /tenant-mesh-operator\.v\d.* Failed InterOperatorGroupOwnerConflict intersecting operatorgroups provide the same apis/i);
  });
});
