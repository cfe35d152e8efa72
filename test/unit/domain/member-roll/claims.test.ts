import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lostClaim } from '../../../../src/domain/member-roll/obstacles.ts';
import { claimantIndex, claimsOn, isServed, winningClaim, type Claim } from '../../../../src/domain/member-roll/claims.ts';
import { parseMember, parseRoll } from '../../../../src/domain/member-roll/claimants.ts';
import { meshesOf } from '../../../../src/domain/member-roll/meshes.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { deleting, namespace, smcp, smm, smmr } from '../../../build/mesh-objects.ts';

const early = { creationTimestamp: '2029-01-01T00:00:00Z' };
const PLANES = [smcp('mesh-a'), smcp('mesh-b')];

/** All claims on a namespace, of these rolls and members. */
function claims(target: KubeObject, objects: readonly KubeObject[], planes: readonly KubeObject[] = PLANES): Claim[] {
  const rolls = objects.filter((object) => object.kind === 'ServiceMeshMemberRoll').map(parseRoll);
  const members = objects.filter((object) => object.kind === 'ServiceMeshMember').map(parseMember);
  return claimsOn(target, claimantIndex(rolls, members)(target.metadata.name), { meshes: meshesOf(planes), operatorNamespace: 'operators' });
}

const winner = (objects: readonly KubeObject[], memberOf?: string): string | undefined => winningClaim(claims(namespace('pay'), objects), memberOf)?.mesh;

/** Every way to claim namespace `pay` for a mesh. */
const WAYS: Readonly<Record<string, (mesh: string, meta?: object) => KubeObject>> = {
  'by name': (mesh, meta = {}) => smmr(mesh, ['pay'], {}, meta),
  'by *': (mesh, meta = {}) => smmr(mesh, ['*'], {}, meta),
  'by selector': (mesh, meta = {}) => smmr(mesh, [], { memberSelectors: [{ matchLabels: { 'kubernetes.io/metadata.name': 'pay' } }] }, meta),
  'by a member': (mesh, meta = {}) => smm('pay', mesh, 'basic', meta),
};

for (const [first, claimFirst] of Object.entries(WAYS)) {
  for (const [second, claimSecond] of Object.entries(WAYS)) {
    test(`claimed first ${first}, then ${second}: the first claim wins`, () => {
      assert.equal(winner([claimSecond('mesh-a'), claimFirst('mesh-b', early)]), 'mesh-b');
      assert.equal(winner([claimFirst('mesh-b', early), claimSecond('mesh-a')]), 'mesh-b');
    });
  }
}

test('claims of the same moment are decided by namespace and name of the claiming object', () => {
  assert.equal(winner([smmr('mesh-b', ['pay']), smmr('mesh-a', ['pay'])]), 'mesh-a');
  assert.equal(winner([smmr('mesh-b', ['pay']), smm('pay', 'mesh-a')]), 'mesh-b', 'mesh-b/default sorts before pay/default');
});

test('a mesh that the namespace is in keeps it against an older claim', () => {
  const objects = [smmr('mesh-a', ['pay'], {}, early), smmr('mesh-b', ['pay'])];
  assert.equal(winner(objects), 'mesh-a');
  assert.equal(winner(objects, 'mesh-b'), 'mesh-b');
});

test('a mesh that no longer claims the namespace does not keep it, nor does one without its control plane', () => {
  assert.equal(winner([smmr('mesh-a', ['pay'])], 'mesh-b'), 'mesh-a');
  const without = claims(namespace('pay'), [smmr('mesh-a', ['pay']), smm('pay', 'mesh-c', 'gone')]);
  assert.equal(winningClaim(without, 'mesh-c')?.mesh, 'mesh-a');
});

test('a roll claims nothing while its namespace has no control plane, or only one being deleted', () => {
  assert.deepEqual(claims(namespace('pay'), [smmr('mesh-c', ['*'], {}, early)]), []);
  assert.deepEqual(claims(namespace('pay'), [smmr('mesh-a', ['pay'])], [deleting(smcp('mesh-a'))]), []);
});

test('a member claims even while its control plane is missing, but the claim is not served', () => {
  const [claim] = claims(namespace('pay'), [smm('pay', 'mesh-a', 'other')]);
  assert.deepEqual(claim, { mesh: 'mesh-a', kind: 'ServiceMeshMember', object: 'pay/default', since: '2030-01-01T00:00:00Z', isServed: false });
  assert.equal(isServed('mesh-a', [claim]), false);
});

test('a mesh is served as soon as one of its claims is', () => {
  const found = claims(namespace('pay'), [smm('pay', 'mesh-a', 'other', early), smmr('mesh-a', ['pay'])]);
  assert.deepEqual(found.map((claim) => [claim.kind, claim.isServed]), [['ServiceMeshMember', false], ['ServiceMeshMemberRoll', true]]);
  assert.equal(isServed('mesh-a', found), true);
});

test('objects with another name, or being deleted, claim nothing', () => {
  assert.deepEqual(claims(namespace('pay'), [smmr('mesh-a', ['pay'], {}, { name: 'other' }), smm('pay', 'mesh-a', 'basic', { name: 'other' })]), []);
  assert.deepEqual(claims(namespace('pay'), [deleting(smmr('mesh-a', ['pay'])), deleting(smm('pay', 'mesh-a'))]), []);
});

test('the namespaces of control planes and of the operator cannot be claimed', () => {
  assert.deepEqual(claims(namespace('mesh-b'), [smmr('mesh-a', ['mesh-b']), smm('mesh-b', 'mesh-a')]), []);
  assert.deepEqual(claims(namespace('operators'), [smmr('mesh-a', ['operators', '*']), smm('operators', 'mesh-a')]), []);
  assert.deepEqual(claims(namespace('mesh-a'), [smm('mesh-a', 'mesh-a')], [smcp('mesh-b')]), [], 'a mesh is not its own member');
});

test('a roll that lists and selects a namespace claims it once', () => {
  assert.equal(claims(namespace('pay'), [smmr('mesh-a', ['pay'], { memberSelectors: [{}] })]).length, 1);
  assert.equal(claims(namespace('pay'), [smmr('mesh-a', ['pay', 'pay'])]).length, 1);
});

test('the text for the loser names the namespace, the other mesh and the object that claims it', () => {
  const [claim] = claims(namespace('pay'), [smm('pay', 'mesh-b')]);
  assert.ok(claim);
  assert.match(lostClaim('pay', claim).message, /^namespace "pay" already belongs to mesh mesh-b \(ServiceMeshMember pay\/default\); .+/);
});
