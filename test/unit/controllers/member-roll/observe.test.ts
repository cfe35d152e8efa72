import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MEMBER } from '../../../../src/api/kinds.ts';
import { OfflineCluster } from '../../../../src/cli/offline-cluster.ts';
import { memberRollController } from '../../../../src/controllers/member-roll/index.ts';
import { observeMemberRoll } from '../../../../src/controllers/member-roll/observe.ts';
import { MEMBER_ROLL_WATCHES } from '../../../../src/controllers/member-roll/watches.ts';
import * as sources from '../../../../src/controllers/sources.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import type { Source } from '../../../../src/runtime/controller.ts';
import { namespace, smcp, smm, smmr } from '../../../build/mesh-objects.ts';
import { clusterOf } from '../../../support/plan-case.ts';

function keys(source: Source, object: KubeObject, ...world: readonly KubeObject[]): string[] {
  const watch = MEMBER_ROLL_WATCHES.find((row) => row.source === source);
  assert.ok(watch);
  return [...new Set(watch.toKeys(object, clusterOf(world)))].toSorted();
}

test('a mesh namespace without a roll and without members pointing at it is not observed', () => {
  assert.equal(observeMemberRoll('mesh-a', clusterOf([smcp('mesh-a'), smm('pay', 'mesh-b'), smmr('mesh-b')])), undefined);
});

test('a mesh for the whole cluster is observed without a roll', () => {
  const wide: KubeObject = { ...smcp('mesh-a'), status: { observedGeneration: 1, appliedSpec: { mode: 'ClusterWide' } } };
  const seen = observeMemberRoll('mesh-a', clusterOf([wide, namespace('mesh-a')]));
  assert.deepEqual([seen?.roll, seen?.controlPlanes.length], [undefined, 1]);
});

test('a member that points at it is enough, and so is a roll of any name', () => {
  assert.equal(observeMemberRoll('mesh-a', clusterOf([smm('pay', 'mesh-a')]))?.roll, undefined);
  const seen = observeMemberRoll('mesh-a', clusterOf([smmr('mesh-a', [], {}, { name: 'mine' })]), { operatorNamespace: 'operators' });
  assert.deepEqual([seen?.roll, seen?.misnamed.length, seen?.operatorNamespace], [undefined, 1, 'operators']);
});

test('while members are not served nothing is observed', () => {
  const cluster = new OfflineCluster([MEMBER]);
  cluster.put(sources.MEMBER_ROLLS.type, smmr('mesh-a'));
  assert.equal(observeMemberRoll('mesh-a', cluster), undefined);
});

test('a namespace wakes the mesh on its label, the one it leaves, and all that may claim it', () => {
  const pay = namespace('pay', { 'maistra.io/member-of': 'mesh-a' }, { annotations: { 'tmesh.maistra.io/leaving': 'mesh-b' } });
  const world = [smmr('mesh-c', ['pay']), smmr('mesh-d', ['*']), smmr('mesh-e', ['buy']), smm('pay', 'mesh-f')];
  assert.deepEqual(keys(sources.NAMESPACES, pay, ...world), ['mesh-a', 'mesh-b', 'mesh-c', 'mesh-d', 'mesh-f']);
});

test('a member wakes its mesh and those that claim its namespace', () => {
  assert.deepEqual(keys(sources.MEMBERS, smm('pay', 'mesh-a'), smmr('mesh-c', ['pay']), smmr('mesh-e', ['buy'])), ['mesh-a', 'mesh-c']);
});

test('a roll or control plane wakes every roll: a claim of one decides over members of another', () => {
  assert.deepEqual(keys(sources.MEMBER_ROLLS, smmr('mesh-a'), smmr('mesh-a'), smmr('mesh-b')), ['mesh-a', 'mesh-b']);
  assert.deepEqual(keys(sources.CONTROL_PLANES, smcp('mesh-a'), smmr('mesh-b')), ['mesh-a', 'mesh-b']);
});

test('bursts are collapsed: at most five passes a second for one roll', () => {
  assert.deepEqual([memberRollController().name, memberRollController().minIntervalMs], ['member-roll', 100]);
});
