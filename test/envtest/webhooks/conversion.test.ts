import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import { valueAt } from '../../../src/lib/json.ts';
import { sortedUnique } from '../../../src/lib/sort.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import type { Cluster } from '../../../tools/cluster/cluster.ts';
import { clusterWithCrds, read, run, send } from './cluster-commands.ts';
import { OPERATOR_NAMESPACE, serveWebhooks, type ServedWebhooks } from './served-webhooks.ts';
import { eventually } from '../../support/eventually.ts';

const SAMPLES = join(import.meta.dirname, '..', '..', 'samples');
const V1 = 'servicemeshcontrolplanes.v1.maistra.io';
const V2 = 'servicemeshcontrolplanes.v2.maistra.io';

let cluster: Cluster;
let webhooks: ServedWebhooks;
before(async () => {
  cluster = await clusterWithCrds(OPERATOR_NAMESPACE, 'istio-system', 'mesh-2', 'mesh-3');
  webhooks = await serveWebhooks(cluster);
  await eventually('the webhooks are registered', webhooks.isPublished);
});
after(async () => {
  assert.deepEqual(webhooks?.failures, [], 'nothing went wrong inside');
  await webhooks?.stop();
  await cluster?.stop();
});

async function sample(file: string): Promise<KubeObject> {
  return parse(await readFile(join(SAMPLES, file), 'utf8')) as KubeObject;
}

test('the users\' v1 file goes in as it is and comes back as v1, word for word', async () => {
  const file = join(SAMPLES, '01-istio-installation.yaml');
  await run(cluster, 'create', '-n', 'istio-system', '-f', file);
  const { spec } = await read(cluster, V1, 'basic-install', 'istio-system');
  assert.deepEqual(spec, (await sample('01-istio-installation.yaml'))['spec']);
});

test('and is the same control plane in the words of v2', async () => {
  const object = await read(cluster, V2, 'basic-install', 'istio-system');
  assert.equal(object.apiVersion, 'maistra.io/v2');
  assert.equal(valueAt(object, 'spec', 'addons', 'kiali', 'enabled'), true);
  assert.equal(valueAt(object, 'spec', 'tracing', 'sampling'), 10_000);
  assert.equal(valueAt(object, 'spec', 'gateways', 'openshiftRoute', 'enabled'), true);
});

test('the users\' next file changes one setting, through v1, and v2 shows it', async () => {
  await run(cluster, 'apply', '-n', 'istio-system', '-f', join(SAMPLES, '04-istio-installation-mtls.yaml'));
  const object = await read(cluster, V2, 'basic-install', 'istio-system');
  assert.equal(valueAt(object, 'spec', 'security', 'dataPlane', 'mtls'), true);
});

test('a v2 object reads back as v2 unchanged, and as v1 too', async () => {
  const spec = { version: 'v2.5', profiles: ['default'], addons: { kiali: { enabled: true }, grafana: { enabled: false } }, proxy: { accessLogging: { file: { name: '/dev/stdout' } } } };
  const object: KubeObject = { apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace: 'mesh-2' }, spec };
  assert.equal((await send(cluster, 'create', object)).code, 0);
  assert.deepEqual((await read(cluster, V2, 'basic', 'mesh-2'))['spec'], spec);
  const asV1 = await read(cluster, V1, 'basic', 'mesh-2');
  assert.equal(valueAt(asV1, 'spec', 'istio', 'kiali', 'enabled'), true);
  assert.equal(valueAt(asV1, 'spec', 'istio', 'grafana', 'enabled'), false);
});

test('unknown fields of v1 survive the way to v2 and back', async () => {
  const spec = { istio: { madeUp: { by: ['a', 'user'] }, global: { alsoMadeUp: 'yes: "{{', proxy: { accessLogFormat: '*/\n' } } } };
  const object: KubeObject = { apiVersion: 'maistra.io/v1', kind: 'ServiceMeshControlPlane', metadata: { name: 'odd', namespace: 'mesh-3' }, spec };
  const { code, text } = await send(cluster, 'create', object);
  assert.equal(code, 0, text);
  assert.deepEqual((await read(cluster, V1, 'odd', 'mesh-3'))['spec'], spec);
});

test('a list of control planes is shown in either version', async () => {
  for (const resource of [V1, V2]) {
    const names = (await run(cluster, 'get', resource, '-A', '--no-headers')).trim().split('\n').map((line) => line.split(/\s+/)[1] ?? '');
    assert.deepEqual(sortedUnique(names), ['basic', 'basic-install', 'odd'], resource);
  }
});

test('v1 that cannot be stored is refused with the field', async () => {
  const object: KubeObject = { apiVersion: 'maistra.io/v1', kind: 'ServiceMeshControlPlane', metadata: { name: 'wrong', namespace: 'mesh-3' }, spec: { istio: 'not a map' } };
  const { code, text } = await send(cluster, 'create', object);
  assert.equal(code, 1);
  assert.match(text, /spec\.istio/);
});
