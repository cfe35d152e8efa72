import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ALL_SOURCES } from '../../../src/cli/controllers.ts';
import { valueAt } from '../../../src/lib/json.ts';
import { askedBy, type AuditedRequest } from '../../../tools/cluster/audit.ts';
import { clusterRules, definitionRules, OWN_NAMESPACE_RULES } from '../../../tools/gen/rbac.ts';
import { grantedBy, neededBy, refusedOf } from '../../support/asked-rights.ts';
import { eventually } from '../../support/eventually.ts';
import { conditionOf, sample, startFixture, type OperatorFixture } from '../../support/operator-fixture.ts';

/*
 * The roles of the operator against the API server's own record of what its account asked for: meshes with everything in them come, are used and go. A request
 * that was refused is a verb too few; a verb that no request needed is one too many.
 */

const OPERATOR = 'tenant-mesh-operator';

let fixture: OperatorFixture;
before(async () => {
  fixture = await startFixture('openshift', { audit: true });
  await apply(...OF_OTHERS.map(definition));
  for (const name of ['mesh-a', 'mesh-b', 'shop', 'bank']) await fixture.kubectl('create', 'namespace', name);
});
after(async () => { await fixture.stop(); });

interface OtherKind { readonly plural: string; readonly group: string; readonly kind: string; readonly version: string; readonly scope: 'Cluster' | 'Namespaced' }

const OF_OTHERS: readonly OtherKind[] = [
  { plural: 'kialis', group: 'kiali.io', kind: 'Kiali', version: 'v1alpha1', scope: 'Namespaced' },
  { plural: 'istios', group: 'sailoperator.io', kind: 'Istio', version: 'v1', scope: 'Cluster' },
  { plural: 'istiorevisions', group: 'sailoperator.io', kind: 'IstioRevision', version: 'v1', scope: 'Cluster' },
  { plural: 'ingresscontrollers', group: 'operator.openshift.io', kind: 'IngressController', version: 'v1', scope: 'Namespaced' },
];

/** A kind of somebody else, without rules. */
function definition({ plural, group, kind, version, scope }: OtherKind): object {
  const schema = { openAPIV3Schema: { 'type': 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: `${plural}.${group}` },
    spec: { group, scope, names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() }, versions: [{ name: version, served: true, storage: true, schema, subresources: { status: {} } }] },
  };
}

async function apply(...objects: readonly object[]): Promise<void> {
  const { code, stderr } = await fixture.cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], { input: objects.map((object) => JSON.stringify(object)).join('\n---\n') });
  assert.equal(code, 0, stderr);
}

type Conditions = Parameters<typeof conditionOf>[0];
const get = (path: string): Promise<Conditions> => fixture.client.call<Conditions>(path);
const count = async (path: string): Promise<number> => (await fixture.client.call<{ items: readonly unknown[] }>(path)).items.length;
const smcp = (namespace: string): string => `/apis/maistra.io/v2/namespaces/${namespace}/servicemeshcontrolplanes/basic`;
const roll = (namespace: string): string => `/apis/maistra.io/v1/namespaces/${namespace}/servicemeshmemberrolls/default`;
const isReady = async (path: string): Promise<boolean> => conditionOf(await get(path), 'Ready')?.status === 'True';

const scaling = { enabled: true, minReplicas: 1, maxReplicas: 2 };

/** All kinds of objects that a mesh can consist of. */
const RICH = {
  runtime: { defaults: { deployment: { podDisruption: { enabled: true, minAvailable: 1 } } }, components: { pilot: { deployment: { autoScaling: scaling } } } },
  gateways: { openshiftRoute: { enabled: true }, ingress: { runtime: { deployment: { autoScaling: scaling } } } },
  telemetry: { type: 'Istiod' }, tracing: { type: 'Jaeger', sampling: 10_000 }, security: { dataPlane: { mtls: true } },
  addons: { kiali: { enabled: true }, grafana: { enabled: true }, prometheus: { enabled: true } },
};
const SMALL = { gateways: { enabled: false }, tracing: { type: 'None' }, addons: { kiali: { enabled: false }, grafana: { enabled: false }, prometheus: { enabled: false } } };
const controlPlane = (namespace: string, spec: object): object => ({ apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace }, spec });

/** As the operator before ours left it. */
const OLD_FINALIZER = 'maistra.io/istio-operator';

/** Kiali's own operator, which is not there, would say so. */
const kialiWorks = (): Promise<unknown> => fixture.client.call('/apis/kiali.io/v1alpha1/namespaces/mesh-a/kialis/kiali/status', {
  method: 'PATCH', contentType: 'application/merge-patch+json', body: { status: { conditions: [{ type: 'Successful', status: 'True', reason: 'Successful', message: '' }] } },
});

test('meshes come, in every kind of object that they can consist of', async () => {
  await apply(controlPlane('mesh-a', RICH), controlPlane('mesh-b', SMALL));
  await apply({ apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMemberRoll', metadata: { name: 'default', namespace: 'mesh-a' }, spec: { members: ['shop'] } });
  await apply({ apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMember', metadata: { name: 'default', namespace: 'bank', finalizers: [OLD_FINALIZER] }, spec: { controlPlaneRef: { namespace: 'mesh-b', name: 'basic' } } });
  await eventually('Kiali is asked for', async () => await kialiWorks() !== undefined, 120);
  await eventually('both are ready', async () => await isReady(smcp('mesh-a')) && await isReady(smcp('mesh-b')) && await isReady(roll('mesh-a')) && await isReady(roll('mesh-b')), 120);
});

test('they are used: hosts as Routes and as Ingresses, a pod without its sidecar, a setting that changes', async () => {
  await fixture.kubectl('apply', '-n', 'shop', '-f', sample('03-vs-gw.yaml'));
  const routes = '/apis/route.openshift.io/v1/namespaces/mesh-a/routes?labelSelector=maistra.io%2Fgenerated-by%3Dior';
  await eventually('Routes', async () => await count(routes) > 0);
  await fixture.kubectl('annotate', 'smcp', 'basic', '-n', 'mesh-a', 'maistra.io/ior-target=ingress');
  await eventually('Ingresses', async () => await count('/apis/networking.k8s.io/v1/namespaces/mesh-a/ingresses') > 0 && await count(routes) === 0);
  await fixture.kubectl('delete', 'gateways.networking.istio.io', '--all', '-n', 'shop');
  await eventually('no Ingresses', async () => await count('/apis/networking.k8s.io/v1/namespaces/mesh-a/ingresses') === 0);
  await apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'bare', namespace: 'shop', labels: { 'sidecar.istio.io/inject': 'true' } }, spec: { containers: [{ name: 'app', image: 'app' }] } });
  // istiod's part: without its root there are no webhooks of the mesh. With this one nothing more that they look at can be written.
  await fixture.kubectl('create', 'configmap', 'istio-ca-root-cert', '-n', 'mesh-a', '--from-literal=root-cert.pem=root');
  await eventually('the pod is missed', async () => conditionOf(await get('/api/v1/namespaces/shop'), 'maistra.io/PodsNotInjected')?.status === 'True', 30);
  await apply(controlPlane('mesh-a', { ...RICH, telemetry: { type: 'None' } }));
  await eventually('changed', async () => valueAt(await get(smcp('mesh-a')), 'status', 'observedGeneration') === valueAt(await get(smcp('mesh-a')), 'metadata', 'generation'), 60);
});

test('they go', async () => {
  await fixture.kubectl('delete', 'smm', 'default', '-n', 'bank', '--timeout=60s');
  await eventually('the roll that was made for the member is gone', async () => (await get(roll('mesh-b')).catch(() => undefined)) === undefined);
  for (const mesh of ['mesh-a', 'mesh-b']) await fixture.kubectl('delete', 'smcp', 'basic', '-n', mesh, '--timeout=120s');
  // Also of what goes after the pods: each deletion is one of the verbs.
  const beside = ['apps/v1/daemonsets', 'apps/v1/deployments', 'policy/v1/poddisruptionbudgets', 'networking.k8s.io/v1/networkpolicies'].map((kind) => kind.split('/'));
  await eventually('nothing is left beside the operator', async () => {
    const left = await Promise.all(beside.map(([group, version, plural]) => count(`/apis/${group}/${version}/namespaces/${OPERATOR}/${plural}?labelSelector=app.kubernetes.io%2Fcomponent`)));
    return left.every((number) => number === 0);
  });
});

const asked = (): readonly AuditedRequest[] => askedBy(fixture.cluster.dir, `${OPERATOR}:${OPERATOR}`);

/** What is asked for without a request of its own, or not in the life of these meshes, and where it is shown. */
const NOT_HERE: readonly string[] = [
  // Compared by the API server with what is handed out, in requests for roles and bindings.
  'bind clusterroles.rbac.authorization.k8s.io', 'escalate clusterroles.rbac.authorization.k8s.io', 'use servicemeshcontrolplanes.maistra.io',
  // An Event that is told again: test/unit/runtime/events.test.ts.
  'patch events.',
  // OpenShift's API server asks for it when a host is chosen; the stand-in does not.
  'create routes/custom-host.route.openshift.io', 'patch routes/custom-host.route.openshift.io',
];

test('no request of the operator was refused: no verb is missing', () => {
  // Whether its own namespace is there it asks because it makes it when it runs outside of a cluster; who installed the role has made the namespace.
  assert.deepEqual(refusedOf(asked()), [`get namespaces. ${OPERATOR}/${OPERATOR}`]);
  assert.ok(asked().length > 300, `${asked().length} requests were recorded`);
});

test('every verb of the ClusterRoles was needed: none is too many', () => {
  const needed = new Set([...asked().flatMap(neededBy), ...NOT_HERE]);
  assert.deepEqual(grantedBy([...clusterRules(ALL_SOURCES), ...definitionRules('plain')]).filter((use) => !needed.has(use)), []);
});

test('so was every verb of the Role in its own namespace', () => {
  // Certificates are renewed after months: test/envtest/webhooks/rotation.test.ts.
  const needed = new Set([...asked().filter(({ namespace }) => namespace === OPERATOR).flatMap(neededBy), 'update secrets.']);
  assert.deepEqual(grantedBy(OWN_NAMESPACE_RULES).filter((use) => !needed.has(use)), []);
  const anywhere = new Set(grantedBy(clusterRules(ALL_SOURCES)));
  assert.deepEqual(grantedBy(OWN_NAMESPACE_RULES).filter((use) => anywhere.has(use)), [], 'what it may do anywhere is not granted twice');
});
