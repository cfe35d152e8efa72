import assert from 'node:assert/strict';
import { test } from 'node:test';
import { movesToApply, movesToFinish, movesToUndo, recordOf, shownMove, waitingFor } from '../../../../src/domain/migrate/moves.ts';
import type { MigrateObjects } from '../../../../src/domain/migrate/plan.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { smcp } from '../../../build/mesh-objects.ts';

const object = (apiVersion: string, kind: string, metadata: KubeObject['metadata'], body: object = {}): KubeObject => ({ apiVersion, kind, metadata, ...body });
const deployment = (name: string, namespace: string, spec: object): KubeObject => object('apps/v1', 'Deployment', { name, namespace, uid: `u-${name}` }, { spec });
const CSV = object('operators.coreos.com/v1alpha1', 'ClusterServiceVersion', { name: 'servicemeshoperator.v2.6.4', namespace: 'openshift-operators', uid: 'u-csv' },
  { spec: { install: { strategy: 'deployment', spec: { deployments: [{ name: 'istio-operator', spec: { replicas: 1, x: 1 } }] } } } });
const COPY = object('operators.coreos.com/v1alpha1', 'ClusterServiceVersion', { name: 'servicemeshoperator.v2.6.4', namespace: 'mesh', labels: { 'olm.copiedFrom': 'openshift-operators' } });
const binding = (role: string): KubeObject => object('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', { name: 'b', uid: 'u-b', labels: { 'maistra.io/owner': 'mesh' } }, { roleRef: { kind: 'ClusterRole', name: role } });
const LEFT = object('v1', 'ConfigMap', { name: 'left', namespace: 'mesh', uid: 'u-left', labels: { 'maistra.io/owner': 'mesh' } });

const WORLD: MigrateObjects = {
  controlPlanes: [smcp('mesh')], namespaces: [], pods: [], configuration: [], operators: [CSV, COPY],
  live: [deployment('istio-operator', 'openshift-operators', { replicas: 1 }), deployment('tenant-mesh-operator', 'tenant-mesh-operator', { replicas: 0 }), binding('old'), LEFT],
  wanted: [binding('new')], removed: new Set(),
};

test('the old operator is stopped where OLM keeps it, then by its Deployment; copies of its version elsewhere are left alone; the new one begins last', () => {
  const moves = movesToApply(WORLD);
  assert.deepEqual(moves.map(shownMove), [
    'change ClusterServiceVersion openshift-operators/servicemeshoperator.v2.6.4: OLM keeps the old operator running',
    'stop Deployment openshift-operators/istio-operator: two operators would undo each other\'s work',
    'delete ClusterRoleBinding b: it is made anew at once',
    'change Deployment tenant-mesh-operator/tenant-mesh-operator: the new operator begins',
  ]);
  const [csv] = moves;
  assert.deepEqual(csv?.do === 'patch' && csv.patch, { spec: { install: { spec: { deployments: [{ name: 'istio-operator', spec: { replicas: 0, x: 1 } }] } } } });
});

test('what the operator deletes by itself is not deleted by the move', () => {
  assert.ok(!movesToApply({ ...WORLD, removed: new Set(['ClusterRoleBinding//b']) }).some(({ do: what }) => what === 'delete'));
});

test('the first record is the truth: said again, it keeps what was there before and adds what is new', () => {
  const first = recordOf(WORLD);
  assert.deepEqual(first.before.map(({ metadata }) => metadata.name), ['servicemeshoperator.v2.6.4', 'istio-operator', 'tenant-mesh-operator']);
  assert.deepEqual(first.replaced, [{ ...binding('old'), metadata: { name: 'b', labels: { 'maistra.io/owner': 'mesh' } } }], 'nothing that the API server adds');
  const again = recordOf({ ...WORLD, operators: [], live: [deployment('istio-operator', 'openshift-operators', { replicas: 0 })] }, first);
  assert.deepEqual(again, first);
});

test('the way back: ours stops, what was replaced is made anew as it was, the old operator goes on', () => {
  const record = recordOf(WORLD);
  const after = { ...WORLD, live: [deployment('istio-operator', 'openshift-operators', { replicas: 0 }), deployment('tenant-mesh-operator', 'tenant-mesh-operator', { replicas: 1 }), binding('new')] };
  assert.deepEqual(movesToUndo(record, after).map(shownMove), [
    'stop Deployment tenant-mesh-operator/tenant-mesh-operator: two operators would undo each other\'s work',
    'delete ClusterRoleBinding b: it is made anew at once',
    'create ClusterRoleBinding b: as it was before the move',
    'change ClusterServiceVersion openshift-operators/servicemeshoperator.v2.6.4: OLM starts the old operator',
    'change Deployment openshift-operators/istio-operator: the old operator goes on',
  ]);
  assert.ok(!movesToUndo(record, WORLD).some(({ do: what }) => what === 'create'), 'what is as it was stays');
});

test('one who stops is waited for by the labels of his pods, and his webhooks go with him', () => {
  const labelled = (name: string, namespace: string): KubeObject => deployment(name, namespace, { replicas: 1, selector: { matchLabels: { name } } });
  const webhook = object('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', { name: 'tenant-mesh-operator', uid: 'u-w' });
  const world = { ...WORLD, live: [labelled('istio-operator', 'openshift-operators'), labelled('tenant-mesh-operator', 'tenant-mesh-operator'), webhook] };
  const stops = [...movesToApply(world), ...movesToUndo(recordOf(world), world)].flatMap((move) => (move.do === 'stop' ? [[move.ref.name, move.pods]] : []));
  assert.deepEqual(stops, [['istio-operator', { name: 'istio-operator' }], ['tenant-mesh-operator', { name: 'tenant-mesh-operator' }]]);
  const gone = movesToUndo(recordOf(world), world).map(shownMove).find((line) => line.startsWith('delete '));
  assert.equal(gone, 'delete ValidatingWebhookConfiguration tenant-mesh-operator: it asks this operator, who does not answer any more, and forbids every change');
  assert.ok(!movesToApply(world).some(({ do: what }) => what === 'delete'), 'ours stay where we stay');
});

test('pods of the new gateway that the old Deployment does not take over go when it serves', () => {
  const door = (labels: object): KubeObject => deployment('door', 'mesh', { selector: { matchLabels: labels } });
  const world = { ...WORLD, live: [door({ app: 'door', old: 'yes' })], wanted: [door({ app: 'door' })] };
  const record = recordOf(world);
  const clearances = (live: readonly KubeObject[]): readonly unknown[] => movesToUndo(record, { ...world, live }).flatMap((move) => (move.do === 'clear' ? [[move.ref.name, move.labels, shownMove(move)]] : []));
  const cleared = [['door', { app: 'door' }, 'delete ReplicaSets left behind by Deployment mesh/door: the old Deployment does not take over what the new one made']];
  assert.deepEqual(clearances([door({ app: 'door' })]), cleared);
  assert.deepEqual(clearances([door({ app: 'door', old: 'yes' })]), cleared, 'said again, what was left is cleared all the same');
});

test('the last step deletes what was made for a mesh and nobody wants', () => {
  assert.deepEqual(movesToFinish(WORLD).map(shownMove), ['delete ConfigMap mesh/left: nothing of the new mesh uses it']);
});

test('a mesh is handed over when Istio\'s own version stands in its status and it is ready for what is written', () => {
  const told = (status: object): readonly string[] => waitingFor({ controlPlanes: [{ ...smcp('mesh'), status }] });
  const ready = { type: 'Ready', status: 'True' };
  assert.deepEqual(told({ chartVersion: '2.6.4', conditions: [ready], observedGeneration: 1 }), ['mesh/basic: the new operator has not looked at it yet']);
  assert.deepEqual(told({ chartVersion: '1.31.1', conditions: [{ type: 'Ready', status: 'False', message: 'istiod: 0 of 1' }], observedGeneration: 1 }), ['mesh/basic: istiod: 0 of 1']);
  assert.deepEqual(told({ chartVersion: '1.31.1', conditions: [ready], observedGeneration: 0 }), ['mesh/basic: not ready']);
  assert.deepEqual(told({ chartVersion: '1.31.1', conditions: [ready], observedGeneration: 1 }), []);
});
