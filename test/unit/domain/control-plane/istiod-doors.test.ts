import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderMesh } from '../../../../src/domain/control-plane/render.ts';
import { memberNetworkPolicies, memberCopyOptions } from '../../../../src/domain/control-plane/member-copies.ts';
import { isJsonObject, valueAt } from '../../../../src/lib/json.ts';
import { CHARTS, controlPlane, MESH, NAME, objectsOf, OPENSHIFT, PLAIN, renderedObject, ROOT, valuesInput } from '../../../build/control-plane.ts';
import { isAllowed, type NetCluster, type NetPod, type Outside } from '../../../support/network-policy-evaluator.ts';

/* Who reaches which port of istiod, by the policies that we render (spec/istio-upstream.md 3.4). */

const deployment = renderedObject(valuesInput(), 'Deployment', `istiod-${NAME}`);
const [container] = (valueAt(deployment, 'spec', 'template', 'spec', 'containers') as readonly unknown[]).filter(isJsonObject);

function istiod(): NetPod {
  const ports = (Array.isArray(container?.['ports']) ? container['ports'] : []).filter(isJsonObject).map(({ name, containerPort }) => ({ name: String(name), port: Number(containerPort) }));
  return { namespace: MESH, labels: valueAt(deployment, 'spec', 'template', 'metadata', 'labels') as Record<string, string>, ports };
}

const SOURCES: Readonly<Record<string, NetPod | Outside>> = {
  'API server': { ip: '192.0.2.1' },
  'gateway of the mesh': { namespace: MESH, labels: { app: 'istio-ingressgateway' } },
  Prometheus: { namespace: MESH, labels: { app: 'prometheus' } },
  'sidecar of a member': { namespace: 'shop', labels: { app: 'shop' } },
  'pod of another mesh': { namespace: 'other-member', labels: { app: 'istiod' } },
  stranger: { namespace: 'stranger', labels: { app: 'prometheus' } },
};
const PORTS = { debug: 8080, 'XDS without TLS': 15010, XDS: 15012, webhooks: 15017, metrics: 15014 };

function clusterOf(facts: typeof PLAIN): NetCluster {
  const policies = objectsOf(renderMesh(valuesInput({}, { facts, rootCertificate: ROOT }), CHARTS)).map(({ object }) => object).filter(({ kind }) => kind === 'NetworkPolicy');
  const copies = memberNetworkPolicies(memberCopyOptions(controlPlane()), 'shop').map(({ object }) => object);
  const namespaces = { [MESH]: { 'maistra.io/member-of': MESH }, shop: { 'maistra.io/member-of': MESH }, 'other-member': { 'maistra.io/member-of': 'other' }, stranger: {} };
  return { policies: [...policies, ...copies], namespaces };
}

function doors(cluster: NetCluster, to: NetPod): Record<string, string> {
  return Object.fromEntries(Object.entries(SOURCES).map(([name, from]) => [name, Object.entries(PORTS).filter(([, port]) => isAllowed(cluster, { from, to, port })).map(([door]) => door).join(', ')]));
}

test('istiod: certificates and configuration for the mesh, metrics for its own namespace, webhooks for the API server, and nothing else', () => {
  for (const facts of [PLAIN, OPENSHIFT]) {
    assert.deepEqual(doors(clusterOf(facts), istiod()), {
      'API server': 'webhooks',
      'gateway of the mesh': 'XDS, webhooks, metrics',
      Prometheus: 'XDS, webhooks, metrics',
      'sidecar of a member': 'XDS, webhooks',
      'pod of another mesh': 'webhooks',
      stranger: 'webhooks',
    });
  }
});

test('no pod of the namespace is without a policy, whatever it calls itself', () => {
  for (const labels of [{}, { app: 'istiod' }, { app: 'istiod', 'istio.io/rev': 'another' }, { app: 'mine' }]) {
    const pod: NetPod = { namespace: MESH, labels, ports: istiod().ports ?? [] };
    assert.equal(doors(clusterOf(PLAIN), pod)['stranger'], labels['app'] === 'istiod' ? 'webhooks' : '', JSON.stringify(labels));
  }
});

test('configuration without TLS is served to nobody: the port is bound to loopback, and not part of the Service', () => {
  const args = container?.['args'] as readonly string[];
  assert.ok(args.includes('--grpcAddr=127.0.0.1:15010'));
  const service = renderedObject(valuesInput(), 'Service', `istiod-${NAME}`);
  const ports = (valueAt(service, 'spec', 'ports') as readonly { readonly port: number }[]).map(({ port }) => port);
  assert.deepEqual(ports, [15_012, 443, 15_014]);
  const env = container?.['env'] as readonly { readonly name: string; readonly value?: string }[];
  assert.equal(env.find(({ name }) => name === 'XDS_AUTH_PLAINTEXT')?.value, 'true', 'a process in the pod has to log in as well');
});

test('hard isolation: istiod finds its kubeconfig where it looks for one, speaks JSON, and is a new pod when the kubeconfig is another', () => {
  const hard = valuesInput({}, { facts: { ...PLAIN, isolation: 'hard' }, scopedApiAuthority: ROOT });
  const pod = valueAt(renderedObject(hard, 'Deployment', `istiod-${NAME}`), 'spec', 'template');
  const [led] = (valueAt(pod, 'spec', 'containers') as readonly unknown[]).filter(isJsonObject);
  const volumes = (valueAt(pod, 'spec', 'volumes') as readonly unknown[]).filter(isJsonObject);
  assert.deepEqual(volumes.find(({ name }) => name === 'istio-kubeconfig')?.['configMap'], { name: 'istio-kubeconfig' });
  const mounts = (led?.['volumeMounts'] as readonly { readonly name: string; readonly mountPath: string }[]).find(({ name }) => name === 'istio-kubeconfig');
  const env = led?.['env'] as readonly { readonly name: string; readonly value?: string }[];
  assert.equal(env.find(({ name }) => name === 'KUBECONFIG')?.value, `${mounts?.mountPath}/config`);
  assert.equal(env.find(({ name }) => name === 'ISTIO_KUBE_CLIENT_CONTENT_TYPE')?.value, 'json');
  assert.equal(env.find(({ name }) => name === 'KUBE_FEATURE_WatchListClient')?.value, 'false');
  const another = renderedObject({ ...hard, scopedApiAuthority: `${ROOT}${ROOT}` }, 'Deployment', `istiod-${NAME}`);
  const markOf = (template: unknown): unknown => valueAt(template, 'metadata', 'annotations', 'tmesh.maistra.io/content');
  assert.notEqual(markOf(valueAt(another, 'spec', 'template')), markOf(pod));
});

test('its kubeconfig holds an address, an authority and the name of a file, and no credential', () => {
  const hard = valuesInput({}, { facts: { ...PLAIN, isolation: 'hard' }, scopedApiAuthority: ROOT });
  const text = valueAt(renderedObject(hard, 'ConfigMap', 'istio-kubeconfig'), 'data', 'config');
  assert.deepEqual(JSON.parse(String(text)), {
    apiVersion: 'v1', kind: 'Config', 'current-context': 'mesh',
    clusters: [{ name: 'mesh', cluster: { server: 'https://tenant-mesh-operator-scoped-api.operators.svc', 'certificate-authority-data': Buffer.from(ROOT).toString('base64') } }],
    users: [{ name: 'istiod', user: { tokenFile: '/var/run/secrets/kubernetes.io/serviceaccount/token' } }],
    contexts: [{ name: 'mesh', context: { cluster: 'mesh', user: 'istiod' } }],
  });
});
