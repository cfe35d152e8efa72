import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { ApiFailure, connect, type ApiCall, type ApiClient } from '../../../tools/cluster/api-client.ts';
import { createAuthority, createServing } from '../../../src/pki/certificate.ts';
import { freePorts } from '../../../tools/cluster/ports.ts';
import { root } from '../../support/operator-fixture.ts';
import { eventually } from '../../support/eventually.ts';
import { FIVE, startScopedFixture, type RunningProxy, type ScopedFixture } from './scoped-fixture.ts';

/* What the account of one mesh's istiod reaches through the proxy, and what it reaches without it, on a real API server. */

interface Named { readonly metadata: { readonly name: string; readonly namespace?: string } }
interface List { readonly kind: string; readonly metadata: { readonly resourceVersion: string }; readonly items: readonly Named[] }

let fixture: ScopedFixture;
let proxy: RunningProxy;
let istiod: ApiClient;
let token: string;

before(async () => {
  fixture = await startScopedFixture();
  await fixture.twoMeshes();
  for (const namespace of FIVE) {
    await fixture.apply(
      { apiVersion: 'v1', kind: 'Service', metadata: { name: `web-${namespace}`, namespace }, spec: { ports: [{ port: 80 }] } },
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'web', namespace } },
    );
  }
  proxy = await fixture.proxy();
  token = await fixture.token('mesh-a');
  istiod = fixture.through(proxy, token);
});
after(async () => { await fixture.stop(); });

const namespacesIn = (list: List): string[] => [...new Set(list.items.map(({ metadata }) => metadata.namespace ?? metadata.name))].toSorted();

async function failure(client: ApiClient, path: string, call: ApiCall = {}): Promise<ApiFailure> {
  const error: unknown = await client.call(path, call).then((answer) => new Error(`answered: ${JSON.stringify(answer).slice(0, 200)}`), (thrown: unknown) => thrown);
  assert.ok(error instanceof ApiFailure, String(error));
  return error;
}

for (const kind of ['services', 'secrets', 'configmaps', 'namespaces']) {
  test(`a list of all ${kind} shows the mesh and nothing else`, async () => {
    const list = await istiod.call<List>(`/api/v1/${kind}?limit=500&resourceVersion=0`);
    assert.deepEqual(namespacesIn(list), ['mesh-a', 'shop']);
    assert.match(list.metadata.resourceVersion, /^\d+$/);
  });
}

test('items come as the API server sends them', async () => {
  const direct = await fixture.admin.call<List>('/api/v1/services');
  const seen = await istiod.call<List>('/api/v1/services');
  assert.deepEqual(seen.items, direct.items.filter(({ metadata }) => ['mesh-a', 'shop'].includes(metadata.namespace ?? '')));
  assert.equal(seen.kind, 'ServiceList');
});

test('nodes, webhooks and classes are empty, definitions are whole', async () => {
  for (const path of ['/api/v1/nodes', '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations', '/apis/networking.k8s.io/v1/ingressclasses']) {
    assert.deepEqual((await istiod.call<List>(path)).items, []);
  }
  const names = (await istiod.call<List>('/apis/apiextensions.k8s.io/v1/customresourcedefinitions')).items.map(({ metadata }) => metadata.name);
  assert.ok(names.includes('servicemeshmembers.maistra.io'), names.join());
});

test('a kind that the cluster does not serve is a 404, as without us', async () => {
  assert.equal((await failure(istiod, '/apis/networking.istio.io/v1/virtualservices')).status, 404);
});

test('single objects of the mesh are read and written with the rights of the account', async () => {
  await istiod.call('/api/v1/namespaces/mesh-a/configmaps', { method: 'POST', body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'written' } } });
  assert.equal((await istiod.call<Named>('/api/v1/namespaces/mesh-a/configmaps/written')).metadata.name, 'written');
  await istiod.call('/api/v1/namespaces/mesh-a/configmaps/written', { method: 'DELETE' });
  // On the list of calls, yet the account may not: Kubernetes decides.
  assert.equal((await failure(istiod, '/apis/discovery.k8s.io/v1/namespaces/mesh-a/endpointslices')).status, 403);
});

test('a token review tells of the accounts of the mesh only', async () => {
  const review = async (namespace: string): Promise<unknown> => {
    const spec = { token: await fixture.token(namespace, 'web') };
    const answer = await istiod.call<{ status: { authenticated?: boolean } }>('/apis/authentication.k8s.io/v1/tokenreviews', { method: 'POST', body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec } });
    return answer.status.authenticated;
  };
  assert.equal(await review('shop'), true);
  assert.equal(await review('bank'), false);
  assert.equal(await review('stranger'), false);
});

test('an access review answers istiod\'s one question', async () => {
  const review = (resource: string): ApiCall => ({
    method: 'POST',
    body: {
      apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview',
      spec: { user: 'system:serviceaccount:shop:web', resourceAttributes: { namespace: 'shop', verb: 'list', resource } },
    },
  });
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
  assert.equal((await istiod.call<{ status: { allowed: boolean } }>(path, review('secrets'))).status.allowed, false);
  assert.equal((await failure(istiod, path, review('pods'))).status, 403);
});

/** With the stolen token, straight at the API server. */
const STRAIGHT: readonly (readonly [string, ApiCall?])[] = [
  ['/api/v1/secrets'], ['/api/v1/namespaces/stranger/secrets'], ['/api/v1/namespaces/mesh-b/secrets/key'], ['/api/v1/namespaces/bank/secrets'], ['/api/v1/configmaps'],
  ['/api/v1/pods'], ['/api/v1/services'], ['/api/v1/namespaces'], ['/api/v1/nodes'], ['/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'],
  ['/api/v1/namespaces/shop/serviceaccounts/web/token', { method: 'POST', body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} } }],
  ['/apis/authentication.k8s.io/v1/tokenreviews', { method: 'POST', body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: 'x' } } }],
];

for (const [path, call] of STRAIGHT) {
  test(`the account alone, without the proxy, may not ${call?.method ?? 'GET'} ${path}`, async () => {
    const { server, caFile } = fixture.cluster;
    const straight = connect(server, readFileSync(caFile, 'utf8'), token);
    assert.equal((await failure(straight, path, call)).status, 403);
    straight.close();
  });
}

test('others than the istiod of a mesh are not answered', async () => {
  for (const [namespace, account, status] of [['shop', 'web', 403], ['mesh-a', 'web', 403], ['stranger', 'default', 403], ['tenant-mesh-operator', 'scoped-api', 403]] as const) {
    assert.equal((await failure(fixture.through(proxy, await fixture.token(namespace, account)), '/api/v1/services')).status, status, account);
  }
  for (const wrong of ['nonsense', fixture.cluster.token('admin'), `${token}x`]) assert.equal((await failure(fixture.through(proxy, wrong), '/api/v1/services')).status, 401);
});

test('the istiod of another mesh sees that one', async () => {
  const other = fixture.through(proxy, await fixture.token('mesh-b'));
  assert.deepEqual(namespacesIn(await other.call<List>('/api/v1/secrets')), ['bank', 'mesh-b']);
});

test('the log of the proxy never holds a query, a token or a body', () => {
  const text = JSON.stringify(proxy.seen);
  assert.ok(!text.includes(token) && !text.includes('resourceVersion') && proxy.seen.length > 10);
});

test('a control plane that is deleted ends the access of its istiod at once', async () => {
  await fixture.mesh('mesh-c');
  const gone = fixture.through(proxy, await fixture.token('mesh-c'));
  await eventually('mesh-c is known', () => gone.call('/api/v1/services'));
  await fixture.kubectl('delete', 'smcp', 'basic', '-n', 'mesh-c');
  await sleep(300);
  assert.equal((await failure(gone, '/api/v1/services')).status, 403);
});

test('the command serves the same, says when it is ready, and ends on SIGTERM', async () => {
  const lifetime = { now: new Date(), validityMs: 3_600_000 };
  const authority = await createAuthority('command', lifetime);
  const { certPem, keyPem } = await createServing(authority, ['127.0.0.1'], lifetime);
  const folder = join(fixture.cluster.dir, 'scoped-certificates');
  mkdirSync(folder);
  writeFileSync(join(folder, 'tls.crt'), certPem);
  writeFileSync(join(folder, 'tls.key'), keyPem, { mode: 0o600 });
  const [port = 0, healthPort = 0] = await freePorts(2);
  const command = spawn(process.execPath, [
    join(root, 'dist', 'tmesh.mjs'), 'scoped-api', '--kubeconfig', join(fixture.cluster.dir, 'kubeconfig-scoped-api'), '--cert-dir', folder,
    '--bind-address', '127.0.0.1', '--port', String(port), '--health-port', String(healthPort),
  ], { stdio: ['ignore', 'pipe', 'inherit'] });
  const log: string[] = [];
  command.stdout.on('data', (chunk: Buffer) => { log.push(chunk.toString()); });
  const ended = once(command, 'exit');
  await eventually('it is ready', async () => (await fetch(`http://127.0.0.1:${healthPort}/readyz`)).status === 200, 20);
  const client = connect(`https://127.0.0.1:${port}`, authority.certPem, token);
  assert.deepEqual(namespacesIn(await client.call<List>('/api/v1/services')), ['mesh-a', 'shop']);
  assert.equal((await failure(client, '/api/v1/namespaces/stranger/secrets')).status, 403);
  client.close();
  command.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null]);
  assert.match(log.join(''), /namespace stranger is not in the mesh of mesh-a/);
  assert.doesNotMatch(log.join(''), new RegExp(token.slice(0, 40)));
});
