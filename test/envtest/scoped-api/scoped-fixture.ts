import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAuthority, createServing } from '../../../src/pki/certificate.ts';
import { loadAccess } from '../../../src/runtime/kube-config.ts';
import { scopedApiRules } from '../../../src/domain/scoped-api/rules.ts';
import { startScopedApi, type ScopedApi } from '../../../src/scoped-api/scoped-api.ts';
import type { ScopedRequestSeen } from '../../../src/scoped-api/server.ts';
import { connect, type ApiClient } from '../../../tools/cluster/api-client.ts';
import { startCluster, type Cluster } from '../../../tools/cluster/cluster.ts';
import { startScopedApiProcess, type ScopedApiProcess } from '../../../tools/cluster/scoped-api-process.ts';
import { kubectlOf, type Kubectl } from '../../../tools/demo/kubectl.ts';
import { root } from '../../support/operator-fixture.ts';

const OPERATOR = 'tenant-mesh-operator';
/** The namespaces of `twoMeshes`. */
export const FIVE = ['mesh-a', 'mesh-b', 'shop', 'bank', 'stranger'] as const;
const RBAC = 'rbac.authorization.k8s.io';

/** Where clients find a scoped API, and whom they trust. */
export interface ProxyAddress {
  readonly url: string;
  readonly ca: string;
}

/** One running proxy. */
export interface RunningProxy extends ProxyAddress {
  readonly api: ScopedApi;
  /** Requests it answered, newest last. */
  readonly seen: ScopedRequestSeen[];
}

/** A real API server, meshes with their accounts and nothing but RoleBindings, and scoped APIs in front of it. */
export interface ScopedFixture {
  readonly cluster: Cluster;
  readonly kubectl: Kubectl;
  /** As administrator, directly. */
  readonly admin: ApiClient;
  apply(...objects: readonly object[]): Promise<void>;
  /** A control plane `basic`, with the account of its istiod bound in its own namespace. */
  mesh(namespace: string): Promise<void>;
  namespace(name: string): Promise<void>;
  /** Puts a namespace into a mesh, as the operator does: label and RoleBinding; undefined takes it out. */
  member(namespace: string, mesh: string | undefined): Promise<void>;
  /** Meshes `mesh-a` with member `shop` and `mesh-b` with member `bank`, and a `stranger`; in each of the five a Secret `key` that tells where it is from. */
  twoMeshes(): Promise<void>;
  token(namespace: string, account?: string): Promise<string>;
  /** The token of an istiod as its pod has it: positions are kept by pod. */
  podToken(namespace: string, pod: string): Promise<string>;
  proxy(port?: number): Promise<RunningProxy>;
  /** One in a process of its own, as its Deployment runs it; clients trust `ca`. */
  proxyProcess(): Promise<ScopedApiProcess>;
  readonly ca: string;
  /** A file that leads client-go to a proxy with a token. */
  kubeconfig(proxy: ProxyAddress, token: string): string;
  /** A client of a proxy with a token. */
  through(proxy: ProxyAddress, token: string): ApiClient;
  stop(): Promise<void>;
}

const role = (name: string, rules: readonly object[]): object => ({ apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name }, rules });
const SECRETS = { apiGroups: [''], resources: ['secrets', 'configmaps'], verbs: ['get', 'list', 'watch', 'create', 'update', 'delete'] };
const LEASES = { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create', 'get', 'patch', 'update'] };
const SERVICES = { apiGroups: [''], resources: ['services', 'pods'], verbs: ['get', 'list', 'watch'] };

export async function startScopedFixture(): Promise<ScopedFixture> {
  const cluster = await startCluster({ flavour: 'kubernetes' });
  const kubectl = kubectlOf(cluster);
  const admin = connect(cluster.server, readFileSync(cluster.caFile, 'utf8'), cluster.token('admin'));
  const open: ApiClient[] = [admin];
  const proxies = new Set<ScopedApi>();
  const apply = async (...objects: readonly object[]): Promise<void> => {
    const { code, stderr } = await cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], { input: objects.map((object) => JSON.stringify(object)).join('\n---\n') });
    if (code !== 0) throw new Error(stderr);
  };
  const binding = (namespace: string, mesh: string): object => ({
    apiVersion: `${RBAC}/v1`, kind: 'RoleBinding', metadata: { name: 'istiod', namespace }, roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'istiod' },
    subjects: [{ kind: 'ServiceAccount', name: 'istiod-basic', namespace: mesh }],
  });
  await kubectl('apply', '--server-side', '-f', join(root, 'crds'));
  await kubectl('create', 'namespace', OPERATOR);
  await apply(
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'scoped-api', namespace: OPERATOR } },
    role('scoped-api', scopedApiRules().map(({ why: _why, ...rule }) => rule)), role('istiod', [SECRETS, LEASES, SERVICES]),
    {
      apiVersion: `${RBAC}/v1`, kind: 'ClusterRoleBinding', metadata: { name: 'scoped-api' }, roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'scoped-api' },
      subjects: [{ kind: 'ServiceAccount', name: 'scoped-api', namespace: OPERATOR }],
    },
  );
  const token = async (namespace: string, account = 'istiod-basic'): Promise<string> => (await kubectl('create', 'token', account, '-n', namespace, '--duration=2h')).trim();
  const lifetime = { now: new Date(), validityMs: 3_600_000 };
  const authority = await createAuthority('test', lifetime);
  const serving = await createServing(authority, ['127.0.0.1'], lifetime);
  const kubeconfig = join(cluster.dir, 'kubeconfig-scoped-api');
  writeFileSync(kubeconfig, JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'c', clusters: [{ name: 'c', cluster: { server: cluster.server, 'certificate-authority': cluster.caFile } }],
    users: [{ name: 'c', user: { token: await token(OPERATOR, 'scoped-api') } }], contexts: [{ name: 'c', context: { cluster: 'c', user: 'c' } }],
  }), { mode: 0o600 });
  let started = 0;
  const fixture: ScopedFixture = {
    cluster, kubectl, admin, apply, token, ca: authority.certPem,
    proxyProcess: () => startScopedApiProcess({ kubeconfig, serving, folder: join(cluster.dir, `scoped-api-${started += 1}`) }),
    async twoMeshes() {
      for (const mesh of ['mesh-a', 'mesh-b']) await fixture.mesh(mesh);
      for (const namespace of ['shop', 'bank', 'stranger']) await fixture.namespace(namespace);
      await fixture.member('shop', 'mesh-a');
      await fixture.member('bank', 'mesh-b');
      await apply(...FIVE.map((namespace) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'key', namespace }, stringData: { key: `crown-jewels-of-${namespace}` } })));
    },
    async podToken(namespace, pod) {
      await apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: pod, namespace }, spec: { serviceAccountName: 'istiod-basic', containers: [{ name: 'istiod', image: 'istiod' }] } });
      return (await kubectl('create', 'token', 'istiod-basic', '-n', namespace, '--duration=2h', '--bound-object-kind=Pod', `--bound-object-name=${pod}`)).trim();
    },
    async namespace(name) { await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }); },
    async mesh(namespace) {
      await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
      await apply(
        { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'istiod-basic', namespace } }, binding(namespace, namespace),
        { apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace }, spec: {} },
      );
    },
    async member(namespace, mesh) {
      const bindings = `/apis/${RBAC}/v1/namespaces/${namespace}/rolebindings`;
      await admin.call(bindings, { method: 'DELETE' });
      if (mesh !== undefined) await admin.call(bindings, { method: 'POST', body: binding(namespace, mesh) });
      await admin.call(`/api/v1/namespaces/${namespace}`, {
        method: 'PATCH', contentType: 'application/merge-patch+json', body: { metadata: { labels: { 'maistra.io/member-of': mesh ?? null } } },
      });
    },
    async proxy(port = 0) {
      const seen: ScopedRequestSeen[] = [];
      const api = await startScopedApi({
        access: loadAccess({ kubeconfig }), userAgent: 'test', address: '127.0.0.1', port, onRequest: (request) => { seen.push(request); },
        certificates: { current: () => ({ key: serving.keyPem, cert: serving.certPem }), onChange: () => () => undefined },
      });
      proxies.add(api);
      await api.whenReady(AbortSignal.timeout(20_000));
      return { api, url: `https://127.0.0.1:${api.port}`, ca: authority.certPem, seen };
    },
    kubeconfig(proxy, bearer) {
      const file = join(cluster.dir, `kubeconfig-${new URL(proxy.url).port}`);
      writeFileSync(file, JSON.stringify({
        apiVersion: 'v1', kind: 'Config', 'current-context': 'c',
        clusters: [{ name: 'c', cluster: { server: proxy.url, 'certificate-authority-data': Buffer.from(proxy.ca).toString('base64') } }],
        users: [{ name: 'c', user: { token: bearer } }], contexts: [{ name: 'c', context: { cluster: 'c', user: 'c' } }],
      }), { mode: 0o600 });
      return file;
    },
    through(proxy, bearer) {
      const client = connect(proxy.url, proxy.ca, bearer);
      open.push(client);
      return client;
    },
    async stop() {
      for (const client of open) client.close();
      await Promise.all([...proxies].map((api) => api.close()));
      await cluster.stop();
    },
  };
  return fixture;
}
