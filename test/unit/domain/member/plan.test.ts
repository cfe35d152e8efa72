import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planMember } from '../../../../src/domain/member/plan.ts';
import type { Plan, Step } from '../../../../src/k8s/plan.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { deleting, namespace, smcp, smm, smmr, withMeta } from '../../../build/mesh-objects.ts';
import { copiesOf, observed, TRUSTED } from './observed-objects.ts';

const planOf = (...objects: readonly KubeObject[]): Plan => planMember(observed(...objects));

function describeStep(step: Step): string {
  if (step.do === 'patch') return `patch ${step.ref.name} ${JSON.stringify(step.patch['metadata'])}`;
  if (step.do === 'remove') return `remove ${step.ref.type.kind}/${step.ref.name}`;
  return step.do === 'apply' ? `apply ${step.object.kind}/${step.object.metadata.name}` : step.do;
}

/** The plan's stages, each step as text. */
const stagesOf = (plan: Plan): string[][] => plan.stages.map((stage) => stage.map(describeStep));

const A = smcp('mesh-a');
const B = smcp('mesh-b');
const pay = (memberOf?: string): KubeObject => namespace('pay', memberOf === undefined ? {} : { 'maistra.io/member-of': memberOf });
const LABEL_A = 'patch pay {"labels":{"maistra.io/member-of":"mesh-a"}}';
const MARK_B = 'patch pay {"labels":{"maistra.io/member-of":null},"annotations":{"tmesh.maistra.io/leaving":"mesh-b"}}';
const UNMARK = 'patch pay {"annotations":{"tmesh.maistra.io/leaving":null}}';
const APPLIES_A = copiesOf(A).map((copy) => `apply ${copy.kind}/${copy.metadata.name}`);
const REMOVES_B = copiesOf(B).map((copy) => `remove ${copy.kind}/${copy.metadata.name}`);
const TRUST = ['remove ConfigMap/istio-ca-root-cert', 'remove ConfigMap/istio-ca-crl'];

test('joining writes the copies first and the label last, by a roll as by a member', () => {
  assert.deepEqual(stagesOf(planOf(A, smmr('mesh-a', ['pay']), pay())), [APPLIES_A, [LABEL_A]]);
  assert.deepEqual(stagesOf(planOf(A, smm('pay', 'mesh-a'), pay())), [APPLIES_A, [LABEL_A]]);
  assert.deepEqual(stagesOf(planOf(A, smmr('mesh-a', ['*']), pay())), [APPLIES_A, [LABEL_A]]);
});

test('the copies are RoleBindings and the two NetworkPolicies of the mesh', () => {
  const kinds = copiesOf(A).map((copy) => `${copy.kind}/${copy.metadata.name}`);
  assert.ok(kinds.includes('NetworkPolicy/istio-mesh-basic') && kinds.includes('NetworkPolicy/istio-expose-route-basic'));
  assert.ok(kinds.some((kind) => kind.startsWith('RoleBinding/istiod-')));
});

test('the label is written by a patch pinned to this incarnation of the namespace', () => {
  const patch = planOf(A, smmr('mesh-a', ['pay']), pay()).stages.flat().find((step) => step.do === 'patch');
  assert.deepEqual(patch?.ref, { type: { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false }, name: 'pay', uid: 'uid-namespace--pay' });
});

test('a member is only looked after: its copies are applied again, its label is not', () => {
  assert.deepEqual(stagesOf(planOf(A, smmr('mesh-a', ['pay']), pay('mesh-a'), ...copiesOf(A))), [APPLIES_A]);
});

test('a label that somebody took off comes back', () => {
  assert.deepEqual(stagesOf(planOf(A, smmr('mesh-a', ['pay']), pay(), ...copiesOf(A))), [APPLIES_A, [LABEL_A]]);
});

test('a label that somebody changed is set right without leaving the mesh', () => {
  assert.deepEqual(stagesOf(planOf(A, B, smmr('mesh-a', ['pay']), pay('mesh-b'), ...copiesOf(A))), [APPLIES_A, [LABEL_A]]);
});

test('copies that are no longer wanted go after everything else', () => {
  const old = withMeta(copiesOf(A)[0] ?? pay(), { name: 'istiod-old', uid: 'old' });
  assert.deepEqual(stagesOf(planOf(A, smmr('mesh-a', ['pay']), pay('mesh-a'), ...copiesOf(A), old)), [APPLIES_A, ['remove RoleBinding/istiod-old']]);
});

test('manageNetworkPolicy: false removes the policies and leaves the rights', () => {
  const hands = smcp('mesh-a', 'basic', { security: { manageNetworkPolicy: false } });
  const stages = stagesOf(planOf(hands, smmr('mesh-a', ['pay']), pay('mesh-a'), ...copiesOf(A)));
  assert.deepEqual(stages, [APPLIES_A.filter((step) => !step.includes('NetworkPolicy')), ['remove NetworkPolicy/istio-mesh-basic', 'remove NetworkPolicy/istio-expose-route-basic']]);
});

test('a RoleBinding with another roleRef, as the old operator made it, is replaced: it cannot be changed', () => {
  const copies = copiesOf(A).map((copy) => (copy.kind === 'RoleBinding' ? { ...copy, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'istiod-clusterrole-basic-mesh-a' } } : copy));
  const bindings = copies.filter((copy) => copy.kind === 'RoleBinding').map((copy) => `remove RoleBinding/${copy.metadata.name}`);
  assert.deepEqual(stagesOf(planOf(A, smmr('mesh-a', ['pay']), pay('mesh-a'), ...copies)), [bindings, APPLIES_A]);
});

test("somebody else's object of a wanted name is reported, not taken, and keeps the namespace out", () => {
  const foreign: KubeObject = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'istio-mesh-basic', namespace: 'pay', managedFields: [{ manager: 'kubectl' }] } };
  const plan = planOf(A, smmr('mesh-a', ['pay']), pay(), foreign);
  assert.deepEqual(stagesOf(plan), [APPLIES_A.filter((step) => step !== 'apply NetworkPolicy/istio-mesh-basic')]);
  assert.equal(plan.problems.length, 1);
  assert.match(plan.problems[0]?.message ?? '', /^NetworkPolicy pay\/istio-mesh-basic exists and is not the mesh's .*rename or delete it$/);
});

test('a copy of ours that lost its label is not taken for somebody else\'s', () => {
  const stripped: KubeObject = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'istio-mesh-basic', namespace: 'pay', managedFields: [{ manager: 'tmesh-member' }, { manager: 'kubectl' }] } };
  const plan = planOf(A, smmr('mesh-a', ['pay']), pay('mesh-a'), stripped);
  assert.deepEqual([stagesOf(plan), plan.problems], [[APPLIES_A], []]);
});

test('a namespace that nobody claims is cleaned: label off and noted, then copies, and only then trust, which istiod would write again while it may; note off', () => {
  assert.deepEqual(stagesOf(planOf(B, pay('mesh-b'), ...copiesOf(B), ...TRUSTED)), [[MARK_B], REMOVES_B, TRUST, [UNMARK]]);
});

test('leaving goes on where it stopped', () => {
  const leaving = namespace('pay', {}, { annotations: { 'tmesh.maistra.io/leaving': 'mesh-b' } });
  assert.deepEqual(stagesOf(planOf(B, leaving, ...copiesOf(B).slice(1), ...TRUSTED)), [REMOVES_B.slice(1), TRUST, [UNMARK]]);
  assert.deepEqual(stagesOf(planOf(leaving)), [[UNMARK]]);
});

test('moving to another mesh is leaving completely, and joining in a later pass', () => {
  const roll = smmr('mesh-a', ['pay']);
  assert.deepEqual(stagesOf(planOf(A, B, roll, pay('mesh-b'), ...copiesOf(B), ...TRUSTED)), [[MARK_B], REMOVES_B, TRUST, [UNMARK]]);
  const leaving = namespace('pay', {}, { annotations: { 'tmesh.maistra.io/leaving': 'mesh-b' } });
  assert.deepEqual(stagesOf(planOf(A, B, roll, leaving)), [[UNMARK]]);
  assert.deepEqual(stagesOf(planOf(A, B, roll, pay())), [APPLIES_A, [LABEL_A]]);
});

test('a namespace claimed again while it is leaving finishes leaving first', () => {
  const leaving = namespace('pay', {}, { annotations: { 'tmesh.maistra.io/leaving': 'mesh-a' } });
  assert.equal(stagesOf(planOf(A, smmr('mesh-a', ['pay']), leaving)).at(-1)?.[0], UNMARK);
});

test('when the control plane goes, members leave, even those with a ServiceMeshMember', () => {
  const stages = stagesOf(planOf(deleting(B), smm('pay', 'mesh-b'), pay('mesh-b'), ...copiesOf(B)));
  assert.deepEqual(stages[0], [MARK_B]);
  assert.deepEqual(stagesOf(planOf(smm('pay', 'mesh-b'), pay('mesh-b')))[0], [MARK_B]);
});

test('while a mesh has two control planes nothing changes in its namespaces', () => {
  const two = [A, smcp('mesh-a', 'second'), smmr('mesh-a', ['pay'])];
  assert.deepEqual(stagesOf(planOf(...two, pay())), []);
  assert.deepEqual(stagesOf(planOf(...two, pay('mesh-a'), ...copiesOf(A))), []);
});

test('a namespace being deleted, or gone, is left alone', () => {
  assert.deepEqual(stagesOf(planOf(A, smmr('mesh-a', ['pay']), deleting(pay()))), []);
  assert.deepEqual(stagesOf(planOf(B, deleting(pay('mesh-b')), ...copiesOf(B))), []);
  assert.deepEqual(stagesOf(planOf(A, smmr('mesh-a', ['pay']))), []);
});

test('copies of a join that was never finished are removed when the claim is withdrawn', () => {
  assert.deepEqual(stagesOf(planOf(B, pay(), ...copiesOf(B))), [REMOVES_B]);
});

test("a control plane's own namespace keeps its own label, and leaves any other mesh", () => {
  const own = smcp('pay');
  assert.deepEqual(stagesOf(planOf(own, A, smmr('mesh-a', ['pay']), pay('pay'))), []);
  assert.deepEqual(stagesOf(planOf(own, B, smmr('mesh-b', ['pay']), pay('mesh-b'), ...copiesOf(B)))[0], [MARK_B]);
});

test("a label that a control plane left on its own namespace is cleaned up", () => {
  assert.equal(stagesOf(planOf(pay('pay')))[0]?.[0], 'patch pay {"labels":{"maistra.io/member-of":null},"annotations":{"tmesh.maistra.io/leaving":"pay"}}');
});

test("the old operator's finalizer is taken off a member being deleted", () => {
  const member = withMeta(deleting(smm('pay', 'mesh-a')), { finalizers: ['maistra.io/istio-operator'] });
  assert.deepEqual(stagesOf(planOf(member, pay())), [['patch default {"finalizers":[]}']]);
  assert.deepEqual(stagesOf(planOf(member)), [['patch default {"finalizers":[]}']], 'also when the namespace is gone');
});

test('joining by a roll takes one write per copy and one for the label', () => {
  assert.equal(planOf(A, smmr('mesh-a', ['pay']), pay()).stages.flat().length, copiesOf(A).length + 1);
});
