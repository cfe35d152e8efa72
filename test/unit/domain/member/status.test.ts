import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NAMESPACE } from '../../../../src/api/kinds.ts';
import { planMember } from '../../../../src/domain/member/plan.ts';
import { memberStatuses } from '../../../../src/domain/member/status.ts';
import { valueAt, type JsonObject } from '../../../../src/lib/json.ts';
import { EMPTY_PLAN, NOTHING_DONE, type Outcome } from '../../../../src/k8s/plan.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { deleting, namespace, NOW, pod, service, smcp, smm, smmr, withMeta } from '../../../build/mesh-objects.ts';
import { injected, injector, mark } from '../sidecars/sidecar-objects.ts';
import { copiesOf, observed } from './observed-objects.ts';

function statuses(objects: readonly KubeObject[], outcome: Outcome = NOTHING_DONE): JsonObject[] {
  const seen = observed(...objects);
  return memberStatuses(seen, planMember(seen), outcome, NOW).map((write) => write.status);
}

/** Reason and message of the first member's conditions, which must be alike. */
function verdict(objects: readonly KubeObject[], outcome: Outcome = NOTHING_DONE): { readonly status: unknown; readonly reason: unknown; readonly message: string } {
  const conditions = valueAt(statuses(objects, outcome)[0], 'conditions');
  assert.ok(Array.isArray(conditions));
  const [reconciled, ready] = conditions.slice(0, 2).map((condition) => ({ ...condition as object, type: '' }));
  assert.deepEqual(reconciled, ready, 'Reconciled and Ready are always the same');
  return { status: valueAt(reconciled, 'status'), reason: valueAt(reconciled, 'reason'), message: String(valueAt(reconciled, 'message')) };
}

const A = smcp('mesh-a');
const member = smm('pay', 'mesh-a');
const pay = namespace('pay');

test('a configured member has every field of the old status', () => {
  const condition = { status: 'True', reason: 'Configured', message: '', observedGeneration: 1, lastTransitionTime: '2030-01-01T12:00:00Z' };
  assert.deepEqual(statuses([A, member, pay]), [{
    annotations: { controlPlaneRef: 'mesh-a/basic' }, observedGeneration: 1, meshGeneration: 1, meshReconciledVersion: '0.1.0-1',
    conditions: [{ type: 'Reconciled', ...condition }, { type: 'Ready', ...condition }],
  }]);
});

test('InvalidName: a member with another name does nothing and says so', () => {
  const found = verdict([A, smm('pay', 'mesh-a', 'basic', { name: 'mine' }), pay]);
  assert.deepEqual([found.status, found.reason], ['False', 'InvalidName']);
  assert.match(found.message, /must be named "default"/);
});

test('ErrorControlPlaneMissing: the control plane is not there, going, or called otherwise', () => {
  for (const planes of [[], [deleting(A)], [smcp('mesh-a', 'other')]]) {
    const found = verdict([...planes, member, pay]);
    assert.deepEqual([found.status, found.reason], ['False', 'ErrorControlPlaneMissing']);
    assert.match(found.message, /mesh-a\/basic, which does not exist/);
  }
});

test('ErrorControlPlaneMissing: a reference without a name is no crash', () => {
  assert.equal(verdict([A, { ...member, spec: {} }, pay]).reason, 'ErrorControlPlaneMissing');
});

test('ErrorConfiguringNamespace: another mesh has the namespace; the message names it and its claim', () => {
  const found = verdict([A, smcp('mesh-b'), member, smmr('mesh-b', ['pay'], {}, { creationTimestamp: '2029-01-01T00:00:00Z' }), pay]);
  assert.equal(found.reason, 'ErrorConfiguringNamespace');
  assert.match(found.message, /already belongs to mesh mesh-b \(ServiceMeshMemberRoll mesh-b\/default\)/);
});

test('ErrorConfiguringNamespace: the namespace is still leaving another mesh', () => {
  const leaving = namespace('pay', {}, { annotations: { 'tmesh.maistra.io/leaving': 'mesh-b' } });
  assert.match(verdict([A, member, leaving]).message, /is still leaving mesh mesh-b; it joins as soon as/);
});

test('ErrorConfiguringNamespace: the namespace is being deleted, has a control plane, or is the mesh itself', () => {
  assert.match(verdict([A, member, deleting(pay)]).message, /is being deleted/);
  assert.match(verdict([A, smcp('pay'), member, pay]).message, /a ServiceMeshControlPlane of its own/);
  assert.match(verdict([smcp('pay'), smm('pay', 'pay'), pay]).message, /a ServiceMeshControlPlane of its own/);
});

test('ErrorConfiguringNamespace: two control planes', () => {
  assert.match(verdict([A, smcp('mesh-a', 'second'), member, pay]).message, /has 2 ServiceMeshControlPlanes/);
});

test('ErrorConfiguringNamespace: an object of somebody else is in the way', () => {
  const foreign: KubeObject = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'istio-mesh-basic', namespace: 'pay' } };
  assert.match(verdict([A, member, pay, foreign]).message, /NetworkPolicy pay\/istio-mesh-basic exists/);
});

test('ErrorConfiguringNamespace: the API server refused a write, or not all were carried out', () => {
  const [step] = planMember(observed(A, member, pay)).stages.flat();
  assert.ok(step);
  const refused = verdict([A, member, pay], { written: 0, skipped: 0, complete: false, failures: [{ step, status: 403, reason: 'Forbidden', message: 'x'.repeat(5000) }] });
  assert.match(refused.message, /^the API server refused a write \(403 Forbidden\): x+$/);
  assert.ok(refused.message.length < 600, 'a long error is cut');
  assert.equal(verdict([A, member, pay], { ...NOTHING_DONE, complete: false }).status, 'False');
});

test('a failed member keeps the generation of its last success', () => {
  const before = { ...member, status: { meshGeneration: 4, meshReconciledVersion: '0.0.9-4' } };
  const [status] = statuses([before, pay]);
  assert.deepEqual([status?.['meshGeneration'], status?.['meshReconciledVersion']], [4, '0.0.9-4']);
});

test('a member that joins because the roll has the namespace is told that its own reference is wrong', () => {
  assert.equal(verdict([A, smm('pay', 'mesh-a', 'wrong'), smmr('mesh-a', ['pay']), pay]).reason, 'ErrorControlPlaneMissing');
});

test('members being deleted get no status; without members there is nothing to write', () => {
  assert.deepEqual(statuses([A, deleting(member), pay]), []);
  assert.deepEqual(statuses([A, smmr('mesh-a', ['pay']), pay]), []);
});

test('transition times stay as long as the status stays', () => {
  const inside = namespace('pay', { 'maistra.io/member-of': 'mesh-a' });
  const [first] = statuses([A, member, inside, ...copiesOf(A)]);
  const seen = observed(A, { ...member, status: first }, inside, ...copiesOf(A));
  const again = memberStatuses(seen, planMember(seen), NOTHING_DONE, new Date('2031-01-01T00:00:00Z'))[0]?.status;
  assert.deepEqual(again, first);
});

test('a member that the old operator derived from a roll claims nothing once the roll has let the namespace go', () => {
  const derived = smm('pay', 'mesh-a', 'basic', { annotations: { 'maistra.io/created-by': 'servicemeshmemberroll-controller' } });
  assert.equal(verdict([A, derived, smmr('mesh-a', ['pay']), pay]).status, 'True');
  assert.match(verdict([A, derived, pay]).message, /made for a roll that no longer has the namespace/);
  assert.deepEqual(planMember(observed(A, derived, pay)).stages, []);
});

test('ExternalAccessBlocked: a Route to pods that are not exposed is named, also before the namespace is in; not when the user manages policies himself', () => {
  const doors = {
    ingresses: [], services: [service('pay', 'web', { app: 'web' })], pods: [pod('pay', 'web-1', { app: 'web' })],
    routes: [{ apiVersion: 'route.openshift.io/v1', kind: 'Route', metadata: { name: 'web', namespace: 'pay' }, spec: { to: { name: 'web' } } }],
  };
  const conditionsOf = (plane: KubeObject): unknown => memberStatuses({ ...observed(plane, member, namespace('pay')), doors }, EMPTY_PLAN, NOTHING_DONE, NOW)[0]?.status['conditions'];
  assert.match(JSON.stringify(conditionsOf(A)), /"type":"ExternalAccessBlocked","status":"True".*behind Route web: web-1;.*"observedGeneration":1/);
  assert.doesNotMatch(JSON.stringify(conditionsOf(smcp('mesh-a', 'basic', { security: { manageNetworkPolicy: false } }))), /ExternalAccessBlocked/);
});

/** Conditions beside Reconciled and Ready, as `type: message`. */
function warnings(objects: readonly KubeObject[]): string[] {
  const seen = observed(...objects);
  const [write] = memberStatuses(seen, planMember(seen), NOTHING_DONE, NOW);
  const conditions = write?.status['conditions'];
  assert.ok(Array.isArray(conditions));
  return conditions.filter((condition) => !['Reconciled', 'Ready', 'Reconciling'].includes(String(valueAt(condition, 'type'))))
    .map((condition) => `${String(valueAt(condition, 'type'))}: ${String(valueAt(condition, 'message'))}`);
}

test('Contested: the one who has the namespace is told who else wants it, through every claim', () => {
  const rivals = [smmr('mesh-b', ['pay']), smcp('mesh-b'), smmr('mesh-c', ['*']), smcp('mesh-c')];
  const objects = [A, withMeta(member, { creationTimestamp: '2029-01-01T00:00:00Z' }), pay, ...rivals];
  assert.deepEqual(warnings(objects), ['Contested: namespace "pay" stays in mesh mesh-a (ServiceMeshMember pay/default); mesh mesh-b (ServiceMeshMemberRoll mesh-b/default), '
    + 'mesh mesh-c (ServiceMeshMemberRoll mesh-c/default) claim it as well, without effect: withdraw one of the claims']);
  assert.deepEqual(warnings([A, member, pay]), []);
});

const INJECTOR: KubeObject = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration', metadata: { name: 'istiod-basic-mesh-a' },
  webhooks: [
    { namespaceSelector: { matchExpressions: [{ key: 'istio-injection', operator: 'DoesNotExist' }] }, matchConditions: [{ name: 'asks-for-a-sidecar' }] },
    { namespaceSelector: { matchLabels: { 'istio-injection': 'enabled' } }, matchConditions: [{ name: 'accepts-a-sidecar' }] },
  ] };
const ASKS = { 'sidecar.istio.io/inject': 'true' };
const PODS: readonly KubeObject[] = [
  pod('pay', 'old', ASKS), withMeta(pod('pay', 'new', ASKS), { annotations: { 'sidecar.istio.io/status': '' } }), pod('pay', 'silent', {}),
  pod('pay', 'refuses', { 'sidecar.istio.io/inject': 'false' }), deleting(pod('pay', 'going', ASKS)),
];

test('PodsNotInjected: pods that ask for a sidecar and are older than the membership are named; the others are not', () => {
  const inside = (labels: Readonly<Record<string, string>> = {}): KubeObject => namespace('pay', { 'maistra.io/member-of': 'mesh-a', ...labels });
  const world = [A, member, ...copiesOf(A), INJECTOR, ...PODS];
  assert.deepEqual(warnings([...world, inside()]), ['PodsNotInjected: 1 of 5 pods should have a sidecar and have none, because they are older than the membership: old; make them anew']);
  assert.match(warnings([...world, inside({ 'istio-injection': 'enabled' })])[0] ?? '', /: 2 of 5 pods .*: old, silent;/);
  assert.deepEqual(warnings([...world, inside({ 'istio-injection': 'disabled' })]), [], 'a namespace that the webhook leaves out');
  assert.deepEqual(warnings([...world, pay]), [], 'before the namespace is in');
  assert.deepEqual(warnings([A, member, inside(), ...PODS]), [], 'while there is no webhook');
});

test('SidecarsOutdated: pods with another sidecar than the webhook gives now are named with what they have, and counted', () => {
  const world = [A, member, ...copiesOf(A), namespace('pay', { 'maistra.io/member-of': 'mesh-a' }), injected('pay', 'web', mark()), injected('pay', 'old', mark('1.30.3')), pod('pay', 'bare', ASKS)];
  assert.deepEqual(warnings([...world, injector()]), [
    'PodsNotInjected: 1 of 3 pods should have a sidecar and have none, because they are older than the membership: bare; make them anew',
    'SidecarsOutdated: 1 of 3 pods run another sidecar than the mesh gives now (Istio 1.31.1): old (1.30.3); make them anew',
  ]);
  assert.deepEqual(statuses([...world, injector()])[0]?.['sidecars'], { outdated: 1, missing: 1 });
  assert.deepEqual(statuses([...world, injector(mark('1.30.3'))])[0]?.['sidecars'], { outdated: 1, missing: 1 }, 'on the way back the new one is the outdated one');
  assert.equal(statuses([A, member, pay, injector()])[0]?.['sidecars'], undefined, 'before the namespace is in');
});

/** What is said on the namespace itself. */
function onNamespace(objects: readonly KubeObject[], outcome: Outcome = NOTHING_DONE): unknown {
  const seen = observed(...objects);
  return memberStatuses(seen, planMember(seen), outcome, NOW).find((write) => write.object.kind === 'Namespace')?.status['conditions'];
}

const CONFLICT: Outcome = { ...NOTHING_DONE, complete: false, failures: [{ step: { do: 'patch', ref: { type: NAMESPACE, name: 'pay' }, patch: {} }, status: 409, reason: 'FieldConflict', message: 'spec.ingress is fought over' }] };

test('a member through a roll alone: its namespace says what a ServiceMeshMember would, beside conditions of others, and takes it back', () => {
  const others = { type: 'NamespaceContentRemaining', status: 'False', reason: 'x', message: '', lastTransitionTime: '2029-01-01T00:00:00Z' };
  const inside: KubeObject = { ...namespace('pay', { 'maistra.io/member-of': 'mesh-a' }), status: { phase: 'Active', conditions: [others] } };
  const world = [A, smmr('mesh-a', ['pay']), ...copiesOf(A), INJECTOR, ...PODS];
  const said = onNamespace([...world, inside], CONFLICT);
  assert.ok(Array.isArray(said));
  assert.deepEqual(said.map((condition) => [valueAt(condition, 'type'), valueAt(condition, 'status'), valueAt(condition, 'reason')]),
    [['NamespaceContentRemaining', 'False', 'x'], ['maistra.io/Reconciled', 'False', 'FieldConflict'], ['maistra.io/PodsNotInjected', 'True', 'PodsNotInjected']]);
  assert.equal(onNamespace([A, smmr('mesh-a', ['pay']), ...copiesOf(A), inside]), undefined, 'nothing to say, nothing to write');
  const spoken: KubeObject = { ...inside, status: { conditions: said } };
  assert.deepEqual(onNamespace([A, smmr('mesh-a', ['pay']), ...copiesOf(A), spoken]), [others], 'put right');
  assert.deepEqual(onNamespace([A, spoken]), [others], 'left the mesh');
  assert.deepEqual(onNamespace([...world, member, spoken], CONFLICT), [others], 'a ServiceMeshMember says it now');
  assert.equal(onNamespace([...world, deleting(spoken)], CONFLICT), undefined, 'a namespace that goes has its own to say');
});

test('kstatus: Stalled when somebody must act, Reconciling otherwise, neither when the namespace is set up', () => {
  const progress = (objects: readonly KubeObject[], outcome?: Outcome): unknown[] => (statuses(objects, outcome)[0]?.['conditions'] as readonly unknown[]).slice(2).map((condition) => [valueAt(condition, 'type'), valueAt(condition, 'reason')]);
  assert.deepEqual(progress([A, member, pay]), []);
  assert.deepEqual(progress([member, pay]), [['Reconciling', 'ErrorControlPlaneMissing']]);
  assert.deepEqual(progress([A, smm('pay', 'mesh-a', 'basic', { name: 'mine' }), pay]), [['Stalled', 'InvalidName']]);
  assert.deepEqual(progress([A, member, pay], CONFLICT), [['Stalled', 'FieldConflict']]);
});
