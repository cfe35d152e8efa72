import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ClusterReader, NEVER } from '../../../../src/cli/cluster-reader.ts';
import { gatherDiagnostics } from '../../../../src/cli/diagnostics/gather.ts';
import { podDumps, podLogs } from '../../../../src/cli/diagnostics/logs.ts';
import { presentable } from '../../../../src/cli/diagnostics/presentable.ts';
import { Redactor } from '../../../../src/cli/diagnostics/redact.ts';
import { scopeOf } from '../../../../src/cli/diagnostics/scope.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { smallCluster } from './small-cluster.ts';

const SMCPS = '/apis/maistra.io/v2/servicemeshcontrolplanes';
const ROLLS = '/apis/maistra.io/v1/servicemeshmemberrolls';
const MEMBERS = '/apis/maistra.io/v1/servicemeshmembers';
const list = (...items: readonly unknown[]): unknown => ({ metadata: {}, items });
const namespace = (name: string, mesh?: string): unknown => ({ metadata: { name, labels: mesh === undefined ? {} : { 'maistra.io/member-of': mesh } } });

let dir = '';
before(async () => { dir = await mkdtemp(join(tmpdir(), 'tmesh-gather-unit-')); });
after(async () => { await rm(dir, { recursive: true }); });

test('members are those that carry the label, that the roll names, or that ask; a namespace that is gone does not count', async () => {
  const { rest } = smallCluster({
    [SMCPS]: list({ metadata: { name: 'basic', namespace: 'mesh' } }), [ROLLS]: list({ metadata: { name: 'default', namespace: 'mesh' }, spec: { members: ['*', 'rolled', 'gone'] }, status: { pendingMembers: ['pending'] } }),
    [MEMBERS]: list({ metadata: { name: 'default', namespace: 'asking' }, spec: { controlPlaneRef: { namespace: 'mesh', name: 'basic' } } }, { metadata: { name: 'default', namespace: 'other' }, spec: { controlPlaneRef: { namespace: 'else' } } }),
    '/api/v1/namespaces': list(...['mesh', 'labelled'].map((name) => namespace(name, 'mesh')), ...['rolled', 'asking', 'pending', 'other'].map((name) => namespace(name))),
  });
  const { meshes } = await scopeOf(new ClusterReader(rest, NEVER), undefined);
  assert.deepEqual(meshes.map((mesh) => [mesh.namespace, mesh.members]), [['mesh', ['asking', 'labelled', 'pending', 'rolled']]]);
});

const running = (name: string, node: string, containers: Readonly<Record<string, number>>): KubeObject => ({
  apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'mesh' }, spec: { nodeName: node },
  status: { containerStatuses: Object.entries(containers).map(([container, restartCount]) => ({ name: container, restartCount, state: { running: {} } })) },
});

test('logs: of each container, also of the one before a restart; a silent node is asked once', async () => {
  const log = (pod: string): string => `/api/v1/namespaces/mesh/pods/${pod}/log`;
  const { rest, asked } = smallCluster({ [log('a')]: 'text', [log('b')]: 503, [log('c')]: 503, [log('d')]: 400 });
  const reader = new ClusterReader(rest, NEVER);
  const logs = await podLogs(reader, [running('a', 'n1', { x: 1, y: 0, skipped: 0 }), running('d', 'n1', { x: 0 })], (container) => container !== 'skipped');
  assert.deepEqual(logs.map(({ pod, container, isPrevious }) => [pod, container, isPrevious]), [['a', 'x', false], ['a', 'x', true], ['a', 'y', false]]);
  assert.deepEqual(reader.gaps, [], 'a container that has not started is no gap');
  for (const pod of ['b', 'c']) await podLogs(reader, [running(pod, 'n2', { x: 0 })]);
  await podLogs(new ClusterReader(rest, NEVER), Array.from({ length: 20 }, () => running('b', 'n2', { x: 0 })));
  assert.ok(asked.filter((path) => path === log('b')).length <= 9, 'eight at once, and one before');
});

test('dumps: istiod and proxies are asked, each as far as it answers; a pod that is silent is not asked again', async () => {
  const at = (pod: string, what: string): string => `/api/v1/namespaces/mesh/pods/${encodeURIComponent(pod)}/proxy/${what}`;
  const { rest, asked } = smallCluster({ [at('istiod:15014', 'metrics')]: 'pilot_xds 1', [at('istiod:15014', 'debug/syncz')]: 401, [at('proxy:15020', 'stats/prometheus')]: 'envoy 1', [at('silent:15014', 'metrics')]: 503 });
  const reader = new ClusterReader(rest, NEVER);
  const dumps = await podDumps(reader, [running('istiod', 'n', { discovery: 0 }), running('proxy', 'n', { app: 0, 'istio-proxy': 0 }), running('silent', 'n', { discovery: 0 }), running('app', 'n', { app: 0 })]);
  assert.deepEqual(dumps, [{ pod: 'istiod', file: 'metrics.txt', text: 'pilot_xds 1' }, { pod: 'proxy', file: 'stats.txt', text: 'envoy 1' }]);
  assert.deepEqual([reader.gaps, asked.filter((path) => path.includes('silent')).length], [[], 1]);
});

test('an object is shown without bookkeeping, a Secret by its keys, a CRD without its schema', () => {
  const redactor = new Redactor();
  const metadata = { name: 'x', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"data":"s3cret"}', note: 'n' }, managedFields: [{ manager: 'm', operation: 'Apply', fieldsV1: { 'f:data': {} } }] };
  assert.deepEqual(presentable({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: 'b' } }, redactor), {
    apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', annotations: { note: 'n' }, managedFields: [{ manager: 'm', operation: 'Apply' }] }, data: { a: 'b' },
  });
  const secret = JSON.stringify(presentable({ apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data: { password: 'czNjcmV0' }, stringData: { other: 's3cret' } }, redactor));
  assert.equal(secret, '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"x"},"type":"Opaque","keys":["password"]}');
  const crd = presentable({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'x' }, spec: { group: 'g', versions: [{ name: 'v1', served: true, schema: { openAPIV3Schema: {} } }] } }, redactor);
  assert.deepEqual(crd, { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'x' }, spec: { group: 'g', versions: [{ name: 'v1', served: true }] }, status: {} });
});

test('a cluster without our CRDs still gives a report, which says that there is no mesh', async () => {
  const { rest } = smallCluster({ '/api/v1/namespaces': list(namespace('default')) });
  const target = join(dir, 'empty');
  const gathered = await gatherDiagnostics({ rest, dir: target, operatorNamespace: 'operators', serverVersion: 'v1.34.4' });
  assert.deepEqual([gathered.meshes, gathered.members], [[], 0]);
  const summary = await readFile(join(target, 'summary.md'), 'utf8');
  assert.match(summary, /There is no mesh/);
  assert.match(summary, new RegExp(`- GET ${SMCPS} answered 404`));
  assert.deepEqual(await readdir(join(target, 'cluster', 'namespaces')), ['default.yaml']);
});

test('a name of an object cannot leave the folder', async () => {
  const { rest } = smallCluster({ '/api/v1/namespaces': list(namespace('../../evil'), namespace('..')) });
  const target = join(dir, 'names');
  await gatherDiagnostics({ rest, dir: target, operatorNamespace: 'operators', serverVersion: 'v1' });
  assert.deepEqual((await readdir(join(target, 'cluster', 'namespaces'))).toSorted(), ['__.._evil.yaml', '_yaml']);
});
