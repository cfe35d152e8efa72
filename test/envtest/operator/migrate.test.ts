import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { exportSail, exportTexts } from '../../../src/cli/export/command.ts';
import { applyMigration, finishMigration, undoMigration, type MoveOptions } from '../../../src/cli/migrate/apply.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { loadAccess } from '../../../src/runtime/kube-config.ts';
import { createRest } from '../../../src/runtime/rest-client.ts';
import type { Rest, RestRequest } from '../../../src/runtime/rest.ts';
import { brickPath } from '../../../tools/cluster/bricks.ts';
import { kubectlOf } from '../../../tools/demo/kubectl.ts';
import { eventually } from '../../support/eventually.ts';
import { startFixture, type OperatorFixture } from '../../support/operator-fixture.ts';

/*
 * A mesh as OpenShift Service Mesh 2.6 leaves it is handed over, given back, handed over again and the move finished. A real controller-manager works the
 * Deployments; pods are played. All the while somebody looks whether Routes, policies, labels or gateway pods go missing.
 */

let fixture: OperatorFixture;
let rest: Rest;
const told: string[] = [];
before(async () => {
  fixture = await startFixture('openshift');
  const { cluster } = fixture;
  rest = createRest(loadAccess({ kubeconfig: cluster.kubeconfig }), { userAgent: 'migrate-test/1' });
  // Istio's CRDs, which the old operator had brought.
  await eventually('Istio\'s kinds', () => fixture.client.call('/apis/networking.istio.io/v1/gateways').then(() => true));
  await fixture.operator().stop();
  await fixture.kubectl('delete', 'validatingwebhookconfiguration', 'tenant-mesh-operator', '--ignore-not-found');
  await kubectlOf(cluster, OLD)('apply', '--server-side', '--field-manager=old-operator', '-f', '-');
  await oldStatus();
  await eventually('the old gateway serves', async () => await gatewayPods() > 0, 60);
});
after(async () => {
  await rest?.close();
  await fixture?.stop();
});

const OURS = '{maistra.io/owner: istio-system, maistra.io/owner-name: basic, app.kubernetes.io/managed-by: maistra-istio-operator';
const OLD = `
apiVersion: v1
kind: Namespace
metadata: {name: istio-system, labels: {maistra.io/member-of: istio-system}}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {maistra.io/member-of: istio-system}}
---
apiVersion: v1
kind: Namespace
metadata: {name: openshift-operators}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: istio-operator, namespace: openshift-operators}
spec: {replicas: 1, selector: {matchLabels: {name: istio-operator}}, template: {metadata: {labels: {name: istio-operator}}, spec: {containers: [{name: c, image: old}]}}}
---
apiVersion: maistra.io/v2
kind: ServiceMeshControlPlane
metadata: {name: basic, namespace: istio-system, finalizers: [maistra.io/istio-operator]}
spec: {version: v2.6, gateways: {openshiftRoute: {enabled: true}, egress: {enabled: false}}, tracing: {type: None}, addons: {kiali: {enabled: false}, grafana: {enabled: false}, prometheus: {enabled: false}}}
---
apiVersion: maistra.io/v1
kind: ServiceMeshMemberRoll
metadata: {name: default, namespace: istio-system, finalizers: [maistra.io/istio-operator]}
spec: {members: [shop]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: istio-ingressgateway, namespace: istio-system, labels: ${OURS}, app.kubernetes.io/component: istio-ingress}}
spec:
  replicas: 1
  selector: {matchLabels: {app: istio-ingressgateway, istio: ingressgateway, maistra-control-plane: istio-system}}
  template: {metadata: {labels: {app: istio-ingressgateway, istio: ingressgateway, maistra-control-plane: istio-system}}, spec: {containers: [{name: istio-proxy, image: old-proxy}]}}
---
apiVersion: v1
kind: Service
metadata: {name: istio-ingressgateway, namespace: istio-system, labels: ${OURS}, app.kubernetes.io/component: istio-ingress}}
spec: {selector: {app: istio-ingressgateway, istio: ingressgateway}, ports: [{name: http2, port: 80, targetPort: 8080}, {name: https, port: 443, targetPort: 8443}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: istio-mesh-basic, namespace: shop, labels: {maistra.io/member-of: istio-system}}
spec: {podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {maistra.io/member-of: istio-system}}}]}], policyTypes: [Ingress]}
---
apiVersion: route.openshift.io/v1
kind: Route
metadata:
  name: shop-shop-gateway-8d5f8ae4a5e0a3c1
  namespace: istio-system
  labels: {maistra.io/generated-by: ior, maistra.io/gateway-namespace: shop, maistra.io/gateway-name: shop-gateway, maistra.io/gateway-resourceVersion: "77"}
  annotations: {maistra.io/original-host: shop.apps.example.com}
spec: {host: shop.apps.example.com, to: {kind: Service, name: istio-ingressgateway, weight: 100}, port: {targetPort: http2}, wildcardPolicy: None}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: shop-gateway, namespace: shop}
spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [shop.apps.example.com]}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: istiod-internal-basic-istio-system, labels: ${OURS}, app.kubernetes.io/component: istio-discovery}}
rules: []
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: openshift-operators.servicemesh-resources.maistra.io}
webhooks: [{name: smcp.validation.maistra.io, admissionReviewVersions: [v1], sideEffects: None, failurePolicy: Fail, clientConfig: {service: {name: maistra-admission-controller, namespace: openshift-operators, path: /validate}}, rules: [{apiGroups: [maistra.io], apiVersions: ["*"], operations: [CREATE, UPDATE], resources: [servicemeshcontrolplanes]}]}]
`;

/** What the old operator says of its mesh. */
const oldStatus = (): Promise<unknown> => fixture.kubectl('patch', 'servicemeshcontrolplanes.v2.maistra.io', 'basic', '-n', 'istio-system', '--subresource=status', '--type=merge', '-p', JSON.stringify({ status: { operatorVersion: '2.6.4', chartVersion: '2.6.4', observedGeneration: 1 } }));

const options = (): MoveOptions => ({ rest, operatorNamespace: 'tenant-mesh-operator', onProgress: (line) => { told.push(line); } });
const get = <T extends object = KubeObject>(path: string): Promise<T> => fixture.client.call<T>(path);
const ROUTE = '/apis/route.openshift.io/v1/namespaces/istio-system/routes/shop-shop-gateway-8d5f8ae4a5e0a3c1';
const POLICY = '/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies/istio-mesh-basic';
const GATEWAY = '/apis/apps/v1/namespaces/istio-system/deployments/istio-ingressgateway';
const OLD_OPERATOR = '/apis/apps/v1/namespaces/openshift-operators/deployments/istio-operator';
const LEFTOVER = '/apis/rbac.authorization.k8s.io/v1/clusterroles/istiod-internal-basic-istio-system';
const selectorOf = async (): Promise<string[]> => Object.keys((await get<{ spec: { selector: { matchLabels: object } } }>(GATEWAY)).spec.selector.matchLabels).toSorted();
const replicasOf = async (path: string): Promise<number> => (await get<{ spec: { replicas: number } }>(path)).spec.replicas;

interface Pods { readonly items: readonly { readonly metadata: { readonly deletionTimestamp?: string }; readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] } }[] }

/** Pods that the gateway's Service sends requests to. */
async function gatewayPods(): Promise<number> {
  const { items } = await get<Pods>('/api/v1/namespaces/istio-system/pods?labelSelector=app%3Distio-ingressgateway%2Cistio%3Dingressgateway');
  return items.filter(({ metadata, status }) => metadata.deletionTimestamp === undefined && status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true).length;
}

const over = new AbortController();
after(() => { over.abort(); });

/** Looks until stopped. Out: what went missing, and how often it looked. */
function watchman(): { readonly stop: () => Promise<{ readonly missed: readonly string[]; readonly looks: number }> } {
  const stopped = new AbortController();
  const missed = new Set<string>();
  const look = async (): Promise<number> => {
    const uids = await Promise.all([ROUTE, POLICY].map(async (path) => (await get(path)).metadata.uid));
    let looks = 0;
    for (; !stopped.signal.aborted && !over.signal.aborted; looks += 1) {
      const now = await Promise.all([ROUTE, POLICY].map(async (path) => (await get(path).catch(() => undefined))?.metadata.uid));
      if (now[0] !== uids[0]) missed.add('the Route');
      if (now[1] !== uids[1]) missed.add('the policy');
      if ((await get('/api/v1/namespaces/shop')).metadata.labels?.['maistra.io/member-of'] !== 'istio-system') missed.add('the label');
      if (await gatewayPods() === 0) missed.add('the gateway');
      await sleep(20);
    }
    return looks;
  };
  const running = look();
  return { stop: async () => { stopped.abort(); return { looks: await running, missed: [...missed] }; } };
}

test('interrupted before the operator runs, then said again: the mesh is handed over, and nothing went missing', async () => {
  const man = watchman();
  await assert.rejects(applyMigration(options(), { timeoutMs: 500, acceptUnsupported: false }), /not ready in time: istio-system\/basic: the new operator has not looked at it yet\. Start the operator/);
  assert.equal(await replicasOf(OLD_OPERATOR), 0);
  await fixture.restart();
  await applyMigration(options(), { timeoutMs: 60_000, acceptUnsupported: false });
  await eventually('the Service has its new pods only', async () => await gatewayPods() === 1);
  const { missed, looks } = await man.stop();
  assert.deepEqual(missed, []);
  assert.ok(looks > 50, `${looks} looks`);
  assert.deepEqual(await selectorOf(), ['app', 'istio']);
  assert.ok(told.some((line) => line.startsWith('delete Deployment istio-system/istio-ingressgateway, its pods stay: ')), told.join('\n'));
  assert.equal(told.filter((line) => line.includes('openshift-operators.servicemesh-resources.maistra.io')).length, 1, 'what is done is not done twice');
});

/** The controllers stand still from the moment before the old Deployment is there again: when the move looks for what the new one left, nobody has taken over anything. */
function lateControllers(): MoveOptions {
  const pid = fixture.cluster.pids['kube-controller-manager'] ?? 0;
  const late: Rest = {
    stream: (request) => rest.stream(request),
    close: () => Promise.resolve(),
    call: async <T>(request: RestRequest) => {
      if (request.method !== 'POST' || !request.path.endsWith('/deployments')) return rest.call<T>(request);
      await eventually('the new Deployment is gone', () => get(GATEWAY).then(() => false, () => true));
      process.kill(pid, 'SIGSTOP');
      setTimeout(() => { process.kill(pid, 'SIGCONT'); }, 700);
      return rest.call<T>(request);
    },
  };
  return { ...options(), rest: late };
}

test('undo gives the mesh back: the old Deployment, the old operator, no record', async () => {
  await fixture.operator().stop();
  const man = watchman();
  const oldSets = async (): Promise<string[]> => (await get<{ items: readonly KubeObject[] }>('/apis/apps/v1/namespaces/istio-system/replicasets?labelSelector=maistra-control-plane%3Distio-system')).items.map(({ metadata }) => metadata.uid ?? '');
  const before = await oldSets();
  await undoMigration(lateControllers());
  assert.equal(told.filter((line) => line.startsWith('delete ReplicaSets left behind')).length, 1, told.join('\n'));
  assert.deepEqual(await selectorOf(), ['app', 'istio', 'maistra-control-plane']);
  assert.equal(await replicasOf(OLD_OPERATOR), 1);
  // What was deleted in the background goes now.
  await sleep(1500);
  assert.equal(await gatewayPods(), 1, 'the pods of the new Deployment are gone');
  assert.deepEqual(await oldSets(), before, 'and what the old one makes its pods by was not taken for something of the new one');
  const { missed } = await man.stop();
  assert.deepEqual(missed, []);
  await assert.rejects(undoMigration(options()), { name: 'UsageError', message: /^there is no record of a move/ });
  await assert.rejects(finishMigration(options()), { message: /none was begun, or it is finished$/ });
});

test('finish deletes what nothing uses, and ends the way back', async () => {
  await oldStatus();
  await fixture.restart();
  await applyMigration(options(), { timeoutMs: 60_000, acceptUnsupported: false });
  assert.equal((await get(LEFTOVER)).kind, 'ClusterRole');
  await finishMigration(options());
  await assert.rejects(get(LEFTOVER), { status: 404 });
  await assert.rejects(undoMigration(options()), /none was begun, or it is finished/);
  assert.equal((await get(ROUTE)).kind, 'Route');
});

/** Kinds of the Sail operator, taken as they come: what is tested is what becomes of ours. */
const SAIL = ['Istio', 'IstioCNI'].map((kind) => ({
  apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: `${kind.toLowerCase()}s.sailoperator.io` },
  spec: {
    group: 'sailoperator.io', scope: 'Cluster', names: { kind, plural: `${kind.toLowerCase()}s`, singular: kind.toLowerCase() },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }],
  },
}));

interface Owned { readonly metadata: { readonly ownerReferences?: readonly object[]; readonly labels?: Readonly<Record<string, string>>; readonly uid: string }; readonly spec: { readonly template: { readonly spec: { readonly containers: readonly object[] } } } }

test('moving out: the commands of the exported README, one after the other, leave a mesh that belongs to nobody', async () => {
  const { kubectl, cluster } = fixture;
  for (const crd of SAIL) await kubectlOf(cluster, JSON.stringify(crd))('apply', '-f', '-');
  await kubectl('create', 'deployment', 'tenant-mesh-operator', '-n', 'tenant-mesh-operator', '--image=i', '--replicas=0');
  const folder = join(cluster.dir, 'sail');
  for (const [name, text] of exportTexts(await exportSail({ kubeconfig: cluster.kubeconfig }, {}))) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const before = await Promise.all([ROUTE, POLICY].map((path) => get<Owned>(path)));
  await fixture.operator().stop();
  const blocks = [...(await readFile(join(folder, 'README.md'), 'utf8')).matchAll(/```\n([\s\S]*?)```/g)].map(([, block = '']) => block.trim().split('\n'));
  const env = { ...process.env, PATH: `${dirname(await brickPath('kubectl'))}:${process.env['PATH'] ?? ''}`, KUBECONFIG: cluster.kubeconfig };
  for (const line of blocks.flat()) {
    if (line.startsWith('kubectl wait')) await kubectl('patch', 'istio', 'istio-system-basic', '--type=merge', '-p', '{"status":{"conditions":[{"type":"Ready","status":"True"}]}}');
    const { status, stderr } = spawnSync('sh', ['-c', line], { cwd: folder, env, encoding: 'utf8' });
    assert.equal(status, 0, `${line}: ${stderr}`);
  }
  await eventually('the control plane is gone', () => get('/apis/maistra.io/v2/namespaces/istio-system/servicemeshcontrolplanes/basic').then(() => false, () => true));
  const after = await Promise.all([ROUTE, POLICY].map((path) => get<Owned>(path)));
  assert.deepEqual(after.map(({ metadata }) => metadata.uid), before.map(({ metadata }) => metadata.uid), 'kept, not made anew');
  const gateway = await get<Owned>(GATEWAY);
  for (const { metadata } of [...after, gateway]) assert.deepEqual([metadata.ownerReferences, Object.keys(metadata.labels ?? {}).filter((key) => key.includes('maistra.io'))], [undefined, []]);
  assert.deepEqual(Object.keys(gateway.spec.template.spec.containers[0] ?? {}).filter((key) => ['args', 'env'].includes(key)), [], 'nothing of the rendered proxy is left');
  assert.deepEqual((await get('/api/v1/namespaces/shop')).metadata.labels?.['istio.io/rev'], 'istio-system-basic');
  await assert.rejects(get('/apis/apps/v1/namespaces/istio-system/deployments/istiod-basic'), { status: 404 });
});
