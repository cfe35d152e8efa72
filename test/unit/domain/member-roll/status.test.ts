import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RollObserved } from '../../../../src/domain/member-roll/observed.ts';
import { memberRollStatus } from '../../../../src/domain/member-roll/status.ts';
import { valueAt, type JsonObject } from '../../../../src/lib/json.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { deleting, namespace, NOW, smcp, smm, smmr, withMeta } from '../../../build/mesh-objects.ts';

const inMesh = (name: string, mesh = 'mesh-a'): KubeObject => namespace(name, { 'maistra.io/member-of': mesh });

/** What the roll controller of mesh-a observes when these are all objects of the cluster. */
function observed(...objects: readonly KubeObject[]): RollObserved {
  const ofKind = (kind: string): KubeObject[] => objects.filter((object) => object.kind === kind);
  const own = ofKind('ServiceMeshMemberRoll').filter((roll) => roll.metadata.namespace === 'mesh-a');
  const roll = own.find((object) => object.metadata.name === 'default');
  return {
    meshNamespace: 'mesh-a', operatorNamespace: 'operators', misnamed: own.filter((object) => object !== roll),
    namespaces: ofKind('Namespace'), rolls: ofKind('ServiceMeshMemberRoll'), members: ofKind('ServiceMeshMember'),
    controlPlanes: ofKind('ServiceMeshControlPlane'), ...(roll === undefined ? {} : { roll }),
  };
}

function statusOf(...objects: readonly KubeObject[]): JsonObject {
  const [write] = memberRollStatus(observed(...objects), NOW);
  assert.ok(write);
  return write.status;
}

/** Reason and message of a member's condition. */
function obstacle(status: JsonObject, name: string): { readonly reason: unknown; readonly message: string } {
  const entries = valueAt(status, 'memberStatuses');
  assert.ok(Array.isArray(entries));
  const entry: unknown = entries.find((candidate: unknown) => valueAt(candidate, 'namespace') === name);
  const conditions = valueAt(entry, 'conditions');
  assert.ok(Array.isArray(conditions) && conditions.length === 1, `one condition for ${name}`);
  return { reason: valueAt(conditions[0], 'reason'), message: String(valueAt(conditions[0], 'message')) };
}

function readyMessage(status: JsonObject): string {
  const { message } = ready(status);
  assert.ok(typeof message === 'string');
  return message;
}

function ready(status: JsonObject): JsonObject {
  const conditions = valueAt(status, 'conditions');
  assert.ok(Array.isArray(conditions));
  return conditions[0] as JsonObject;
}

test('a roll whose members all carry the label is Configured, with every field of the old status', () => {
  assert.deepEqual(statusOf(smcp('mesh-a'), smmr('mesh-a', ['pay']), inMesh('pay'), inMesh('mesh-a')), {
    annotations: { configuredMemberCount: '1/1' },
    observedGeneration: 1, meshGeneration: 1, meshReconciledVersion: '0.1.0-1',
    members: ['pay'], configuredMembers: ['pay'], pendingMembers: [], terminatingMembers: [],
    conditions: [{
      type: 'Ready', status: 'True', reason: 'Configured', message: 'All namespaces have been configured successfully',
      observedGeneration: 1, lastTransitionTime: '2030-01-01T12:00:00Z',
    }],
    memberStatuses: [{ namespace: 'pay', conditions: [{ type: 'Reconciled', status: 'True', reason: 'Configured', message: '', observedGeneration: 1, lastTransitionTime: '2030-01-01T12:00:00Z' }] }],
  });
});

test('an empty roll is Configured with 0/0', () => {
  const status = statusOf(smcp('mesh-a'), smmr('mesh-a'));
  assert.deepEqual([status['annotations'], ready(status)['reason']], [{ configuredMemberCount: '0/0' }, 'Configured']);
});

test('a namespace that is not there is pending: NamespaceNotExists, and the roll ReconcileError', () => {
  const status = statusOf(smcp('mesh-a'), smmr('mesh-a', ['pay', 'gone']), inMesh('pay'));
  assert.deepEqual([status['configuredMembers'], status['pendingMembers'], status['annotations']], [['pay'], ['gone'], { configuredMemberCount: '1/2' }]);
  assert.deepEqual([ready(status)['status'], ready(status)['reason']], ['False', 'ReconcileError']);
  assert.match(readyMessage(status), /gone/);
  assert.equal(obstacle(status, 'gone').reason, 'NamespaceNotExists');
  assert.match(obstacle(status, 'gone').message, /does not exist; create it/);
});

test('without a control plane the roll says ErrSMCPMissing, and generation 0', () => {
  const status = statusOf(smmr('mesh-a', ['pay']), namespace('pay'));
  assert.deepEqual([ready(status)['reason'], status['meshGeneration'], status['meshReconciledVersion']], ['ErrSMCPMissing', 0, '']);
  assert.equal(obstacle(status, 'pay').reason, 'ErrorControlPlaneMissing');
});

test('a control plane that is being deleted does not count, one that was not reconciled yet does', () => {
  assert.equal(ready(statusOf(deleting(smcp('mesh-a')), smmr('mesh-a')))['reason'], 'ErrSMCPMissing');
  const { status: _none, ...fresh } = smcp('mesh-a');
  const status = statusOf(fresh, smmr('mesh-a'));
  assert.deepEqual([ready(status)['reason'], status['meshGeneration']], ['Configured', 0]);
});

test('with two control planes the roll says ErrMultipleSMCPs, and members that are in stay configured', () => {
  const status = statusOf(smcp('mesh-a'), smcp('mesh-a', 'second'), smmr('mesh-a', ['pay', 'buy']), inMesh('pay'), namespace('buy'));
  assert.equal(ready(status)['reason'], 'ErrMultipleSMCPs');
  assert.deepEqual(status['configuredMembers'], ['pay']);
  assert.equal(obstacle(status, 'buy').reason, 'ErrMultipleSMCPs');
});

test('a roll with another name says ErrInvalidName and configures nothing', () => {
  const writes = memberRollStatus(observed(smcp('mesh-a'), smmr('mesh-a', ['pay'], {}, { name: 'mine' }), inMesh('pay')), NOW);
  assert.equal(writes.length, 1);
  assert.deepEqual([ready(writes[0]?.status ?? {})['reason'], writes[0]?.status['members']], ['ErrInvalidName', []]);
});

test('a namespace of another mesh is ReferencesDifferentControlPlane, naming mesh and object', () => {
  const status = statusOf(smcp('mesh-a'), smcp('mesh-b'), smmr('mesh-a', ['pay']), smm('pay', 'mesh-b', 'basic', { creationTimestamp: '2029-01-01T00:00:00Z' }), namespace('pay'));
  assert.equal(obstacle(status, 'pay').reason, 'ReferencesDifferentControlPlane');
  assert.match(obstacle(status, 'pay').message, /namespace "pay" already belongs to mesh mesh-b \(ServiceMeshMember pay\/default\)/);
});

test('a control-plane namespace that is listed stays pending and says why', () => {
  const status = statusOf(smcp('mesh-a'), smcp('mesh-b'), smmr('mesh-a', ['mesh-b']), inMesh('mesh-b', 'mesh-b'));
  assert.deepEqual(status['pendingMembers'], ['mesh-b']);
  assert.match(obstacle(status, 'mesh-b').message, /has a ServiceMeshControlPlane of its own/);
});

test('a namespace still leaving another mesh is pending until that is done', () => {
  const leaving = namespace('pay', {}, { annotations: { 'tmesh.maistra.io/leaving': 'mesh-b' } });
  const status = statusOf(smcp('mesh-a'), smmr('mesh-a', ['pay']), leaving);
  assert.deepEqual([obstacle(status, 'pay').reason, status['pendingMembers']], ['ErrorConfiguringNamespace', ['pay']]);
  assert.match(obstacle(status, 'pay').message, /leaving mesh mesh-b/);
});

test('what the ServiceMeshMember of a pending namespace says, the roll repeats', () => {
  const member = { ...smm('pay', 'mesh-a'), status: { conditions: [{ type: 'Reconciled', status: 'False', reason: 'ErrorConfiguringNamespace', message: 'the name is taken', lastTransitionTime: '2030-01-01T00:00:00Z' }] } };
  assert.deepEqual(obstacle(statusOf(smcp('mesh-a'), smmr('mesh-a'), member, namespace('pay')), 'pay'), { reason: 'ErrorConfiguringNamespace', message: 'the name is taken' });
});

test('a member that names a control plane which is not there is told so, unless the roll has the namespace anyway', () => {
  const objects = [smcp('mesh-a'), smm('pay', 'mesh-a', 'wrong'), namespace('pay')];
  assert.equal(obstacle(statusOf(...objects, smmr('mesh-a')), 'pay').reason, 'ErrorControlPlaneMissing');
  assert.equal(obstacle(statusOf(...objects, smmr('mesh-a', ['pay'])), 'pay').reason, 'Configuring');
});

test('a namespace being deleted, or that nobody wants any more, is terminating and does not make the roll fail', () => {
  const status = statusOf(smcp('mesh-a'), smmr('mesh-a', ['pay']), deleting(inMesh('pay')), inMesh('old'));
  assert.deepEqual([status['members'], status['terminatingMembers'], status['configuredMembers'], status['pendingMembers']], [['old', 'pay'], ['old', 'pay'], [], []]);
  assert.equal(ready(status)['status'], 'True');
  assert.equal(obstacle(status, 'old').reason, 'Terminating');
});

test("the mesh's own label is no membership", () => {
  assert.deepEqual(statusOf(smcp('mesh-a'), smmr('mesh-a'), inMesh('mesh-a'))['members'], []);
});

test('the message lists ten names and counts the rest', () => {
  const names = Array.from({ length: 12 }, (_, i) => `ns-${String(i).padStart(2, '0')}`);
  const message = readyMessage(statusOf(smcp('mesh-a'), smmr('mesh-a', names)));
  assert.match(message, /ns-09 and 2 more/);
  assert.doesNotMatch(message, /ns-10/);
});

test('transition times stay as long as the status stays, for the roll and for each member', () => {
  const before = statusOf(smcp('mesh-a'), smmr('mesh-a', ['pay', 'gone']), inMesh('pay'));
  const later = new Date('2031-01-01T00:00:00Z');
  const again = observed(smcp('mesh-a'), { ...smmr('mesh-a', ['pay', 'gone']), status: before }, inMesh('pay'), namespace('gone'));
  const after = memberRollStatus(again, later)[0]?.status ?? {};
  assert.equal(ready(after)['lastTransitionTime'], '2030-01-01T12:00:00Z');
  assert.equal(valueAt(after, 'memberStatuses')?.toString(), valueAt(before, 'memberStatuses')?.toString());
  const configured = memberRollStatus(observed(smcp('mesh-a'), { ...smmr('mesh-a', ['pay', 'gone']), status: before }, inMesh('pay'), inMesh('gone')), later)[0]?.status ?? {};
  assert.equal(ready(configured)['lastTransitionTime'], '2031-01-01T00:00:00Z');
});

test('a roll being deleted gets no status, and its namespaces are leaving', () => {
  assert.deepEqual(memberRollStatus(observed(smcp('mesh-a'), deleting(smmr('mesh-a', ['pay'])), inMesh('pay')), NOW), []);
});

test('members through three ways at once are the union of them', () => {
  const status = statusOf(smcp('mesh-a'), smmr('mesh-a', ['pay'], { memberSelectors: [{ matchLabels: { team: 'x' } }] }),
    smm('ship', 'mesh-a'), namespace('buy', { team: 'x' }), inMesh('pay'), namespace('ship'), namespace('operators', { team: 'x' }), withMeta(namespace('mesh-a', { team: 'x' }), {}));
  assert.deepEqual(status['members'], ['buy', 'pay', 'ship']);
});

test('a roll of 20,000 members fits into etcd, and the entries it has are those with an obstacle', () => {
  const names = Array.from({ length: 20_000 }, (_, i) => `member-${String(i).padStart(5, '0')}`);
  const places = names.slice(500).map((name) => inMesh(name));
  const status = statusOf(smcp('mesh-a'), smmr('mesh-a', names), ...places);
  assert.equal(valueAt(status, 'annotations', 'configuredMemberCount'), '19500/20000');
  assert.ok(JSON.stringify(status).length < 1_400_000);
  assert.equal(obstacle(status, 'member-00499').reason, 'NamespaceNotExists');
  assert.ok(Array.isArray(status['memberStatuses']) && status['memberStatuses'].length === 1000);
});

const inPay = (conditions: readonly object[]): KubeObject => ({ ...inMesh('pay'), status: { phase: 'Active', conditions } });
const condition = (type: string, reason: string, message: string, status = 'True'): object => ({ type, status, reason, message, lastTransitionTime: '2030-01-01T00:00:00Z' });

/** Conditions of the entry of namespace pay, as `type reason`. */
function entry(status: JsonObject): string[] {
  const entries = valueAt(status, 'memberStatuses');
  const conditions = Array.isArray(entries) ? valueAt(entries[0], 'conditions') : undefined;
  return Array.isArray(conditions) ? conditions.map((found) => `${String(valueAt(found, 'type'))} ${String(valueAt(found, 'reason'))}`) : [];
}

test('what the namespace of a member through the roll alone says stands in its entry; a conflict makes the roll not Ready and throws nobody out', () => {
  const status = statusOf(smcp('mesh-a'), smmr('mesh-a', ['pay']), inPay([condition('maistra.io/Reconciled', 'FieldConflict', 'fought over', 'False'), condition('maistra.io/PodsNotInjected', 'PodsNotInjected', '1 of 2'), condition('Other', 'x', 'y')]));
  assert.deepEqual(entry(status), ['Reconciled FieldConflict', 'PodsNotInjected PodsNotInjected']);
  assert.deepEqual([status['configuredMembers'], ready(status)['reason']], [['pay'], 'ReconcileError']);
  assert.match(readyMessage(status), /are in the mesh, but not as they should be: pay;/);
});

test('a member that is in and whose own reference is wrong is no trouble of the roll', () => {
  const member = { ...smm('pay', 'mesh-a', 'wrong'), status: { conditions: [condition('Reconciled', 'ErrorControlPlaneMissing', 'wrong', 'False')] } };
  assert.deepEqual(entry(statusOf(smcp('mesh-a'), smmr('mesh-a', ['pay']), member, inMesh('pay'))), ['Reconciled Configured']);
});

test('both sides of a contest name the other: the holder keeps Configured and is told, with one Event; the other is refused', () => {
  const objects = [smcp('mesh-a'), smcp('mesh-b'), smmr('mesh-a', ['pay']), smmr('mesh-b', ['pay'], {}, { creationTimestamp: '2029-01-01T00:00:00Z' }), inMesh('pay')];
  const [write] = memberRollStatus(observed(...objects), NOW);
  assert.ok(write);
  assert.deepEqual([entry(write.status), ready(write.status)['status']], [['Reconciled Configured', 'Contested ClaimedByOtherMesh'], 'True']);
  assert.deepEqual(write.notes?.map(({ about, type, reason, message }) => [about.metadata.namespace, type, reason, message]), [['mesh-a', 'Warning', 'Contested',
    'namespace "pay" stays in mesh mesh-a (ServiceMeshMemberRoll mesh-a/default); mesh mesh-b (ServiceMeshMemberRoll mesh-b/default) claims it as well, without effect: withdraw one of the claims']]);
  const told = objects.map((object) => (object.metadata.namespace === 'mesh-a' && object.kind === 'ServiceMeshMemberRoll' ? { ...object, status: write.status } : object));
  assert.deepEqual(memberRollStatus(observed(...told), NOW)[0]?.notes, [], 'not told again');
  const other = memberRollStatus({ ...observed(...objects), meshNamespace: 'mesh-b', roll: smmr('mesh-b', ['pay']) }, NOW)[0]?.status ?? {};
  assert.match(obstacle(other, 'pay').message, /already belongs to mesh mesh-a \(ServiceMeshMemberRoll mesh-a\/default\)/);
});

/** Conditions of the roll beside Ready. */
function besides(status: JsonObject): string[] {
  const conditions = valueAt(status, 'conditions');
  return Array.isArray(conditions) ? conditions.slice(1).map((found) => `${String(valueAt(found, 'type'))}=${String(valueAt(found, 'reason'))}`) : [];
}

test('kstatus: Reconciling while a member may become right by itself, Stalled when somebody must act for each of them, neither when all is well', () => {
  const elsewhere = [smcp('mesh-b'), smmr('mesh-b', ['pay'], {}, { creationTimestamp: '2029-01-01T00:00:00Z' }), namespace('pay')];
  assert.deepEqual(besides(statusOf(smcp('mesh-a'), smmr('mesh-a', ['buy']), inMesh('buy'))), []);
  assert.deepEqual(besides(statusOf(smcp('mesh-a'), smmr('mesh-a', ['gone']))), ['Reconciling=ReconcileError'], 'the namespace may come');
  assert.deepEqual(besides(statusOf(smmr('mesh-a', ['pay']), namespace('pay'))), ['Reconciling=ErrSMCPMissing'], 'so may the control plane');
  assert.deepEqual(besides(statusOf(smcp('mesh-a'), smmr('mesh-a', ['pay', 'buy']), inMesh('buy'), ...elsewhere)), ['Stalled=ReconcileError']);
  assert.deepEqual(besides(statusOf(smcp('mesh-a'), smmr('mesh-a', ['pay', 'gone']), ...elsewhere)), ['Reconciling=ReconcileError']);
  assert.deepEqual(besides(statusOf(smcp('mesh-a'), smcp('mesh-a', 'second'), smmr('mesh-a'))), ['Stalled=ErrMultipleSMCPs']);
});
