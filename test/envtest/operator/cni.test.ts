import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { conditionOf, startFixture, type OperatorFixture } from '../../support/operator-fixture.ts';
import { eventually } from '../../support/eventually.ts';

/* The node plug-in of all meshes on the OpenShift flavour: it comes with the first mesh that wants it and goes with the last. In order. */

let fixture: OperatorFixture;
before(async () => { fixture = await startFixture('openshift'); });
after(async () => { await fixture.stop(); });

const AGENTS = '/apis/apps/v1/namespaces/tenant-mesh-operator/daemonsets/istio-cni-node';
const PARTS = [
  AGENTS, '/api/v1/namespaces/tenant-mesh-operator/serviceaccounts/istio-cni', '/api/v1/namespaces/tenant-mesh-operator/configmaps/istio-cni-config',
  '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/tmesh-istio-cni', '/apis/k8s.cni.cncf.io/v1/namespaces/default/network-attachment-definitions/istio-cni',
];

/** A mesh of istiod alone. */
function smcp(namespace: string, initialization?: string): string {
  const proxy = initialization === undefined ? {} : { proxy: { networking: { initialization: { type: initialization } } } };
  const addons = { prometheus: { enabled: false }, grafana: { enabled: false }, kiali: { enabled: false } };
  const spec = { ...proxy, gateways: { enabled: false }, tracing: { type: 'None' }, addons };
  return JSON.stringify({ apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace }, spec });
}

async function apply(yaml: string): Promise<void> {
  const { code, stderr } = await fixture.cluster.kubectl(['apply', '-f', '-'], { input: yaml });
  assert.equal(code, 0, stderr);
}

async function isReady(namespace: string): Promise<boolean> {
  const object = await fixture.client.call<Parameters<typeof conditionOf>[0]>(`/apis/maistra.io/v2/namespaces/${namespace}/servicemeshcontrolplanes/basic`);
  return conditionOf(object, 'Ready')?.status === 'True';
}

const read = (path: string): Promise<KubeObject | undefined> => fixture.client.call<KubeObject>(path).catch(() => undefined);
const missingParts = async (): Promise<string[]> => (await Promise.all(PARTS.map(async (path) => ((await read(path)) === undefined ? [path] : [])))).flat();
const allThere = (): Promise<true> => eventually('the plug-in is there', async () => (await missingParts()).length === 0);
const allGone = (): Promise<true> => eventually('the plug-in is gone', async () => (await missingParts()).length === PARTS.length);

test('two meshes share one plug-in, whose agents run beside the operator', async () => {
  for (const namespace of ['mesh-a', 'mesh-b']) {
    await fixture.kubectl('create', 'namespace', namespace);
    await apply(smcp(namespace));
  }
  await allThere();
  await eventually('both meshes ready', async () => await isReady('mesh-a') && await isReady('mesh-b'));
  const agents = await eventually('agents run', async () => {
    const found = await fixture.client.call<{ status?: { numberReady?: number } }>(AGENTS);
    return found.status?.numberReady === 1 ? found : undefined;
  });
  assert.ok(agents);
  const everywhere = await fixture.client.call<{ items: readonly KubeObject[] }>('/apis/apps/v1/daemonsets');
  assert.equal(everywhere.items.length, 1);
});

test('agents may read pods, and use the privileged SCC, and nothing else', async () => {
  const may = async (verb: string, resource: string, group = '', name = ''): Promise<boolean> => {
    const spec = { user: 'system:serviceaccount:tenant-mesh-operator:istio-cni', resourceAttributes: { verb, resource, group, name } };
    const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec };
    return (await fixture.client.call<{ status: { allowed: boolean } }>('/apis/authorization.k8s.io/v1/subjectaccessreviews', { method: 'POST', body: review })).status.allowed;
  };
  const scc = ['securitycontextconstraints', 'security.openshift.io'] as const;
  const answers = await Promise.all([
    may('get', 'pods'), may('list', 'pods'), may('watch', 'pods'), may('use', ...scc, 'privileged'),
    may('use', ...scc, 'anyuid'), may('patch', 'pods'), may('get', 'secrets'), may('get', 'nodes'), may('create', 'events'),
  ]);
  assert.deepEqual(answers, [true, true, true, true, false, false, false, false, false]);
});

test('deleted agents come back, and at rest nothing is written', async () => {
  const before = (await read(AGENTS))?.metadata.uid;
  await fixture.kubectl('delete', 'daemonset', 'istio-cni-node', '-n', 'tenant-mesh-operator');
  await eventually('agents again', async () => ![undefined, before].includes((await read(AGENTS))?.metadata.uid));
  assert.deepEqual(await fixture.writesDuring(() => new Promise((resolve) => { setTimeout(resolve, 1500); })), {});
});

test('one mesh goes, the plug-in stays for the other', async () => {
  const before = (await read(AGENTS))?.metadata.uid;
  await fixture.kubectl('delete', 'smcp', 'basic', '-n', 'mesh-a', '--timeout=30s');
  assert.deepEqual(await missingParts(), []);
  assert.equal((await read(AGENTS))?.metadata.uid, before);
});

test('a mesh that turns to init containers needs it no longer, and gets it back when it turns again', async () => {
  await apply(smcp('mesh-b', 'InitContainer'));
  await allGone();
  await apply(smcp('mesh-b', 'CNI'));
  await allThere();
});

test("a plug-in of somebody else takes its place, a tenant's look-alike does not", async () => {
  const daemonSet = (namespace: string) => JSON.stringify({
    apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'istio-cni-node', namespace, labels: { 'app.kubernetes.io/name': 'istio-cni' } },
    spec: { selector: { matchLabels: { app: 'x' } }, template: { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'x', image: 'x' }] } } },
  });
  const before = (await read(AGENTS))?.metadata.uid;
  await fixture.kubectl('create', 'namespace', 'look-alike');
  await apply(daemonSet('look-alike'));
  await fixture.kubectl('create', 'namespace', 'istio-cni');
  await apply(daemonSet('istio-cni'));
  await fixture.writesDuring(() => new Promise((resolve) => { setTimeout(resolve, 1000); }));
  assert.equal((await read(AGENTS))?.metadata.uid, before);
  await apply(JSON.stringify({
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: 'istio-cni', labels: { 'app.kubernetes.io/name': 'istio-cni' } },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'istio-cni' }, subjects: [{ kind: 'ServiceAccount', name: 'istio-cni', namespace: 'istio-cni' }],
  }));
  await allGone();
  await fixture.kubectl('delete', 'clusterrolebinding', 'istio-cni');
  await allThere();
});

test('the last mesh goes, and the plug-in with it; the shared role stays', async () => {
  await fixture.kubectl('delete', 'smcp', 'basic', '-n', 'mesh-b', '--timeout=30s');
  await allGone();
  assert.ok(await read('/apis/rbac.authorization.k8s.io/v1/clusterroles/tmesh-istio-cni'));
});
