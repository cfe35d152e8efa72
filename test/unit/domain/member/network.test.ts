import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { smcp } from '../../../build/mesh-objects.ts';
import { isAllowed, type NetCluster, type NetPod, type Outside } from '../../../support/network-policy-evaluator.ts';
import { copiesOf } from './observed-objects.ts';

/*
 * What joining does to the traffic of namespace `pay`, evaluated on the policies that the operator writes
 * (wishes.md W16, W17; spec/networkpolicy-expose-route.md 3).
 */

const exposed: NetPod = { namespace: 'pay', labels: { app: 'el-sample', 'maistra.io/expose-route': 'true' } };
const plain: NetPod = { namespace: 'pay', labels: { app: 'sample' } };
const misspelt: NetPod = { namespace: 'pay', labels: { app: 'other', 'maistra.io/expose-route': 'True' } };
const router: NetPod = { namespace: 'openshift-ingress', labels: { app: 'router' } };
const member: NetPod = { namespace: 'buy', labels: { app: 'caller' } };
const ingressGateway: NetPod = { namespace: 'mesh-a', labels: { istio: 'ingressgateway' } };
const otherMesh: NetPod = { namespace: 'ship', labels: { app: 'ship' } };
const stranger: NetPod = { namespace: 'default', labels: { app: 'sample', 'maistra.io/expose-route': 'true' } };
const outside: Outside = { ip: '192.0.2.1' };
const monitoring: NetPod = { namespace: 'openshift-user-workload-monitoring', labels: { app: 'prometheus' } };
const apiServer: Outside = { ip: '10.10.0.1' };

const namespaces = {
  'pay': { 'maistra.io/member-of': 'mesh-a' }, 'buy': { 'maistra.io/member-of': 'mesh-a' }, 'mesh-a': { 'maistra.io/member-of': 'mesh-a' },
  'ship': { 'maistra.io/member-of': 'mesh-b' }, 'default': {}, 'openshift-user-workload-monitoring': { 'network.openshift.io/policy-group': 'monitoring' }, 'openshift-ingress': { 'network.openshift.io/policy-group': 'ingress' },
};

const policiesOf = (spec: object = {}): KubeObject[] => copiesOf(smcp('mesh-a', 'basic', spec)).filter((copy) => copy.kind === 'NetworkPolicy');
const before: NetCluster = { namespaces, policies: [] };
const after: NetCluster = { namespaces, policies: policiesOf() };

const PAIRS: readonly (readonly [string, NetPod | Outside, NetPod, boolean])[] = [
  ['the router to an exposed pod', router, exposed, true],
  ['the router to a pod without the label', router, plain, false],
  ['the router to a pod with the label misspelt', router, misspelt, false],
  ['a pod of the namespace to another', exposed, plain, true],
  ['a member of the mesh to any pod', member, plain, true],
  ['a member of the mesh to an exposed pod', member, exposed, true],
  ['the ingress gateway to any pod', ingressGateway, plain, true],
  ['a member of another mesh to an exposed pod', otherMesh, exposed, false],
  ['a member of another mesh to any pod', otherMesh, plain, false],
  ['a stranger to any pod', stranger, plain, false],
  ['a stranger to an exposed pod: the label counts on the receiver only', stranger, exposed, false],
  ['monitoring of the cluster to any pod', monitoring, plain, false],
  ['the API server, from its own address, to any pod', apiServer, plain, false],
  ['something outside the cluster to an exposed pod', outside, exposed, false],
];

for (const [what, from, to, passes] of PAIRS) {
  test(`before joining everything passes; afterwards ${what} ${passes ? 'passes' : 'does not'}`, () => {
    assert.equal(isAllowed(before, { from, to, port: 8080 }), true);
    assert.equal(isAllowed(after, { from, to, port: 8080 }), passes);
  });
}

test('what pods of a member send is never restricted', () => {
  for (const to of [stranger, otherMesh, router, outside]) assert.equal(isAllowed(after, { from: plain, to, port: 443 }), true);
});

test('with manageNetworkPolicy: false joining changes nothing', () => {
  const unmanaged = { namespaces, policies: policiesOf({ security: { manageNetworkPolicy: false } }) };
  for (const [, from, to] of PAIRS) assert.equal(isAllowed(unmanaged, { from, to, port: 8080 }), true);
});

test('a policy that the user adds in his namespace opens more, as policies add up', () => {
  const own: KubeObject = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'own', namespace: 'pay' },
    spec: { podSelector: { matchLabels: { app: 'sample' } }, ingress: [{ from: [{ namespaceSelector: {} }], ports: [{ port: 9090 }] }] } };
  const more = { namespaces, policies: [...after.policies, own] };
  assert.equal(isAllowed(more, { from: stranger, to: plain, port: 9090 }), true);
  assert.equal(isAllowed(more, { from: stranger, to: plain, port: 8080 }), false);
});
