import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { istioDefinitions } from '../../../src/cli/istio-crds.ts';
import { renderMesh } from '../../../src/domain/control-plane/render.ts';
import { ISTIO_MINORS } from '../../../src/domain/versions.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { resourcePath } from '../../../src/k8s/resource.ts';
import { messageOf } from '../../../src/lib/result.ts';
import { connect, type ApiClient } from '../../../tools/cluster/api-client.ts';
import { startCluster, type Cluster } from '../../../tools/cluster/cluster.ts';
import { CHARTS, MESH, objectsOf, OPENSHIFT, PLAIN, ROOT, valuesInput } from '../../build/control-plane.ts';
import { everyFieldSpecs } from '../../build/every-field-set.ts';
import { randomControlPlane, type ApiVersion } from '../../build/random-control-plane.ts';
import { randomMesh } from '../../build/random-mesh.ts';
import { chooseSeed } from '../../support/chance.ts';

/*
 * What validation lets through, the API server takes: objects of random control planes are applied as a dry run. Of a spec that is refused,
 * the refused fields are taken out, and what is left is tried.
 */

const SPECS = Number(process.env['TMESH_SPECS'] ?? 40);
const FIRST_SEED = chooseSeed('TEST_SEED');
const SEEDS = Array.from({ length: SPECS }, (_, index) => FIRST_SEED + index);
const VERSIONS: readonly ApiVersion[] = ['v1', 'v2'];
const CRDS = join(import.meta.dirname, '..', '..', '..', 'crds');
/** The range of node ports and that of cluster addresses are settings of an API server that nobody else can read. */
const KNOWN_TO_THE_SERVER_ONLY = /provided port is not in the valid range|provided IP is not in the valid range|the provided (IP|network) does not match|not configured on cluster/i;

let cluster: Cluster;
let client: ApiClient;
before(async () => {
  cluster = await startCluster({ flavour: 'openshift', kubelet: false });
  client = connect(cluster.server, await readFile(cluster.caFile, 'utf8'), cluster.token('admin'));
  const namespaces = [MESH, 'far'].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
  const items = [...istioDefinitions(join(import.meta.dirname, '..', '..', '..', 'dist', 'istio-crds.json')), ...namespaces];
  const results = [
    await cluster.kubectl(['apply', '--server-side', '-f', CRDS]),
    await cluster.kubectl(['apply', '--server-side', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) }),
    await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']),
  ];
  assert.deepEqual(results.filter(({ code }) => code !== 0).map(({ stderr }) => stderr), []);
});
after(async () => {
  client?.close();
  await cluster?.stop();
});

interface Request { readonly label: string; readonly path: string; readonly method: 'POST' | 'PATCH'; readonly body: KubeObject }

async function refusals(requests: readonly Request[]): Promise<string[]> {
  const found: string[] = [];
  const left = [...requests];
  await Promise.all(Array.from({ length: 12 }, async () => {
    for (let request = left.pop(); request !== undefined; request = left.pop()) {
      const { label, path, method, body } = request;
      const call = method === 'POST' ? { method, body } : { method, body, contentType: 'application/apply-patch+yaml' };
      await client.call(`${path}?dryRun=All&fieldManager=tmesh-test&fieldValidation=Strict${method === 'PATCH' ? '&force=true' : ''}`, call).catch((error: unknown) => { found.push(`${label}: ${messageOf(error)}`); });
    }
  }));
  return found;
}

test('the CRD admits the random control planes that other tests look at', async () => {
  const requests = VERSIONS.flatMap((version) => SEEDS.map((seed): Request => {
    const { status: _status, ...body } = randomControlPlane(version, seed);
    return { label: `${version} seed ${seed}`, path: `/apis/maistra.io/${version}/namespaces/${MESH}/servicemeshcontrolplanes`, method: 'POST', body };
  }));
  assert.deepEqual(await refusals(requests), []);
});

test('no object of a random control plane is refused', async (t) => {
  const requests = new Map<string, Request>();
  for (const version of VERSIONS) {
    for (const seed of SEEDS) {
      for (const { type, object } of objectsOf(randomMesh(version, seed))) requests.set(JSON.stringify(object), { label: `${version} seed ${seed}`, path: resourcePath(type, object.metadata), method: 'PATCH', body: object });
    }
  }
  t.diagnostic(`${requests.size} different objects of ${SPECS * 2} control planes`);
  assert.ok(requests.size > SPECS * 2);
  assert.deepEqual((await refusals([...requests.values()])).filter((text) => !KNOWN_TO_THE_SERVER_ONLY.test(text)), []);
});

test('no object of the control planes that set every field is refused, on any minor and platform', async (t) => {
  const requests = new Map<string, Request>();
  for (const [index, spec] of everyFieldSpecs().entries()) {
    for (const [minor, facts] of ISTIO_MINORS.flatMap((row) => [OPENSHIFT, PLAIN].map((platform) => [row.minor, platform] as const))) {
      const input = valuesInput({ ...spec, version: `v${minor}` }, { facts, members: ['far'], rootCertificate: ROOT, isIstiodAvailable: true });
      for (const { type, object } of objectsOf(renderMesh(input, CHARTS))) {
        requests.set(JSON.stringify(object), { label: `specs[${index}] ${minor} ${object.kind} ${object.metadata.name}`, path: resourcePath(type, object.metadata), method: 'PATCH', body: object });
      }
    }
  }
  t.diagnostic(`${requests.size} different objects`);
  assert.ok(requests.size > 200);
  assert.deepEqual(await refusals([...requests.values()]), []);
});

test('the control planes that set every field are admitted', async () => {
  const requests = everyFieldSpecs().map((spec, index): Request => ({
    label: `specs[${index}]`, path: `/apis/maistra.io/v2/namespaces/${MESH}/servicemeshcontrolplanes`, method: 'POST', body: { apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: `set-${index}` }, spec },
  }));
  assert.deepEqual(await refusals(requests), []);
});
