import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONTROL_PLANE, KIALI, MEMBER, MEMBER_ROLL } from '../../../../src/api/kinds.ts';
import { OfflineCluster } from '../../../../src/cli/offline-cluster.ts';
import { memberController } from '../../../../src/controllers/member/index.ts';
import { observeMember } from '../../../../src/controllers/member/observe.ts';
import { MEMBER_WATCHES } from '../../../../src/controllers/member/watches.ts';
import * as sources from '../../../../src/controllers/sources.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import type { Source, Watch } from '../../../../src/runtime/controller.ts';
import { namespace, smcp, smm, smmr, withMeta } from '../../../build/mesh-objects.ts';
import { clusterOf } from '../../../support/plan-case.ts';

function watchOf(source: Source): Watch {
  const watch = MEMBER_WATCHES.find((row) => row.source === source);
  assert.ok(watch);
  return watch;
}

const isRelevant = (source: Source, before: KubeObject, after: KubeObject): boolean => watchOf(source).isRelevant?.(before, after) ?? true;
const policy = (name: string, labels: Readonly<Record<string, string>> = {}): KubeObject =>
  ({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name, namespace: 'pay', labels } });

test('a namespace that nobody claims and that carries nothing of ours is not observed', () => {
  assert.equal(observeMember('pay', clusterOf([namespace('pay'), smcp('mesh-a'), smmr('mesh-a', ['buy']), policy('own')])), undefined);
  assert.equal(observeMember('absent', clusterOf([smmr('mesh-a', ['absent'])])), undefined);
});

test('what a namespace carries is enough: a label, the note of leaving, a copy', () => {
  for (const marked of [namespace('pay', { 'maistra.io/member-of': 'x' }), namespace('pay', {}, { annotations: { 'tmesh.maistra.io/leaving': 'x' } })]) {
    assert.ok(observeMember('pay', clusterOf([marked])));
  }
  assert.ok(observeMember('pay', clusterOf([namespace('pay'), policy('istio-mesh-x', { 'maistra.io/member-of': 'x' })])));
});

test('members are observed even when their namespace is gone, so that their finalizers can go', () => {
  const seen = observeMember('pay', clusterOf([smm('pay', 'mesh-a')]));
  assert.deepEqual([seen?.members.length, seen?.namespace], [1, undefined]);
});

test('only rolls that may claim the namespace, and only control planes that they and its members name, are read', () => {
  const seen = observeMember('pay', clusterOf([
    namespace('pay'), smcp('mesh-a'), smcp('mesh-b'), smcp('mesh-c'), smcp('mesh-d'), smmr('mesh-a', ['pay']), smmr('mesh-b', ['buy']), smmr('mesh-c', ['*']), smm('pay', 'mesh-d'),
  ]), { operatorNamespace: 'operators' });
  assert.deepEqual(seen?.namingRolls.map((roll) => roll.metadata.namespace), ['mesh-a']);
  assert.deepEqual(seen?.openRolls.map((roll) => roll.metadata.namespace), ['mesh-c']);
  assert.deepEqual(seen?.controlPlanes.map((plane) => plane.metadata.namespace), ['mesh-a', 'mesh-c', 'mesh-d']);
  assert.equal(seen?.operatorNamespace, 'operators');
});

test('copies and objects of others are told apart by the label', () => {
  const seen = observeMember('pay', clusterOf([namespace('pay'), smmr('mesh-a', ['pay']), policy('ours', { 'maistra.io/member-of': 'mesh-a' }), policy('theirs')]));
  assert.deepEqual([seen?.copies.map((copy) => copy.metadata.name), seen?.strangers.map((stranger) => stranger.metadata.name)], [['ours'], ['theirs']]);
});

test('of objects of others only names and writers are kept', () => {
  const [kept] = observeMember('pay', clusterOf([namespace('pay'), smmr('mesh-a', ['pay']), {
    ...withMeta(policy('theirs'), { annotations: { big: 'x' }, managedFields: [{ manager: 'kubectl', fieldsV1: { 'f:spec': {} } }, { manager: 'kubectl', operation: 'Update' }] }), spec: { podSelector: {} },
  }]))?.strangers ?? [];
  assert.deepEqual([kept?.['spec'], kept?.metadata.annotations, kept?.metadata.managedFields], [undefined, undefined, [{ manager: 'kubectl' }]]);
});

test('while a kind that says who is a member is not served, nobody is thrown out', () => {
  for (const missing of [CONTROL_PLANE, MEMBER_ROLL, MEMBER]) {
    const cluster = new OfflineCluster([missing]);
    cluster.put(sources.NAMESPACES.type, namespace('pay', { 'maistra.io/member-of': 'mesh-a' }));
    assert.equal(observeMember('pay', cluster), undefined);
  }
});

test('an open roll wakes every namespace, a closed one those it lists and those in its mesh', () => {
  const cluster = clusterOf([namespace('pay'), namespace('buy'), namespace('in', { 'maistra.io/member-of': 'mesh-a' })]);
  const { toKeys } = watchOf(sources.MEMBER_ROLLS);
  assert.deepEqual([...toKeys(smmr('mesh-a', ['*']), cluster)].toSorted(), ['buy', 'in', 'pay']);
  assert.deepEqual([...toKeys(smmr('mesh-a', ['pay', 'absent']), cluster)].toSorted(), ['absent', 'in', 'pay']);
});

test('a control plane wakes its own namespace, its members and those who want to be', () => {
  const cluster = clusterOf([namespace('pay'), namespace('in', { 'maistra.io/member-of': 'mesh-a' }), smmr('mesh-a', ['pay']), smm('ship', 'mesh-a'), smm('other', 'mesh-b')]);
  assert.deepEqual([...new Set(watchOf(sources.CONTROL_PLANES).toKeys(smcp('mesh-a'), cluster))].toSorted(), ['in', 'mesh-a', 'pay', 'ship']);
});

test('the status of rolls and members wakes nobody, their spec and deletion do', () => {
  const roll = smmr('mesh-a', ['pay']);
  assert.equal(isRelevant(sources.MEMBER_ROLLS, roll, { ...withMeta(roll, { resourceVersion: '2' }), status: { members: ['pay'] } }), false);
  assert.equal(isRelevant(sources.MEMBER_ROLLS, roll, smmr('mesh-a', ['pay', 'buy'])), true);
  assert.equal(isRelevant(sources.MEMBERS, smm('pay', 'mesh-a'), withMeta(smm('pay', 'mesh-a'), { deletionTimestamp: 'now' })), true);
});

test('a control plane that becomes ready wakes nobody; one that was reconciled anew does', () => {
  const plane = smcp('mesh-a');
  assert.equal(isRelevant(sources.CONTROL_PLANES, plane, { ...plane, status: { observedGeneration: 1, operatorVersion: '0.1.0', readiness: { components: {} } } }), false);
  assert.equal(isRelevant(sources.CONTROL_PLANES, plane, { ...plane, status: { observedGeneration: 2, operatorVersion: '0.1.0' } }), true);
});

test('namespaces wake by their labels, annotations and deletion, not by what others write elsewhere', () => {
  const pay = namespace('pay');
  assert.equal(isRelevant(sources.NAMESPACES, pay, { ...withMeta(pay, { resourceVersion: '9' }), status: { phase: 'Active' } }), false);
  assert.equal(isRelevant(sources.NAMESPACES, pay, namespace('pay', { team: 'x' })), true);
  assert.equal(isRelevant(sources.NAMESPACES, pay, withMeta(pay, { uid: 'another incarnation' })), true);
});

test("istiod's root certificates are read and wake nobody", () => {
  const cert: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'istio-ca-root-cert', namespace: 'pay' } };
  assert.equal(isRelevant(sources.ROOT_CERTS, cert, { ...cert, data: {} }), false);
  assert.ok(observeMember('pay', clusterOf([namespace('pay'), smmr('mesh-a', ['pay']), cert]))?.rootCert);
});

test('from where exposed pods are reachable is a fact of the cluster and reaches the policies', () => {
  const exposeRoute = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } } };
  const controller = memberController({ exposeRoute });
  const seen = controller.observe('pay', clusterOf([namespace('pay'), smcp('mesh-a'), smmr('mesh-a', ['pay'])]));
  assert.ok(seen);
  const texts = controller.plan(seen, new Date(0)).stages.flat().map((step) => JSON.stringify(step));
  assert.ok(texts.some((text) => text.includes('istio-expose-route-basic') && text.includes('ingress-nginx')));
});

test('where the Kiali operator is served, Kiali gets no binding of ours', () => {
  const bindings = (cluster: OfflineCluster): boolean => {
    for (const [source, object] of [[sources.NAMESPACES, namespace('pay')], [sources.CONTROL_PLANES, smcp('mesh-a')], [sources.MEMBER_ROLLS, smmr('mesh-a', ['pay'])]] as const) cluster.put(source.type, object);
    const seen = observeMember('pay', cluster);
    assert.ok(seen);
    return JSON.stringify(memberController().plan(seen, new Date(0))).includes('"kiali-mesh-a"');
  };
  assert.equal(bindings(new OfflineCluster([KIALI])), true);
  assert.equal(bindings(new OfflineCluster([])), false);
});

test('the controller has a name, many workers, and a source once only, but for namespaces, which tell two things', () => {
  const controller = memberController();
  assert.deepEqual([controller.name, controller.workers], ['member', 16]);
  const ids = controller.watches.map((watch) => watch.source.id);
  assert.deepEqual(ids.filter((id, index) => ids.indexOf(id) !== index), ['namespaces']);
});
