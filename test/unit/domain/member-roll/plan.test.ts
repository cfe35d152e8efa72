import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RollObserved } from '../../../../src/domain/member-roll/observed.ts';
import { planMemberRoll } from '../../../../src/domain/member-roll/plan.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { deleting, namespace, smcp, smm, smmr, withMeta } from '../../../build/mesh-objects.ts';

function observed(...objects: readonly KubeObject[]): RollObserved {
  const ofKind = (kind: string): KubeObject[] => objects.filter((object) => object.kind === kind);
  const own = ofKind('ServiceMeshMemberRoll');
  const roll = own.find((object) => object.metadata.name === 'default');
  return {
    meshNamespace: 'mesh-a', misnamed: own.filter((object) => object !== roll), namespaces: ofKind('Namespace'), rolls: own,
    members: ofKind('ServiceMeshMember'), controlPlanes: ofKind('ServiceMeshControlPlane'), ...(roll === undefined ? {} : { roll }),
  };
}

/** The plan's steps as `verb kind/name`. */
function steps(...objects: readonly KubeObject[]): string[] {
  return planMemberRoll(observed(...objects)).stages.flat()
    .map((step) => ('ref' in step ? `${step.do} ${step.ref.type.kind}/${step.ref.name}` : `${step.do} ${step.type.kind}`));
}

const mesh = namespace('mesh-a');
const createdBy = { 'maistra.io/created-by': 'servicemeshmember-controller' };
const madeByUs = (spec: object = {}): KubeObject => withMeta(smmr('mesh-a', [], spec), {
  annotations: createdBy, managedFields: [{ manager: 'tmesh-member-roll', operation: 'Apply' }, { manager: 'kubectl-edit', operation: 'Update', subresource: 'status' }],
});

test('a member of a control plane without a roll gets an empty roll, marked as made for it', () => {
  const [stage] = planMemberRoll(observed(mesh, smcp('mesh-a'), smm('pay', 'mesh-a'))).stages;
  assert.deepEqual(stage?.map((step) => (step.do === 'apply' ? step.object : undefined)), [
    { apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMemberRoll', metadata: { name: 'default', namespace: 'mesh-a', annotations: createdBy }, spec: {} },
  ]);
});

test('no roll is made while the control plane, or the namespace, is missing or going', () => {
  assert.deepEqual(steps(mesh, smm('pay', 'mesh-a')), []);
  assert.deepEqual(steps(mesh, deleting(smcp('mesh-a')), smm('pay', 'mesh-a')), []);
  assert.deepEqual(steps(smcp('mesh-a'), smm('pay', 'mesh-a')), []);
  assert.deepEqual(steps(deleting(mesh), smcp('mesh-a'), smm('pay', 'mesh-a')), []);
  assert.deepEqual(steps(mesh, smcp('mesh-a'), smm('pay', 'mesh-a', 'other')), [], 'the member names another control plane');
});

test('no roll is made for members being deleted, misnamed, or in the mesh itself', () => {
  assert.deepEqual(steps(mesh, smcp('mesh-a'), deleting(smm('pay', 'mesh-a')), smm('buy', 'mesh-a', 'basic', { name: 'mine' }), smm('mesh-a', 'mesh-a')), []);
});

const clusterWide = (meta: object = {}): KubeObject => ({ ...smcp('mesh-a', 'basic', { mode: 'ClusterWide' }, meta), status: { observedGeneration: 1, operatorVersion: '0.1.0', appliedSpec: { mode: 'ClusterWide' } } });

test('a mesh for the whole cluster gets a roll of all namespaces labelled istio-injection: enabled, which goes with its control plane', () => {
  const [stage] = planMemberRoll(observed(mesh, clusterWide())).stages;
  assert.deepEqual(stage?.map((step) => (step.do === 'apply' ? step.object : undefined)), [{
    apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMemberRoll',
    metadata: { name: 'default', namespace: 'mesh-a', ownerReferences: [{ apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', name: 'basic', uid: 'uid-servicemeshcontrolplane-mesh-a-basic', controller: true, blockOwnerDeletion: true }] },
    spec: { memberSelectors: [{ matchLabels: { 'istio-injection': 'enabled' } }] },
  }]);
});

test('it gets none beside a roll of the user\'s, before it was ready once, while it or its namespace goes, and beside a second control plane', () => {
  assert.deepEqual(steps(mesh, clusterWide(), smmr('mesh-a', ['pay'])), []);
  assert.deepEqual(steps(mesh, { ...clusterWide(), status: { appliedSpec: { mode: 'ClusterWide' } } }), []);
  assert.deepEqual(steps(mesh, deleting(clusterWide())), []);
  assert.deepEqual(steps(deleting(mesh), clusterWide()), []);
  assert.deepEqual(steps(mesh, clusterWide(), smcp('mesh-a', 'second')), []);
  assert.deepEqual(steps(mesh, smcp('mesh-a', 'basic', { mode: 'ClusterWide' })), [], 'what was applied counts');
});

test('a roll that exists is never written', () => {
  assert.deepEqual(steps(mesh, smcp('mesh-a'), smmr('mesh-a', ['pay']), smm('buy', 'mesh-a')), []);
});

test('a roll made by us goes with the last member', () => {
  assert.deepEqual(steps(mesh, smcp('mesh-a'), madeByUs()), ['remove ServiceMeshMemberRoll/default']);
  assert.deepEqual(steps(mesh, smcp('mesh-a'), madeByUs(), deleting(smm('pay', 'mesh-a'))), ['remove ServiceMeshMemberRoll/default']);
  assert.deepEqual(steps(mesh, madeByUs()), ['remove ServiceMeshMemberRoll/default'], 'with the control plane gone, too');
});

test('it stays while a member is left, while it lists or selects anything, and when somebody else wrote to it', () => {
  assert.deepEqual(steps(mesh, smcp('mesh-a'), madeByUs(), smm('pay', 'mesh-a')), []);
  assert.deepEqual(steps(mesh, smcp('mesh-a'), madeByUs({ members: ['pay'] })), []);
  assert.deepEqual(steps(mesh, smcp('mesh-a'), madeByUs({ memberSelectors: [{}] })), []);
  const edited = withMeta(madeByUs(), { managedFields: [{ manager: 'tmesh-member-roll' }, { manager: 'kubectl-edit', operation: 'Update' }] });
  assert.deepEqual(steps(mesh, smcp('mesh-a'), edited), []);
});

test("one that the old operator made goes, too; a user's never does", () => {
  assert.deepEqual(steps(mesh, smcp('mesh-a'), withMeta(madeByUs(), { managedFields: [{ manager: 'istio-operator', operation: 'Update' }] })), ['remove ServiceMeshMemberRoll/default']);
  assert.deepEqual(steps(mesh, smcp('mesh-a'), smmr('mesh-a')), []);
});

test('removal is pinned to this incarnation of the roll', () => {
  const [step] = planMemberRoll(observed(mesh, madeByUs())).stages.flat();
  assert.equal(step?.do === 'remove' ? step.ref.uid : undefined, 'uid-servicemeshmemberroll-mesh-a-default');
});

test("the old operator's finalizer is taken off a roll being deleted, whatever its name, and nobody else's", () => {
  const roll = withMeta(deleting(smmr('mesh-a')), { finalizers: ['maistra.io/istio-operator', 'example.com/mine'], resourceVersion: '7' });
  const plan = planMemberRoll(observed(mesh, roll, withMeta(roll, { name: 'other', uid: 'u2' })));
  assert.deepEqual(plan.stages.flat().map((step) => (step.do === 'patch' ? [step.ref.name, step.patch] : step.do)), [
    ['other', { metadata: { resourceVersion: '7', finalizers: ['example.com/mine'] } }],
    ['default', { metadata: { resourceVersion: '7', finalizers: ['example.com/mine'] } }],
  ]);
  assert.deepEqual(steps(mesh, withMeta(smmr('mesh-a'), { finalizers: ['maistra.io/istio-operator'] })), [], 'not before it is deleted');
});

test('* beside other names is reported and changes nothing', () => {
  const plan = planMemberRoll(observed(mesh, smcp('mesh-a'), smmr('mesh-a', ['*', 'pay'])));
  assert.deepEqual(plan.problems.map((problem) => [problem.path, problem.value, problem.reason]), [['spec.members', '*', 'InvalidMembers']]);
  assert.deepEqual(plan.stages, []);
});
