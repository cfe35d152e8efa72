import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { isJsonObject, valueAt } from '../../../src/lib/json.ts';
import { startCluster, type Cluster, type KubectlResult } from '../../../tools/cluster/cluster.ts';
import { eventually } from '../../support/eventually.ts';

/* Our CRDs on a real API server: what it takes, what it refuses and how it says so, what it keeps. */

const root = join(import.meta.dirname, '..', '..', '..');
const NAMES = ['servicemeshcontrolplanes', 'servicemeshmemberrolls', 'servicemeshmembers'].map((name) => `${name}.maistra.io`);

let cluster: Cluster;
before(async () => {
  cluster = await startCluster({ controllerManager: false, kubelet: false });
  const applied = await cluster.kubectl(['apply', '-f', join(root, 'crds')]);
  assert.equal(applied.code, 0, applied.stderr);
  await eventually('the kinds are served', async () => (await cluster.kubectl(['get', 'smcp,smmr,smm', '-A'])).code === 0);
  for (const namespace of ['mesh', 'istio-system', 'microsvc-sample', 'pay', 'shop']) await kubectl('create', 'namespace', namespace);
});
after(() => cluster?.stop());

async function kubectl(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await cluster.kubectl(args);
  assert.equal(code, 0, `kubectl ${args.join(' ')}: ${stderr}`);
  return stdout;
}

function smcp(spec: unknown, version = 'v2'): KubeObject {
  return { apiVersion: `maistra.io/${version}`, kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace: 'mesh' }, spec };
}

function smmr(spec: unknown, name = 'default'): KubeObject {
  return { apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMemberRoll', metadata: { name, namespace: 'mesh' }, spec };
}

function smm(spec: unknown, name = 'default', namespace = 'pay'): KubeObject {
  return { apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMember', metadata: { name, namespace }, spec };
}

function tryOut(what: KubeObject): Promise<KubectlResult> {
  return cluster.kubectl(['create', '--dry-run=server', '-f', '-'], { input: JSON.stringify(what) });
}

async function stored(what: KubeObject): Promise<unknown> {
  const { code, stdout, stderr } = await cluster.kubectl(['create', '--dry-run=server', '-o', 'json', '-f', '-'], { input: JSON.stringify(what) });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

test('a client-side apply, and a second one, are accepted without a complaint', async () => {
  const again = await cluster.kubectl(['apply', '-f', join(root, 'crds')]);
  assert.deepEqual([again.code, again.stderr], [0, '']);
  assert.equal(again.stdout.split('\n').filter((line) => line.endsWith('unchanged')).length, 3);
});

test('the API server calls every schema structural', async () => {
  for (const name of NAMES) {
    const conditions: unknown = JSON.parse(await kubectl('get', 'crd', name, '-o', 'jsonpath={.status.conditions}'));
    assert.ok(Array.isArray(conditions));
    const bad = conditions.filter((condition: unknown) => valueAt(condition, 'type') === 'NonStructuralSchema' || valueAt(condition, 'status') !== 'True');
    assert.deepEqual(bad, [], name);
  }
});

test('kubectl explain tells what each field is for, in both versions', async () => {
  const explain = async (...args: string[]): Promise<string> => (await cluster.kubectl(['explain', ...args])).stdout;
  await eventually('the schema is published', async () => (await explain('smcp.spec.tracing.sampling')).includes('hundredths of a percent'));
  const spec = await explain('smcp.spec');
  for (const phrase of ['What the mesh should be', 'The sidecar proxies.', 'Gateways at the edge of the mesh.', 'Istio minor (v1.31)']) assert.ok(spec.includes(phrase), phrase);
  assert.doesNotMatch(spec, /<no description>/);
  assert.match(await explain('smcp.spec.istio.pilot', '--api-version=maistra.io/v1'), /in\s+percent/);
  assert.match(await explain('smmr.spec.members'), /\* for every namespace/);
  assert.match(await explain('smm.spec.controlPlaneRef'), /You need the verb use/);
});

test('the files of the walk are accepted as they are', async () => {
  const create = (file: string, namespace: string): Promise<string> => kubectl('create', '-n', namespace, '-f', join(root, 'test', 'samples', file));
  assert.match(await create('01-istio-installation.yaml', 'istio-system'), /basic-install created/);
  assert.match(await kubectl('apply', '-n', 'istio-system', '-f', join(root, 'test', 'samples', '04-istio-installation-mtls.yaml')), /basic-install configured/);
  assert.match(await create('02-smmr-default.yaml', 'istio-system'), /default created/);
  assert.match(await create('02b-smm-default.yaml', 'microsvc-sample'), /default created/);
});

test('the tables have the columns users know', async () => {
  const header = async (...args: string[]): Promise<string[] | undefined> => (await kubectl('get', ...args)).split('\n')[0]?.trim().split(/\s{2,}/);
  assert.deepEqual(await header('servicemeshcontrolplanes.v2.maistra.io', '-A'), ['NAMESPACE', 'NAME', 'READY', 'STATUS', 'PROFILES', 'VERSION', 'AGE']);
  assert.deepEqual(await header('servicemeshcontrolplanes.v1.maistra.io', '-A'), ['NAMESPACE', 'NAME', 'READY', 'STATUS', 'TEMPLATE', 'VERSION', 'AGE']);
  assert.deepEqual(await header('smcp', '-A', '-o', 'wide'), ['NAMESPACE', 'NAME', 'READY', 'STATUS', 'PROFILES', 'VERSION', 'AGE', 'IMAGE REGISTRY']);
  assert.deepEqual(await header('smmr', '-A'), ['NAMESPACE', 'NAME', 'READY', 'STATUS', 'AGE']);
  assert.deepEqual(await header('smmr', '-A', '-o', 'wide'), ['NAMESPACE', 'NAME', 'READY', 'STATUS', 'AGE', 'MEMBERS']);
  assert.deepEqual(await header('smm', '-A'), ['NAMESPACE', 'NAME', 'CONTROL PLANE', 'READY', 'AGE']);
  assert.match(await kubectl('get', 'maistra-io', '-A', '-o', 'name'), /servicemeshmemberroll\.maistra\.io\/default/);
});

/** What is refused, and words the refusal must have. */
const REFUSED: readonly (readonly [string, KubeObject, RegExp])[] = [
  ['a roll with another name', smmr({}, 'mine'), /ServiceMeshMemberRoll must be named default; there is one roll per mesh/],
  ['a member with another name', smm({ controlPlaneRef: { name: 'a', namespace: 'b' } }, 'mine'), /ServiceMeshMember must be named default/],
  ['* beside another member', smmr({ members: ['*', 'a'] }), /\* means every namespace and must stand alone/],
  ['members and selectors', smmr({ members: ['a'], memberSelectors: [{}] }), /use members or memberSelectors, not both/],
  ['a member listed twice', smmr({ members: ['a', 'b', 'a'] }), /spec\.members\[2\]: Duplicate value: "a"/],
  ['a member that is no namespace', smmr({ members: ['My_Project'] }), /spec\.members\[0\]: Invalid value: "My_Project"/],
  ['a member without a control plane', smm({}), /spec\.controlPlaneRef: Required value/],
  ['a member without the namespace of it', smm({ controlPlaneRef: { name: 'a' } }), /controlPlaneRef\.namespace: Required value/],
  ['tracing above every request', smcp({ tracing: { sampling: 10_001 } }), /sampling.* less than or equal to 10000/],
  ['a mode that does not exist', smcp({ mode: 'Everywhere' }), /supported values: "MultiTenant", "ClusterWide"/],
  ['a text for a switch', smcp({ security: { dataPlane: { mtls: 'true' } } }), /mtls.*must be of type boolean/],
  ['a reserved gateway name', smcp({ gateways: { additionalIngress: { 'istio-ingressgateway': {} } } }), /configured under gateways\.ingress and gateways\.egress; choose another name/],
  ['a quantity that is none', smcp({ proxy: { runtime: { container: { resources: { limits: { cpu: 'much' } } } } } }), /resources\.limits\.cpu/],
  ['a duration that is none', smcp({ proxy: { networking: { dns: { refreshRate: 'soon' } } } }), /refreshRate/],
  ['a text for a switch in v1', smcp({ istio: { kiali: { enabled: 'yes' } } }, 'v1'), /spec\.istio\.kiali\.enabled.*must be of type boolean/],
  ['a control plane without spec', smcp(undefined), /spec: Required value/],
];

for (const [title, what, words] of REFUSED) {
  test(`the API server refuses ${title} and says why`, async () => {
    const { code, stderr } = await tryOut(what);
    assert.equal(code, 1);
    assert.match(stderr, words);
  });
}

test('the control plane of a member cannot be changed, other things can', async () => {
  await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify(smm({ controlPlaneRef: { name: 'a', namespace: 'mesh' } }, 'default', 'shop')) });
  const patch = (body: object): Promise<KubectlResult> => cluster.kubectl(['patch', 'smm', 'default', '-n', 'shop', '--type=merge', '-p', JSON.stringify(body)]);
  assert.match((await patch({ spec: { controlPlaneRef: { namespace: 'other' } } })).stderr, /cannot be changed; delete the ServiceMeshMember and create a new one/);
  assert.equal((await patch({ metadata: { labels: { a: 'b' } } })).code, 0);
});

/** What is taken as it is. */
const TAKEN: readonly (readonly [string, KubeObject])[] = [
  ['an empty spec', smcp({})],
  ['an empty spec in v1', smcp({}, 'v1')],
  ['fields nobody knows, at every depth', smcp({ wish: [{ a: null }], proxy: { wish: 1, networking: { dns: { wish: {} } } }, runtime: { components: { 'my.own': { pod: { wish: 'x' } } } } })],
  ['any Helm value in v1', smcp({ istio: { global: { foo: { 'a.b/c': [1, 'x', null] } }, pilot: { traceSampling: '0.5', env: { A: 1 } }, mine: null }, threeScale: { a: 1 }, networkType: 'subnet' }, 'v1')],
  ['nulls as Helm values of v1', smcp({ istio: { pilot: { autoscaleEnabled: null }, gateways: null, kiali: null } }, 'v1')],
  ['techPreview with anything in it', smcp({ techPreview: { global: { x: [1, { y: null }] } } })],
  ['quantities as numbers and texts', smcp({ proxy: { runtime: { container: { resources: { limits: { cpu: 2, memory: '1G' } } } } } })],
  ['a roll for every namespace', smmr({ members: ['*'] })],
  ['a roll with selectors', smmr({ memberSelectors: [{ matchLabels: { a: 'b' } }, { matchExpressions: [{ key: 'k', operator: 'NotIn', values: ['v'] }] }] })],
  ['a roll with null members', smmr({ members: null })],
  ['a roll of five thousand', smmr({ members: Array.from({ length: 5000 }, (_, index) => `project-${index}`) })],
];

for (const [title, what] of TAKEN) {
  test(`the API server takes and keeps ${title}`, async () => {
    const back = await stored(what);
    assert.deepEqual(valueAt(back, 'spec'), what['spec']);
  });
}

test('nulls at fields of v2 count as absent', async () => {
  const back = await stored(smcp({ proxy: null, security: { dataPlane: { mtls: null, automtls: true } } }));
  assert.deepEqual(valueAt(back, 'spec'), { security: { dataPlane: { automtls: true } } });
});

test('a status of either version is kept whole, beside the spec', async () => {
  const status = { chartVersion: '1.31.1', conditions: [{ type: 'Ready', status: 'True', reason: 'ComponentsReady', message: '', lastTransitionTime: '2029-01-01T00:00:00Z' }], wish: { a: 1 } };
  await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify(smcp({ proxy: { concurrency: 1 } })) });
  await kubectl('patch', 'smcp', 'basic', '-n', 'mesh', '--subresource=status', '--type=merge', '-p', JSON.stringify({ status }));
  const back: unknown = JSON.parse(await kubectl('get', 'smcp', 'basic', '-n', 'mesh', '-o', 'json'));
  assert.deepEqual(valueAt(back, 'status'), status);
  assert.ok(isJsonObject(valueAt(back, 'spec', 'proxy')));
});
