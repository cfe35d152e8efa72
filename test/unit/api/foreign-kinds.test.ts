import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseGateway } from '../../../src/api/istio/gateway.ts';
import { isTerminating } from '../../../src/api/kubernetes/namespace.ts';
import { serviceSpecOf } from '../../../src/api/kubernetes/service.ts';
import { wantedReplicasOf, workloadStatusOf } from '../../../src/api/kubernetes/workload.ts';
import { networkTypeOf } from '../../../src/api/openshift/cluster-network.ts';
import { parseRoute } from '../../../src/api/openshift/route.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';

function object(kind: string, body: Readonly<Record<string, unknown>>, metadata: object = {}): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { name: 'x', ...metadata }, ...body };
}

test('a Gateway gives selector, servers, hosts and TLS, and keeps the rest', () => {
  const spec = { selector: { istio: 'ingressgateway' }, servers: [{ port: { number: 443, protocol: 'HTTPS' }, hosts: ['a/b.c'], tls: { httpsRedirect: true, mode: 'PASSTHROUGH', x: 1 } }] };
  const parsed = parseGateway(object('Gateway', { spec }));
  assert.ok(parsed.ok);
  assert.deepEqual(parsed.value.spec, spec);
  assert.equal(parsed.value.spec.servers?.[0]?.tls?.httpsRedirect, true);
});

test('a Gateway whose hosts are no list says so', () => {
  const parsed = parseGateway(object('Gateway', { spec: { servers: [{ hosts: 'a' }] } }));
  assert.ok(!parsed.ok);
  assert.equal(parsed.error[0]?.path, 'spec.servers[0].hosts');
});

test('a Route gives host, target and TLS', () => {
  const parsed = parseRoute(object('Route', { spec: { host: 'a.b', to: { kind: 'Service', name: 's', weight: 100 }, port: { targetPort: 'http2' }, tls: { termination: 'edge' }, wildcardPolicy: 'None' } }));
  assert.ok(parsed.ok);
  assert.equal(parsed.value.spec.to?.name, 's');
  assert.equal(parsed.value.spec.port?.targetPort, 'http2');
});

test('a workload without status is not ready, without replicas wants one', () => {
  assert.deepEqual(workloadStatusOf(object('Deployment', {})), {});
  assert.deepEqual(workloadStatusOf(object('Deployment', { status: 'broken' })), {});
  assert.equal(workloadStatusOf(object('Deployment', { status: { readyReplicas: 2, conditions: [{ type: 'Available', status: 'True' }] } })).readyReplicas, 2);
  assert.equal(wantedReplicasOf(object('Deployment', { spec: {} })), 1);
  assert.equal(wantedReplicasOf(object('Deployment', { spec: { replicas: 0 } })), 0);
});

test('a Service gives selector and ports; one that cannot be read is empty', () => {
  assert.deepEqual(serviceSpecOf(object('Service', { spec: { selector: { a: 'b' }, ports: [{ name: 'http2', port: 80, targetPort: 8080 }] } })).ports, [{ name: 'http2', port: 80, targetPort: 8080 }]);
  assert.deepEqual(serviceSpecOf(object('Service', { spec: 3 })), {});
});

test('a namespace is terminating by its timestamp or by its phase', () => {
  assert.ok(isTerminating(object('Namespace', {}, { deletionTimestamp: '2029-01-01T00:00:00Z' })));
  assert.ok(isTerminating(object('Namespace', { status: { phase: 'Terminating' } })));
  assert.ok(!isTerminating(object('Namespace', { status: { phase: 'Active' } })));
});

test('the network type of a cluster is read, or unknown', () => {
  assert.equal(networkTypeOf(object('Network', { spec: { networkType: 'OVNKubernetes' } })), 'OVNKubernetes');
  assert.equal(networkTypeOf(object('Network', {})), undefined);
  assert.equal(networkTypeOf(object('Network', { spec: { networkType: 3 } })), undefined);
});
