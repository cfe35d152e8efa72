import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { conditionOf, controlPlaneReady, installWalk, joinWalk, sample, SMCP_PATH, startFixture, type OperatorFixture } from '../../support/operator-fixture.ts';
import { eventually } from '../../support/eventually.ts';

/* The life of one mesh on the OpenShift flavour, in order: installed, joined, used, damaged and repaired, restarted, changed, removed. */

let fixture: OperatorFixture;
before(async () => { fixture = await startFixture('openshift'); });
after(async () => { await fixture.stop(); });

interface Listed { readonly items: readonly { readonly metadata: { readonly name: string; readonly namespace?: string; readonly uid: string }; readonly [key: string]: unknown }[] }
const list = (path: string): Promise<Listed> => fixture.client.call<Listed>(path);
const names = async (path: string): Promise<string[]> => (await list(path)).items.map((item) => item.metadata.name).toSorted();

test("the walk's control plane, in v1 and unchanged, gets ready with the old columns", async () => {
  await installWalk(fixture);
  const v1 = (await fixture.kubectl('get', 'servicemeshcontrolplanes.v1.maistra.io', '-n', 'istio-system', '--no-headers')).trim().split(/\s+/);
  assert.deepEqual(v1.slice(0, 5), ['basic-install', '9/9', 'InstallSuccessful', 'default', 'v1.31']);
  const v2 = (await fixture.kubectl('get', 'smcp', '-n', 'istio-system', '--no-headers')).trim().split(/\s+/);
  assert.deepEqual(v2.slice(0, 4), ['basic-install', '9/9', 'ComponentsReady', '["default"]']);
  assert.match(v2[4] ?? '', /^1\.31\.\d+$/);
});

test("reading it back as v1 gives the user's spec, nothing added", async () => {
  const smcp = await fixture.client.call<{ spec: unknown }>(SMCP_PATH.replace('/v2/', '/v1/'));
  assert.deepEqual(smcp.spec, {
    istio: {
      global: { proxy: { resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '500m', memory: '128Mi' } } } },
      gateways: { 'istio-egressgateway': { autoscaleEnabled: false }, 'istio-ingressgateway': { autoscaleEnabled: false, ior_enabled: true } },
      mixer: { policy: { autoscaleEnabled: false }, telemetry: { autoscaleEnabled: false, resources: { requests: { cpu: '100m', memory: '1G' }, limits: { cpu: '500m', memory: '4G' } } } },
      pilot: { autoscaleEnabled: false, traceSampling: 100 },
      kiali: { enabled: true }, grafana: { enabled: true },
      tracing: { enabled: true, jaeger: { template: 'all-in-one' } },
    },
  });
});

test('the Deployments and Routes have the names that users know', async () => {
  assert.deepEqual(await names('/apis/apps/v1/namespaces/istio-system/deployments'),
    ['grafana', 'istio-egressgateway', 'istio-ingressgateway', 'istiod-basic-install', 'jaeger', 'kiali', 'prometheus']);
  assert.deepEqual(await names('/apis/route.openshift.io/v1/namespaces/istio-system/routes'), ['grafana', 'istio-ingressgateway', 'jaeger', 'kiali', 'prometheus']);
});

test('a project joins by the roll: label, bindings, policies, and the roll says 1/1 Configured', async () => {
  await joinWalk(fixture);
  const columns = (await fixture.kubectl('get', 'smmr', '-n', 'istio-system', '--no-headers')).trim().split(/\s+/);
  assert.deepEqual(columns.slice(0, 3), ['default', '1/1', 'Configured']);
  const namespace = await fixture.client.call<{ metadata: { labels: Record<string, string> } }>('/api/v1/namespaces/microsvc-sample');
  assert.equal(namespace.metadata.labels['maistra.io/member-of'], 'istio-system');
  assert.deepEqual(await names('/apis/networking.k8s.io/v1/namespaces/microsvc-sample/networkpolicies'), ['istio-expose-route-basic-install', 'istio-mesh-basic-install']);
  assert.ok((await names('/apis/rbac.authorization.k8s.io/v1/namespaces/microsvc-sample/rolebindings')).includes('istiod-basic-install-istio-system'));
});

test('a Gateway becomes one Route per host, and a deleted Gateway leaves none', async () => {
  await fixture.kubectl('apply', '-n', 'microsvc-sample', '-f', sample('03-vs-gw.yaml'));
  const routes = '/apis/route.openshift.io/v1/namespaces/istio-system/routes?labelSelector=maistra.io%2Fgenerated-by%3Dior';
  const made = await eventually('two routes', async () => {
    const { items } = await list(routes);
    return items.length === 2 ? items : undefined;
  });
  const specs = made.map((route) => route['spec'] as { host: string; to: { name: string }; port: { targetPort: string }; tls?: unknown });
  assert.deepEqual(specs.map((spec) => spec.host).toSorted(), ['caller.apps.example.com', 'sample.apps.example.com']);
  for (const spec of specs) assert.deepEqual([spec.to.name, spec.port.targetPort, spec.tls], ['istio-ingressgateway', 'http2', undefined]);
  await fixture.kubectl('delete', 'gateway', 'sample-gateway', '-n', 'microsvc-sample');
  await eventually('no routes', async () => (await list(routes)).items.length === 0);
});

const DAMAGE: readonly { readonly what: string; readonly path: string; readonly patch?: object }[] = [
  { what: 'a deleted Deployment', path: '/apis/apps/v1/namespaces/istio-system/deployments/istiod-basic-install' },
  { what: 'a deleted Service', path: '/api/v1/namespaces/istio-system/services/istio-ingressgateway' },
  { what: 'a deleted Route', path: '/apis/route.openshift.io/v1/namespaces/istio-system/routes/kiali' },
  { what: 'a deleted policy of the mesh', path: '/apis/networking.k8s.io/v1/namespaces/istio-system/networkpolicies/istio-mesh-basic-install' },
  { what: 'a deleted policy of a member', path: '/apis/networking.k8s.io/v1/namespaces/microsvc-sample/networkpolicies/istio-mesh-basic-install' },
  { what: 'a deleted binding of a member', path: '/apis/rbac.authorization.k8s.io/v1/namespaces/microsvc-sample/rolebindings/istiod-basic-install-istio-system' },
  { what: 'an edited ConfigMap', path: '/api/v1/namespaces/istio-system/configmaps/istio-basic-install', patch: { data: { mesh: 'broken: true\n' } } },
  { what: 'an edited policy of a member', path: '/apis/networking.k8s.io/v1/namespaces/microsvc-sample/networkpolicies/istio-mesh-basic-install', patch: { spec: { ingress: [] } } },
  { what: 'a scaled Deployment', path: '/apis/apps/v1/namespaces/istio-system/deployments/istio-egressgateway', patch: { spec: { replicas: 0 } } },
  { what: 'a removed member label', path: '/api/v1/namespaces/microsvc-sample', patch: { metadata: { labels: { 'maistra.io/member-of': null } } } },
  { what: 'a removed label of the mesh namespace', path: '/api/v1/namespaces/istio-system', patch: { metadata: { labels: { 'maistra.io/member-of': null } } } },
];

interface Comparable { readonly spec?: unknown; readonly data?: unknown; readonly subjects?: unknown; readonly metadata: { readonly uid: string; readonly labels?: Record<string, string> } }

function essence({ spec, data, subjects, metadata }: Comparable): unknown {
  const { clusterIP: _ip, clusterIPs: _ips, ...rest } = (spec ?? {}) as Record<string, unknown>;
  return { spec: rest, data, subjects, memberOf: metadata.labels?.['maistra.io/member-of'] };
}

for (const { what, path, patch } of DAMAGE) {
  test(`${what} is put right`, async () => {
    const whole = await fixture.client.call<Comparable>(path);
    if (patch === undefined) await fixture.client.call(path, { method: 'DELETE' });
    else await fixture.client.call(path, { method: 'PATCH', body: patch, contentType: 'application/merge-patch+json' });
    await eventually('repaired', async () => {
      const now = await fixture.client.call<Comparable>(path);
      if (patch === undefined && now.metadata.uid === whole.metadata.uid) return undefined;
      assert.deepEqual(essence(now), essence(whole));
      return true;
    });
  });
}

test('at rest, and when strangers change their own things, nothing is written', async () => {
  await controlPlaneReady(fixture.client);
  const writes = await fixture.writesDuring(async () => {
    await fixture.kubectl('create', 'namespace', 'stranger');
    await fixture.kubectl('create', 'configmap', 'theirs', '-n', 'stranger', '--from-literal=a=b');
    await fixture.kubectl('label', 'namespace', 'stranger', 'team=x');
    await sleep(5000);
  });
  assert.deepEqual(writes, {});
});

test('SIGTERM ends the operator with code 0 within ten seconds, and the next one writes nothing', async () => {
  const started = performance.now();
  assert.equal(await fixture.operator().stop(), 0);
  assert.ok(performance.now() - started < 10_000, 'it took longer than ten seconds');
  await fixture.restart();
  const writes = await fixture.writesDuring(() => sleep(3000));
  assert.deepEqual(writes, {});
  const since = await (await fetch(fixture.operator().metricsUrl)).text();
  assert.doesNotMatch(since, /tmesh_api_requests_total\{method="(PATCH|POST|DELETE)",kind="(?!events|subjectaccessreviews)/);
});

test('one changed setting makes mTLS strict: one object is rewritten, no workload touched, and the status says the update is done', async () => {
  const writes = await fixture.writesDuring(async () => {
    await fixture.kubectl('apply', '-n', 'istio-system', '-f', sample('04-istio-installation-mtls.yaml'));
    await eventually('the update is done', async () =>
      conditionOf(await fixture.client.call<Parameters<typeof conditionOf>[0]>(SMCP_PATH), 'Reconciled')?.reason === 'UpdateSuccessful');
    await controlPlaneReady(fixture.client);
    await sleep(1000);
  });
  assert.deepEqual(Object.keys(writes).filter((key) => !/ (events|servicemesh\w+)$/.test(key)), ['PATCH peerauthentications']);
  const peer = await fixture.client.call<{ spec: { mtls: { mode: string } } }>('/apis/security.istio.io/v1/namespaces/istio-system/peerauthentications/default');
  assert.equal(peer.spec.mtls.mode, 'STRICT');
  const smcp = await fixture.client.call<Parameters<typeof conditionOf>[0]>(SMCP_PATH);
  assert.equal(conditionOf(smcp, 'Reconciled')?.reason, 'UpdateSuccessful');
});

test('deleting the control plane removes everything of it and nothing else, and frees the members', async () => {
  await fixture.kubectl('create', 'configmap', 'theirs', '-n', 'istio-system', '--from-literal=a=b');
  await fixture.kubectl('delete', 'smcp', 'basic-install', '-n', 'istio-system', '--timeout=60s');
  const selector = '?labelSelector=app.kubernetes.io%2Fmanaged-by%3Dmaistra-istio-operator%2Cmaistra.io%2Fowner%3Distio-system';
  const kinds = ['/apis/apps/v1/deployments', '/api/v1/services', '/api/v1/configmaps', '/api/v1/secrets', '/api/v1/serviceaccounts', '/apis/networking.k8s.io/v1/networkpolicies',
    '/apis/rbac.authorization.k8s.io/v1/rolebindings', '/apis/rbac.authorization.k8s.io/v1/roles', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
    '/apis/route.openshift.io/v1/routes', '/apis/security.istio.io/v1/peerauthentications', '/apis/telemetry.istio.io/v1/telemetries'];
  for (const kind of kinds) {
    await eventually(`no ${kind}`, async () => {
      const left = await names(`${kind}${selector}`);
      if (left.length > 0) throw new Error(left.join(', '));
      return true;
    });
  }
  await eventually('the member is free', async () => {
    const namespace = await fixture.client.call<{ metadata: { labels?: Record<string, string> } }>('/api/v1/namespaces/microsvc-sample');
    return namespace.metadata.labels?.['maistra.io/member-of'] === undefined;
  });
  await eventually('no copies', async () => (await names('/apis/networking.k8s.io/v1/namespaces/microsvc-sample/networkpolicies')).length === 0);
  assert.deepEqual((await names('/apis/rbac.authorization.k8s.io/v1/namespaces/microsvc-sample/rolebindings')), []);
  assert.ok((await names('/api/v1/namespaces/istio-system/configmaps')).includes('theirs'));
  await eventually('the roll says what is missing', async () => {
    const roll = await fixture.client.call<Parameters<typeof conditionOf>[0]>('/apis/maistra.io/v1/namespaces/istio-system/servicemeshmemberrolls/default');
    return conditionOf(roll, 'Ready')?.reason === 'ErrSMCPMissing';
  });
});
