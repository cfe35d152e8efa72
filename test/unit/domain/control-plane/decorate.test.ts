import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONFIG_MAP } from '../../../../src/api/kinds.ts';
import { decorate } from '../../../../src/domain/control-plane/decorate.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { controlPlane, MESH, NAME } from '../../../build/control-plane.ts';

const object: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: MESH, labels: { app: 'x' }, annotations: { note: 'kept' } }, data: { a: '1' } };
const decorated = (wanted: KubeObject, generation = '0.1.0-1', live?: KubeObject): KubeObject =>
  decorate({ type: CONFIG_MAP, object: wanted }, 'prometheus', { smcp: controlPlane(), version: '1.31.1', meshGeneration: generation, liveOf: () => live }).object;
const generationOf = (result: KubeObject): string | undefined => result.metadata.annotations?.['maistra.io/mesh-generation'];

test('labels are those of the old operator; labels and annotations of the template stay', () => {
  assert.deepEqual(decorated(object).metadata.labels, {
    app: 'x', 'app.kubernetes.io/name': 'prometheus', 'app.kubernetes.io/component': 'prometheus', 'app.kubernetes.io/instance': MESH, 'app.kubernetes.io/version': '1.31.1',
    'app.kubernetes.io/part-of': 'istio', 'app.kubernetes.io/managed-by': 'maistra-istio-operator', 'maistra.io/owner': MESH, 'maistra.io/owner-name': NAME,
  });
  assert.equal(decorated(object).metadata.annotations?.['note'], 'kept');
});

test('the SMCP owns what is in its namespace, and nothing else', () => {
  assert.deepEqual(decorated(object).metadata.ownerReferences, [
    { apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', name: NAME, uid: 'uid-smcp', controller: true, blockOwnerDeletion: true },
  ]);
  assert.equal(decorated({ ...object, metadata: { ...object.metadata, namespace: 'shop' } }).metadata.ownerReferences, undefined);
  const { namespace: _namespace, ...clusterScoped } = object.metadata;
  assert.equal(decorated({ ...object, metadata: clusterScoped }).metadata.ownerReferences, undefined);
});

test('a new object is of this generation', () => {
  assert.equal(generationOf(decorated(object, '0.1.0-7')), '0.1.0-7');
});

test('an object that is as wanted keeps its generation, so an edit rewrites only what it changes', () => {
  const live = decorated(object, '0.1.0-1');
  const others = { ...live, metadata: { ...live.metadata, labels: { ...live.metadata.labels, mine: 'user' }, uid: 'u', resourceVersion: '9' }, immutable: false };
  assert.deepEqual(decorated(object, '0.1.0-2', others), live);
});

test('an object that differs gets this generation: changed data, a missing label, another owner', () => {
  const live = decorated(object, '0.1.0-1');
  assert.equal(generationOf(decorated({ ...object, data: { a: '2' } }, '0.1.0-2', live)), '0.1.0-2');
  assert.equal(generationOf(decorated(object, '0.1.0-2', { ...live, metadata: { ...live.metadata, labels: {} } })), '0.1.0-2');
  assert.equal(generationOf(decorated(object, '0.1.0-2', { ...live, metadata: { ...live.metadata, ownerReferences: [] } })), '0.1.0-2');
});

test('how the server writes values down is no difference: quantities in their shortest form, nothing for what is empty', () => {
  const container = (cpu: string, memory: string, rest: object): object => ({ name: 'c', resources: { requests: { cpu, memory } }, ...rest });
  const wanted: KubeObject = { ...object, spec: { containers: [container('1000m', '2048Mi', { tty: false, args: [] })] } };
  const { spec: _spec, ...bare } = decorated(wanted, '0.1.0-1');
  const live = (cpu: string, memory: string): KubeObject => ({ ...bare, apiVersion: 'v1', kind: 'ConfigMap', spec: { containers: [container(cpu, memory, {})] } });
  assert.equal(generationOf(decorated(wanted, '0.1.0-2', live('1', '2Gi'))), '0.1.0-1');
  assert.equal(generationOf(decorated(wanted, '0.1.0-2', live('1', '3Gi'))), '0.1.0-2');
});

test('decorating is repeatable: what was written is not written again', () => {
  const once = decorated(object, '0.1.0-2');
  assert.deepEqual(decorated(object, '0.1.0-2', once), once);
  assert.deepEqual(decorated(object, '0.1.0-3', once), once);
});
