import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { createAuthority, createServing } from '../../../src/pki/certificate.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { scopedApiRules } from '../../../src/domain/scoped-api/rules.ts';
import { loadAccess } from '../../../src/runtime/kube-config.ts';
import { startScopedApi, type ScopedApi } from '../../../src/scoped-api/scoped-api.ts';
import type { ScopedRequestSeen } from '../../../src/scoped-api/server.ts';
import { grantedBy, neededBy, refusedOf } from '../../support/asked-rights.ts';
import { eventually } from '../../support/eventually.ts';
import { conditionOf, startFixture, type OperatorFixture } from '../../support/operator-fixture.ts';
import { askedBy } from '../../../tools/cluster/audit.ts';
import { connect } from '../../../tools/cluster/api-client.ts';
import { certificateRequest } from '../../../tools/cluster/certificates.ts';
import { CERTIFICATE_METHOD, certificateRequestMessage, verdictOn } from '../../../tools/e2e/certificate-service.ts';
import { callGrpc } from '../../../tools/e2e/policies/grpc-call.ts';
import { complaintsIn, localKubeconfig, startIstiod, type IstiodProcess } from '../../../tools/cluster/istiod-process.ts';

/*
 * The real pilot-discovery, with the arguments, environment, account, rights and kubeconfig that the operator gave it, behind a scoped API with the account and
 * rights that the operator gave that. Only addresses and certificates are of this machine: nobody runs pods here.
 */

const OPERATOR = 'tenant-mesh-operator';
const MESH = 'mesh-a';
/** gRPC's status for a caller who is not known. */
const REFUSED = /^refused: 16 /;

let fixture: OperatorFixture;
let api: ScopedApi;
let istiod: IstiodProcess;
const seen: ScopedRequestSeen[] = [];

async function apply(...objects: readonly object[]): Promise<void> {
  const { code, stderr } = await fixture.cluster.kubectl(['apply', '--server-side', '-f', '-'], { input: objects.map((object) => JSON.stringify(object)).join('\n---\n') });
  assert.equal(code, 0, stderr);
}

const roll = (...members: readonly string[]): object => ({ apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMemberRoll', metadata: { name: 'default', namespace: MESH }, spec: { members } });
const service = (namespace: string, name: string): object => ({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: { ports: [{ name: 'http', port: 80 }] } });
const token = async (account: string, namespace: string, ...more: readonly string[]): Promise<string> => (await fixture.kubectl('create', 'token', account, '-n', namespace, '--duration=2h', ...more)).trim();

let proxyAccess: string;
let serving: { readonly keyPem: string; readonly certPem: string };
let authorityPem: string;

function startProxy(port: number): Promise<ScopedApi> {
  return startScopedApi({
    access: loadAccess({ kubeconfig: proxyAccess }), userAgent: 'test', address: '127.0.0.1', port, onRequest: (request) => { seen.push(request); },
    certificates: { current: () => ({ key: serving.keyPem, cert: serving.certPem }), onChange: () => () => undefined },
  });
}

before(async () => {
  fixture = await startFixture('kubernetes', { audit: true });
  for (const namespace of [MESH, 'shop', 'later', 'stranger']) await fixture.kubectl('create', 'namespace', namespace);
  const addons = { prometheus: { enabled: false }, grafana: { enabled: false }, kiali: { enabled: false } };
  await apply({ apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace: MESH }, spec: { gateways: { enabled: false }, tracing: { type: 'None' }, addons } }, roll('shop'));
  for (const namespace of [MESH, 'shop', 'later', 'stranger']) await apply(service(namespace, `web-${namespace}`), { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'web', namespace } });
  await eventually('the scoped API is set up', () => fixture.kubectl('get', 'clusterrolebinding', 'tmesh-scoped-api'));
  await eventually('member joined', async () => conditionOf(await fixture.client.call<Parameters<typeof conditionOf>[0]>(`/apis/maistra.io/v1/namespaces/${MESH}/servicemeshmemberrolls/default`), 'Ready')?.reason === 'Configured', 30);
  const { cluster } = fixture;
  proxyAccess = join(cluster.dir, 'kubeconfig-scoped-api');
  writeFileSync(proxyAccess, JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'c', clusters: [{ name: 'c', cluster: { server: cluster.server, 'certificate-authority': cluster.caFile } }],
    users: [{ name: 'c', user: { token: await token(`${OPERATOR}-scoped-api`, OPERATOR) } }], contexts: [{ name: 'c', context: { cluster: 'c', user: 'c' } }],
  }), { mode: 0o600 });
  const lifetime = { now: new Date(), validityMs: 3_600_000 };
  const authority = await createAuthority('test', lifetime);
  authorityPem = authority.certPem;
  serving = await createServing(authority, ['127.0.0.1'], lifetime);
  api = await startProxy(0);
  await api.whenReady(AbortSignal.timeout(20_000));
  const tokenFile = join(cluster.dir, 'token-istiod');
  writeFileSync(tokenFile, await token('istiod-basic', MESH), { mode: 0o600 });
  const { data } = await fixture.client.call<{ data: { config: string } }>(`/api/v1/namespaces/${MESH}/configmaps/istio-kubeconfig`);
  const kubeconfig = await localKubeconfig(data.config, { file: join(cluster.dir, 'kubeconfig-istiod'), server: `https://127.0.0.1:${api.port}`, ca: authority.certPem, tokenFile });
  istiod = await startIstiod({ deployment: await fixture.client.call<KubeObject>(`/apis/apps/v1/namespaces/${MESH}/deployments/istiod-basic`), kubeconfig, dir: cluster.dir });
});
after(async () => {
  await istiod.stop();
  await api.close();
  await fixture.stop();
});

/** Namespaces whose Services istiod knows. */
async function registry(): Promise<readonly string[]> {
  const services = await istiod.debug('registryz') as readonly { readonly hostname?: string; readonly Hostname?: string; readonly Attributes?: { readonly Namespace?: string } }[];
  return [...new Set(services.map(({ hostname, Hostname }) => (hostname ?? Hostname ?? '').split('.')[1] ?? ''))].toSorted();
}

test('istiod becomes ready through the scoped API, and knows the services of its mesh and no others', async (t) => {
  const since = performance.now();
  await eventually('istiod ready', () => istiod.isReady(), 60);
  t.diagnostic(`ready ${Math.round(performance.now() - since)} ms after the start of this test`);
  await eventually('istiod knows its mesh', async () => assert.deepEqual(await registry(), [MESH, 'shop']) === undefined);
});

test('nothing that it asked was refused', () => {
  assert.ok(seen.length > 30, `${seen.length} requests`);
  const refused = seen.filter(({ reason }) => reason !== undefined);
  assert.deepEqual(refused.map(({ method, path, reason }) => `${method} ${path}: ${reason}`), []);
});

test('it never lists what it has no right to again and again', async () => {
  assert.deepEqual(await complaintsIn(istiod.logFile), []);
});

test('a namespace that joins is known to istiod within two seconds of its label, and one that leaves is not, without a restart', async (t) => {
  const labelled = (name: string, mesh: string | undefined): Promise<unknown> => eventually(`${name} labelled`, async () =>
    (await fixture.client.call<{ metadata: { labels: Record<string, string> } }>(`/api/v1/namespaces/${name}`)).metadata.labels['maistra.io/member-of'] === mesh, 20);
  await apply(roll('shop', 'later'));
  await labelled('later', MESH);
  let since = performance.now();
  await eventually('istiod knows the new member', async () => (await registry()).includes('later'), 20);
  const joined = performance.now() - since;
  await apply(roll('shop'));
  await labelled('later', undefined);
  since = performance.now();
  await eventually('istiod forgot the old member', async () => !(await registry()).includes('later'), 20);
  const left = performance.now() - since;
  t.diagnostic(`joined after ${Math.round(joined)} ms, left after ${Math.round(left)} ms`);
  assert.ok(joined < 2000 && left < 2000, `${joined} ms, ${left} ms`);
});

test('accounts of the mesh get certificates, all others are told that they are not known', async () => {
  /** A connection that did not come about says nothing. */
  const asks = (namespace: string): Promise<string> => eventually('istiod answers', async () => {
    const [csr, bearer] = await Promise.all([certificateRequest('spiffe://cluster.local/ns/any/sa/any'), token('web', namespace, '--audience=istio-ca')]);
    const message = certificateRequestMessage(csr).toString('base64');
    const verdict = verdictOn(await callGrpc({ address: '127.0.0.1', port: istiod.securePort, path: CERTIFICATE_METHOD, headers: { authorization: `Bearer ${bearer}` }, message }));
    return verdict.startsWith('not reached') ? undefined : verdict;
  });
  assert.equal(await asks('shop'), 'signed: URI:spiffe://cluster.local/ns/shop/sa/web');
  assert.match(await asks('stranger'), REFUSED);
  assert.match(await asks('later'), REFUSED, 'it has left');
});

test('while the scoped API is away istiod serves on; when it is back istiod catches up by itself', async () => {
  const { port } = api;
  await api.close();
  await apply(service('shop', 'meanwhile'));
  await sleep(1500);
  assert.ok(await istiod.isReady());
  api = await startProxy(port);
  await eventually('istiod knows what happened meanwhile', async () => JSON.stringify(await istiod.debug('registryz')).includes('meanwhile.shop'), 40);
});

/** What istiod asks for once in a while: a single namespace or definition, and whether a gateway's account may read its Secrets. */
async function askRarely(): Promise<void> {
  const caller = connect(`https://127.0.0.1:${api.port}`, authorityPem, await token('istiod-basic', MESH));
  await caller.call(`/api/v1/namespaces/shop`);
  await caller.call('/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gateways.networking.istio.io');
  const spec = { user: 'system:serviceaccount:shop:web', resourceAttributes: { namespace: 'shop', verb: 'list', resource: 'secrets' } };
  await caller.call('/apis/authorization.k8s.io/v1/subjectaccessreviews', { method: 'POST', body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec } });
  caller.close();
}

test("the scoped API's own account was refused nothing, and needed every verb of its role", async () => {
  await askRarely();
  const asked = askedBy(fixture.cluster.dir, `${OPERATOR}:${OPERATOR}-scoped-api`);
  assert.deepEqual(refusedOf(asked), []);
  const needed = new Set(asked.flatMap(neededBy));
  assert.deepEqual(grantedBy(scopedApiRules()).filter((right) => !needed.has(right)), []);
});
