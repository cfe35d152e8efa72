import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SHARED_ROLES } from '../../../../src/domain/cluster-resources/shared-roles.ts';
import type { ClusterFacts } from '../../../../src/domain/control-plane/facts.ts';
import { renderMesh, type WantedObject } from '../../../../src/domain/control-plane/render.ts';
import { isJsonObject, valueAt, type JsonObject } from '../../../../src/lib/json.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { CHARTS, MESH, NAME, OPENSHIFT, PLAIN, ROOT, objectsOf, valuesInput } from '../../../build/control-plane.ts';

/* Laws over everything that is rendered, on every kind of cluster. */

const CLUSTERS: Readonly<Record<string, ClusterFacts>> = { OpenShift: OPENSHIFT, 'plain Kubernetes': PLAIN, 'with the Kiali operator': { ...OPENSHIFT, servesKiali: true } };
const EVERYTHING: JsonObject = {
  gateways: { additionalIngress: { extra: { enabled: true } }, ingress: { runtime: { deployment: { replicas: 2 } } } },
  runtime: { components: { pilot: { deployment: { autoScaling: { enabled: true, minReplicas: 2 } } } }, defaults: { deployment: { podDisruption: { enabled: true } } } },
};

const rendered = (facts: ClusterFacts, spec: JsonObject = EVERYTHING): WantedObject[] => objectsOf(renderMesh(valuesInput(spec, { facts, rootCertificate: ROOT }), CHARTS));
const items = (value: unknown): readonly JsonObject[] => (Array.isArray(value) ? value.filter(isJsonObject) : []);
const deploymentsOf = (objects: readonly WantedObject[]): KubeObject[] => objects.map(({ object }) => object).filter(({ kind }) => kind === 'Deployment');
const podOf = (deployment: KubeObject): JsonObject => valueAt(deployment, 'spec', 'template', 'spec') as JsonObject;
const containersOf = (deployment: KubeObject): readonly JsonObject[] => items(podOf(deployment)['containers']);
const nameOf = ({ kind, metadata }: KubeObject): string => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;

function everywhere(law: (objects: readonly WantedObject[], cluster: string) => void): void {
  for (const [cluster, facts] of Object.entries(CLUSTERS)) law(rendered(facts), cluster);
}

test('no two objects have the same name', () => everywhere((objects, cluster) => {
  const names = objects.map(({ object }) => nameOf(object));
  assert.deepEqual(names.filter((name, index) => names.indexOf(name) !== index), [], cluster);
}));

test('every pod passes Pod Security "restricted" and the SCC restricted-v2', () => everywhere((objects, cluster) => {
  for (const deployment of deploymentsOf(objects)) {
    const pod = podOf(deployment);
    assert.equal(valueAt(pod, 'securityContext', 'runAsNonRoot'), true, `${cluster} ${nameOf(deployment)}`);
    assert.deepEqual(valueAt(pod, 'securityContext', 'seccompProfile'), { type: 'RuntimeDefault' });
    for (const container of containersOf(deployment)) {
      const security = container['securityContext'];
      assert.equal(valueAt(security, 'allowPrivilegeEscalation'), false, `${nameOf(deployment)} ${String(container['name'])}`);
      assert.deepEqual(valueAt(security, 'capabilities'), { drop: ['ALL'] });
      assert.equal(valueAt(security, 'readOnlyRootFilesystem'), true);
    }
    assert.ok(items(pod['volumes']).every((volume) => volume['hostPath'] === undefined));
  }
}));

test('on OpenShift nobody asks for a user; elsewhere every image that names its user by word gets a number', () => {
  for (const deployment of deploymentsOf(rendered(OPENSHIFT))) assert.equal(valueAt(podOf(deployment), 'securityContext', 'runAsUser'), undefined, nameOf(deployment));
  const users = deploymentsOf(rendered(PLAIN)).map((deployment) => [deployment.metadata.name, valueAt(podOf(deployment), 'securityContext', 'runAsUser')]);
  assert.deepEqual(Object.fromEntries(users), {
    [`istiod-${NAME}`]: undefined, prometheus: 65_534, grafana: 472, kiali: 1000, jaeger: 10_001, 'istio-ingressgateway': 1337, 'istio-egressgateway': 1337, extra: 1337,
  });
});

test('every container asks for resources, and every pod has a readiness probe', () => everywhere((objects, cluster) => {
  for (const deployment of deploymentsOf(objects)) {
    for (const container of containersOf(deployment)) assert.ok(valueAt(container, 'resources', 'requests'), `${cluster} ${nameOf(deployment)} ${String(container['name'])}`);
    assert.ok(containersOf(deployment).some((container) => container['readinessProbe'] !== undefined), `${cluster} ${nameOf(deployment)}`);
  }
}));

test('every mount has its volume', () => everywhere((objects) => {
  for (const deployment of deploymentsOf(objects)) {
    const volumes = items(podOf(deployment)['volumes']).map(({ name }) => name);
    assert.equal(new Set(volumes).size, volumes.length, nameOf(deployment));
    for (const container of containersOf(deployment)) {
      const mounts = items(container['volumeMounts']);
      assert.deepEqual(mounts.filter(({ name }) => !volumes.includes(name)), [], nameOf(deployment));
      assert.equal(new Set(mounts.map(({ mountPath }) => mountPath)).size, mounts.length, nameOf(deployment));
    }
  }
}));

test('what a pod needs to start is made by us, by istiod or by OpenShift', () => everywhere((objects) => {
  const made = new Set(objects.map(({ object }) => `${object.kind} ${object.metadata.name}`));
  const byOthers = /^(ConfigMap istio-ca-root-cert|Secret (grafana|prometheus|kiali|jaeger)-tls)$/;
  for (const deployment of deploymentsOf(objects)) {
    const needed = items(podOf(deployment)['volumes']).flatMap((volume) => [
      ...(valueAt(volume, 'configMap', 'name') !== undefined && valueAt(volume, 'configMap', 'optional') !== true ? [`ConfigMap ${String(valueAt(volume, 'configMap', 'name'))}`] : []),
      ...(valueAt(volume, 'secret', 'secretName') !== undefined && valueAt(volume, 'secret', 'optional') !== true ? [`Secret ${String(valueAt(volume, 'secret', 'secretName'))}`] : []),
    ]);
    const account = podOf(deployment)['serviceAccountName'];
    if (account !== undefined) needed.push(`ServiceAccount ${String(account)}`);
    assert.deepEqual(needed.filter((name) => !made.has(name) && !byOthers.test(name)), [], nameOf(deployment));
  }
}));

test('a pod without rights has no token of an account', () => {
  for (const deployment of deploymentsOf(rendered(PLAIN))) {
    const pod = podOf(deployment);
    assert.ok(pod['serviceAccountName'] !== undefined || pod['automountServiceAccountToken'] === false, nameOf(deployment));
  }
});

test('selectors find the pods they are for: of Deployments, Services, NetworkPolicies, budgets', () => everywhere((objects) => {
  const own = deploymentsOf(objects).map((deployment) => valueAt(deployment, 'spec', 'template', 'metadata', 'labels') as Readonly<Record<string, string>>);
  // The operator of Kiali gives this label to the pod that it makes.
  const pods = [...own, ...(objects.some(({ object }) => object.kind === 'Kiali') ? [{ app: 'kiali' }] : [])];
  const finds = (selector: unknown): boolean => isJsonObject(selector) && pods.some((labels) => Object.entries(selector).every(([key, value]) => labels[key] === value));
  for (const { object } of objects) {
    const selector = object.kind === 'Service' ? valueAt(object, 'spec', 'selector')
      : valueAt(object, 'spec', 'selector', 'matchLabels') ?? valueAt(object, 'spec', 'podSelector', 'matchLabels');
    const isOfMembers = object.metadata.name.startsWith('istio-mesh') || object.metadata.name.startsWith('istio-expose-route');
    if (['Service', 'Deployment', 'NetworkPolicy', 'PodDisruptionBudget'].includes(object.kind) && !isOfMembers) assert.ok(finds(selector), nameOf(object));
  }
}));

test('ports by name are ports of the pods behind them', () => everywhere((objects, cluster) => {
  const ports = new Set(deploymentsOf(objects).flatMap(containersOf).flatMap((container) => items(container['ports']).map(({ name }) => name)));
  for (const { object } of objects) {
    const named = [...items(valueAt(object, 'spec', 'ports')).map(({ targetPort }) => targetPort), ...items(valueAt(object, 'spec', 'ingress')).flatMap((rule) => items(rule['ports']).map(({ port }) => port))];
    assert.deepEqual(named.filter((port) => typeof port === 'string' && !ports.has(port)), [], `${cluster} ${nameOf(object)}`);
  }
}));

test('NetworkPolicies with a port rule really limit the port, and say that they are about ingress', () => everywhere((objects) => {
  for (const { object } of objects.filter(({ object: { kind } }) => kind === 'NetworkPolicy')) {
    assert.deepEqual(valueAt(object, 'spec', 'policyTypes'), ['Ingress']);
    for (const rule of items(valueAt(object, 'spec', 'ingress'))) {
      assert.equal(rule['port'], undefined, `${nameOf(object)}: the malformed rule of the old operator`);
      assert.ok(items(rule['ports']).every(({ port }) => port !== undefined));
    }
  }
}));

test('the policies of the mesh namespace are those of the specification', () => {
  const names = (facts: ClusterFacts): string[] => rendered(facts, {}).filter(({ object }) => object.kind === 'NetworkPolicy').map(({ object }) => object.metadata.name).toSorted();
  const common = [`istio-expose-route-${NAME}`, 'istio-ingressgateway', `istio-istiod-${NAME}`, `istio-mesh-${NAME}`];
  assert.deepEqual(names(OPENSHIFT), [...common, 'istio-grafana-ingress', 'istio-jaeger-ingress', 'istio-kiali-ingress', 'istio-prometheus-ingress'].toSorted());
  assert.deepEqual(names({ ...OPENSHIFT, servesKiali: true }), names(OPENSHIFT), 'a Kiali that its operator makes is behind a Route, too');
  assert.deepEqual(names(PLAIN), common.toSorted(), 'without a Route, consoles are reached from the mesh only');
});

test('the user may manage NetworkPolicies himself', () => {
  assert.deepEqual(rendered(OPENSHIFT, { security: { manageNetworkPolicy: false } }).filter(({ object }) => object.kind === 'NetworkPolicy'), []);
});

test('rights are bindings to shared roles or to the role of mesh users; no role of the mesh is made in the cluster', () => everywhere((objects) => {
  for (const { object } of objects.filter(({ object: { kind } }) => kind.endsWith('Binding'))) {
    const role = String(valueAt(object, 'roleRef', 'name'));
    assert.ok(valueAt(object, 'roleRef', 'kind') === 'Role' ? role === 'mesh-user' : Object.hasOwn(SHARED_ROLES, role), `${nameOf(object)}: ${role}`);
    assert.ok(items(object['subjects']).every(({ namespace }) => namespace === MESH));
  }
  assert.deepEqual(objects.filter(({ object: { kind } }) => kind === 'ClusterRole'), []);
}));

test('only names of this mesh are used outside of its namespace', () => everywhere((objects) => {
  for (const { object, type } of objects.filter(({ type: { namespaced } }) => !namespaced)) assert.ok(object.metadata.name.endsWith(`-${NAME}-${MESH}`), `${type.kind} ${object.metadata.name}`);
}));

test('neither webhook carries the revision label by which istiod would take it', () => {
  const webhooks = rendered(PLAIN).filter(({ object: { kind } }) => kind.endsWith('WebhookConfiguration'));
  assert.equal(webhooks.length, 2);
  for (const { object } of webhooks) assert.equal(object.metadata.labels?.['istio.io/rev'], undefined);
});

test('there are no webhooks before istiod has published its root', () => {
  assert.deepEqual(renderMesh(valuesInput(), CHARTS).webhooks, []);
});

test('autoscalers and budgets are there only when asked for', () => {
  const kinds = (spec: JsonObject): string[] => rendered(PLAIN, spec).map(({ object }) => nameOf(object)).filter((name) => /^(Horizontal|PodDis)/.test(name));
  assert.deepEqual(kinds({}), []);
  assert.deepEqual(kinds(EVERYTHING), [
    `HorizontalPodAutoscaler ${MESH}/istiod-${NAME}`, `PodDisruptionBudget ${MESH}/istiod-${NAME}`, `PodDisruptionBudget ${MESH}/istio-ingressgateway`,
  ]);
});

test('where the Kiali operator is, Kiali is one object, and the way to it', () => {
  const kiali = renderMesh(valuesInput({}, { facts: { ...OPENSHIFT, servesKiali: true } }), CHARTS).components.find(({ name }) => name === 'kiali');
  assert.deepEqual(kiali?.objects.map(({ object }) => object.kind), ['Kiali', 'NetworkPolicy']);
});

test('Routes are those that the walk shows, with their terminations', () => {
  const routes = rendered(OPENSHIFT, {}).map(({ object }) => object).filter(({ kind }) => kind === 'Route');
  const shown = routes.map((route) => [
    route.metadata.name, valueAt(route, 'spec', 'host'), valueAt(route, 'spec', 'to', 'name'), valueAt(route, 'spec', 'port', 'targetPort') ?? '<all>',
    [valueAt(route, 'spec', 'tls', 'termination'), valueAt(route, 'spec', 'tls', 'insecureEdgeTerminationPolicy')].filter((word) => word !== undefined).join('/'),
  ]).toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  assert.deepEqual(shown, [
    ['grafana', `grafana-${MESH}.apps.example.com`, 'grafana', '<all>', 'reencrypt'],
    ['istio-ingressgateway', `istio-ingressgateway-${MESH}.apps.example.com`, 'istio-ingressgateway', 8080, ''],
    ['jaeger', `jaeger-${MESH}.apps.example.com`, 'jaeger-query', '<all>', 'reencrypt'],
    ['kiali', `kiali-${MESH}.apps.example.com`, 'kiali', '<all>', 'reencrypt/Redirect'],
    ['prometheus', `prometheus-${MESH}.apps.example.com`, 'prometheus', '<all>', 'reencrypt'],
  ]);
});

test('a mesh is few objects: every one is a request at installation', () => {
  assert.ok(rendered(PLAIN, {}).length <= 44, `plain: ${rendered(PLAIN, {}).length}`);
  assert.ok(rendered(OPENSHIFT, {}).length <= 55, `OpenShift: ${rendered(OPENSHIFT, {}).length}`);
});

test('rendering is deterministic', () => {
  assert.deepEqual(rendered(OPENSHIFT), rendered(OPENSHIFT));
});
