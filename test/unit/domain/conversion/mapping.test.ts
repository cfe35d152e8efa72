import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { controlPlaneSpecV1Schema } from '../../../../src/api/maistra-v1/control-plane.ts';
import { controlPlaneSpecSchema } from '../../../../src/api/maistra-v2/control-plane.ts';
import { schemaAt, unwrapped } from '../../../../src/api/schema/walk.ts';
import { dotted } from '../../../../src/domain/conversion/row.ts';
import { NOTES_IN_V1, SPEC } from '../../../../src/domain/conversion/spec.ts';
import { MAPPING } from '../../../../src/domain/conversion/table.ts';
import { get, pointerOf, set } from '../../../../src/domain/conversion/tree.ts';
import type { Json, JsonObject } from '../../../../src/lib/json.ts';

test('every row names a v2 field that the schema has', () => {
  const unknown = MAPPING.filter(({ field }) => schemaAt(controlPlaneSpecSchema, field) === undefined);
  assert.deepEqual(unknown.map(({ field }) => field.join('.')), []);
  assert.ok(MAPPING.length > 400, `${MAPPING.length} rows`);
});

/** A value that fits a schema, if its kind has one that is worth trying. */
function fitting(schema: z.core.$ZodType): Json | undefined {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodArray) {
    const item = fitting(inner.element);
    return item === undefined ? undefined : [item];
  }
  const candidates: readonly Json[] = [true, 3, 'text', '10s', { name: 'text' }, { default: 'warn' }, { requests: { cpu: 1 } }, { matchLabels: { a: 'b' } }];
  const words = inner instanceof z.ZodEnum ? inner.options.map(String) : [];
  return [...words, ...candidates].find((candidate) => z.core.safeParse(inner, candidate).success);
}

test('what v2 says in any one field of the table, v1 can say in its own words, and back', () => {
  for (const row of MAPPING) {
    const schema = schemaAt(controlPlaneSpecSchema, row.field);
    const value = schema === undefined ? undefined : fitting(schema);
    assert.ok(value !== undefined, row.field.join('.'));
    const condition = row.onlyIf === undefined ? {} : set({}, row.onlyIf.field, row.onlyIf.is);
    // Volumes have a form of their own; a list item that is any map does not have it.
    if (row.field.at(-1) === 'volumes') continue;
    const v2 = set(condition, row.field, value);
    const v1 = SPEC.toV1(v2);
    assert.equal(get(v1, NOTES_IN_V1), undefined, `${row.field.join('.')}: ${JSON.stringify(value)} needs a note: ${JSON.stringify(v1)}`);
    assert.deepEqual(SPEC.toV2(v1), v2, row.field.join('.'));
  }
});

test('every v2 field has one row', () => {
  const fields = MAPPING.map(({ field }) => pointerOf(field));
  assert.deepEqual(fields.filter((field, index) => fields.indexOf(field) < index), []);
});

test('two fields are written to one v1 path only where another field tells them apart', () => {
  const written = MAPPING.filter(({ onlyIf }) => onlyIf === undefined).map(({ paths }) => pointerOf(paths[0] ?? []));
  assert.deepEqual(written.filter((path, index) => written.indexOf(path) < index), []);
});

/** v1 path under istio, its value, v2 field, its value: rows of spec/conversion-v1-v2.md that users meet. */
const BOTH_WAYS: readonly (readonly [string, Json, string, Json])[] = [
  ['global.mtls.enabled', true, 'security.dataPlane.mtls', true],
  ['global.mtls.auto', false, 'security.dataPlane.automtls', false],
  ['global.proxy.resources', { requests: { cpu: '100m', memory: '128Mi' } }, 'proxy.runtime.container.resources', { requests: { cpu: '100m', memory: '128Mi' } }],
  ['global.proxy.concurrency', 4, 'proxy.concurrency', 4],
  ['global.proxy.image', 'proxyv2', 'proxy.runtime.container.imageName', 'proxyv2'],
  ['global.proxy.includeInboundPorts', '*', 'proxy.networking.trafficControl.inbound.includedPorts', ['*']],
  ['global.proxy.excludeOutboundPorts', '80,443', 'proxy.networking.trafficControl.outbound.excludedPorts', [80, 443]],
  ['global.outboundTrafficPolicy.mode', 'REGISTRY_ONLY', 'proxy.networking.trafficControl.outbound.policy', 'REGISTRY_ONLY'],
  ['meshConfig.defaultConfig.proxyMetadata', { 'A.B': 'c' }, 'proxy.runtime.container.env', { 'A.B': 'c' }],
  ['sidecarInjectorWebhook.rewriteAppHTTPProbe', true, 'proxy.runtime.readiness.rewriteApplicationProbes', true],
  ['sidecarInjectorWebhook.enableNamespacesByDefault', true, 'proxy.injection.autoInject', true],
  ['istio_cni.enabled', false, 'proxy.networking.initialization.type', 'InitContainer'],
  ['gateways.enabled', true, 'gateways.enabled', true],
  ['gateways.istio-ingressgateway.ior_enabled', true, 'gateways.openshiftRoute.enabled', true],
  ['gateways.istio-ingressgateway.autoscaleEnabled', false, 'gateways.ingress.runtime.deployment.autoScaling.enabled', false],
  ['gateways.istio-egressgateway.replicaCount', 3, 'gateways.egress.runtime.deployment.replicas', 3],
  ['gateways.istio-ingressgateway.type', 'LoadBalancer', 'gateways.ingress.service.type', 'LoadBalancer'],
  ['gateways.istio-ingressgateway.serviceAnnotations', { a: 'b' }, 'gateways.ingress.service.metadata.annotations', { a: 'b' }],
  ['gateways.istio-egressgateway.env.ISTIO_META_REQUESTED_NETWORK_VIEW', 'n1,n2', 'gateways.egress.requestedNetworkView', ['n1', 'n2']],
  ['gateways.istio-ilbgateway.enabled', true, 'cluster.meshExpansion.ilbGateway.enabled', true],
  ['gateways.istio-ingressgateway.secretVolumes', [{ name: 'v', secretName: 's', mountPath: '/m' }], 'gateways.ingress.volumes',
    [{ volume: { secret: { secretName: 's' } }, volumeMount: { name: 'v', mountPath: '/m' } }]],
  ['gateways.mine.enabled', true, 'gateways.additionalIngress.mine.enabled', true],
  ['global.k8sIngress.enabled', true, 'gateways.ingress.ingress', true],
  ['mixer.policy.autoscaleEnabled', false, 'runtime.components/mixer.policy/deployment.autoScaling.enabled', false],
  ['mixer.telemetry.resources', { limits: { cpu: 1 } }, 'runtime.components/mixer.telemetry/container.resources', { limits: { cpu: 1 } }],
  ['pilot.autoscaleEnabled', false, 'runtime.components.pilot.deployment.autoScaling.enabled', false],
  ['pilot.env', { PILOT_X: '1' }, 'runtime.components.pilot.container.env', { PILOT_X: '1' }],
  ['pilot.env.ROOT_CA_DIR', '/etc/x', 'security.certificateAuthority.istiod.privateKey.rootCADir', '/etc/x'],
  ['pilot.traceSampling', 100, 'tracing.sampling', 10_000],
  ['tracing.enabled', true, 'tracing.type', 'Jaeger'],
  ['tracing.enabled', false, 'tracing.type', 'None'],
  ['tracing.jaeger.template', 'production-elasticsearch', 'addons.jaeger.install.storage.type', 'Elasticsearch'],
  ['tracing.jaeger.memory.max_traces', 5, 'addons.jaeger.install.storage.memory.maxTraces', 5],
  ['tracing.jaeger.agentImage', 'x', 'runtime.components/tracing.jaeger.agent/container.imageName', 'x'],
  ['kiali.enabled', true, 'addons.kiali.enabled', true],
  ['kiali.dashboard.viewOnlyMode', true, 'addons.kiali.install.dashboard.viewOnly', true],
  ['grafana.enabled', false, 'addons.grafana.enabled', false],
  ['grafana.ingress.hosts', ['g.x'], 'addons.grafana.install.service.ingress.hosts', ['g.x']],
  ['prometheus.retention', '6h', 'addons.prometheus.install.retention', '6h'],
  ['global.hub', 'quay.io/x', 'runtime.defaults.container.imageRegistry', 'quay.io/x'],
  ['global.imagePullSecrets', ['s'], 'runtime.defaults.container.imagePullSecrets', [{ name: 's' }]],
  ['global.defaultPodDisruptionBudget.enabled', false, 'runtime.defaults.deployment.podDisruption.enabled', false],
  ['global.clusterWide', true, 'mode', 'ClusterWide'],
  ['global.clusterWide', false, 'mode', 'MultiTenant'],
  ['global.multiCluster.clusterName', 'c1', 'cluster.name', 'c1'],
  ['global.meshNetworks', { n1: { endpoints: [{ fromRegistry: 'c1' }] } }, 'cluster.multiCluster.meshNetworks', { n1: { endpoints: [{ fromRegistry: 'c1' }] } }],
  ['global.jwtPolicy', 'third-party-jwt', 'security.identity.type', 'ThirdParty'],
  ['global.pilotCertProvider', 'istiod', 'security.controlPlane.certProvider', 'Istiod'],
  ['global.tls.cipherSuites', 'A,B', 'security.controlPlane.tls.cipherSuites', ['A', 'B']],
  ['global.caAddress', 'ca:443', 'security.certificateAuthority.custom.address', 'ca:443'],
  ['meshConfig.trustDomain', 'corp', 'security.trust.domain', 'corp'],
  ['global.logging.level', 'default:info', 'general.logging.componentLevels', { default: 'info' }],
  ['global.disablePolicyChecks', true, 'policy.mixer.enableChecks', false],
  ['telemetry.implementation', 'None', 'telemetry.type', 'None'],
  ['meshConfig.extensionProviders', [{ name: 'p', prometheus: {} }], 'meshConfig.extensionProviders', [{ name: 'p', prometheus: {} }]],
];

/** Dots separate, but for a name between slashes, which has dots of its own. */
function fieldPath(text: string): string[] {
  const [before = '', name, after] = text.split('/');
  return [...dotted(before), ...(name === undefined ? [] : [name]), ...(after === undefined ? [] : dotted(after))];
}

for (const [path, v1, field, v2] of BOTH_WAYS) {
  test(`istio.${path}: ${JSON.stringify(v1)} is ${field}: ${JSON.stringify(v2)}`, () => {
    const values = set({}, ['istio', ...dotted(path)], v1);
    const spec = set({}, fieldPath(field), v2);
    assert.deepEqual(SPEC.toV2(values), spec);
    assert.deepEqual(SPEC.toV1(spec), values);
  });
}

/** v1 values that v2 says with one field; the field they become. */
const READ_ONLY: readonly (readonly [string, Json, string, Json])[] = [
  ['meshConfig.concurrency', 3, 'proxy.concurrency', 3],
  ['galley.enableAnalysis', true, 'general.validationMessages', true],
  ['tracing.provider', 'stackdriver', 'tracing.type', 'Stackdriver'],
  ['global.proxy.tracer', 'zipkin', 'tracing.type', 'Jaeger'],
  ['telemetry.v2.enabled', true, 'telemetry.type', 'Istiod'],
  ['telemetry.enabled', false, 'telemetry.type', 'None'],
  ['mixer.policy.enabled', true, 'policy.type', 'Mixer'],
  ['global.proxy.autoInject', 'disabled', 'proxy.injection.autoInject', false],
  ['global.trustDomain', 'corp', 'security.trust.domain', 'corp'],
  ['global.proxy.accessLogFile', '/dev/stdout', 'proxy.accessLogging.file.name', '/dev/stdout'],
  ['pilot.traceSampling', '12.5', 'tracing.sampling', 1250],
  ['gateways.out.gatewayType', 'egress', 'techPreview.gateways.out.gatewayType', 'egress'],
];

for (const [path, v1, field, v2] of READ_ONLY) {
  test(`istio.${path}: ${JSON.stringify(v1)} is read as ${field}, and comes back as it was`, () => {
    const values = set({}, ['istio', ...dotted(path)], v1);
    const spec = SPEC.toV2(values);
    assert.deepEqual(get(spec, dotted(field)), v2);
    assert.deepEqual(SPEC.toV1(spec), values);
  });
}

test('an egress gateway of one\'s own is told from an ingress gateway by its type', () => {
  const values = { istio: { gateways: { out: { gatewayType: 'egress', enabled: true }, in: { enabled: true } } } };
  const spec = { gateways: { additionalEgress: { out: { enabled: true } }, additionalIngress: { in: { enabled: true } } } };
  assert.deepEqual(SPEC.toV2(values), spec);
  assert.deepEqual(SPEC.toV1(spec), values);
});

test('what v1 has a type of its own for, and v2 keeps as anything, does not get in the way of a v1 client, and is not lost', () => {
  const specs: readonly JsonObject[] = [
    { techPreview: { kiali: 5, global: 'text', x: 1 } },
    { techPreview: { gateways: { enabled: { a: 1 } }, pilot: { autoscaleMin: [1], env: { A: 'b' } } } },
    { gateways: { additionalIngress: { enabled: { enabled: true }, mine: { enabled: true } }, additionalEgress: { 'istio-ingressgateway': { enabled: true } } } },
    { template: 5, networkType: {}, techPreview: { '3scale': 7 } },
  ];
  for (const spec of specs) {
    const v1 = SPEC.toV1(spec);
    assert.equal(controlPlaneSpecV1Schema.safeParse(v1).success, true, JSON.stringify(v1));
    assert.deepEqual(SPEC.toV2(v1), spec);
  }
  assert.equal(get(SPEC.toV1(specs[0] ?? {}), ['istio', 'x']), 1);
  assert.equal(get(SPEC.toV1(specs[2] ?? {}), ['istio', 'gateways', 'mine', 'enabled']), true);
});

test('the address of istio-csr and of another authority share a v1 path; the type tells them apart', () => {
  const values = { istio: { pilot: { ca: { implementation: 'cert-manager' } }, global: { caAddress: 'csr:443' } } };
  const spec = { security: { certificateAuthority: { type: 'cert-manager', 'cert-manager': { address: 'csr:443' } } } };
  assert.deepEqual(SPEC.toV2(values), spec);
  assert.deepEqual(SPEC.toV1(spec), values);
});

test('host and port of an Envoy service are one address', () => {
  const values = { istio: { global: { proxy: { envoyMetricsService: { enabled: true, host: 'm.x', port: 9000 } } } } };
  const spec = { proxy: { envoyMetricsService: { enabled: true, address: 'm.x:9000' } } };
  assert.deepEqual(SPEC.toV2(values), spec);
  assert.deepEqual(SPEC.toV1(spec), values);
});

test('values of 3scale live beside istio', () => {
  const values = { threeScale: { enabled: true, PARAM_THREESCALE_LISTEN_ADDR: 3333, PARAM_THREESCALE_LOG_JSON: true } };
  const spec = { addons: { '3scale': { enabled: true, listen_addr: 3333, log_json: true } } };
  assert.deepEqual(SPEC.toV2(values), spec);
  assert.deepEqual(SPEC.toV1(spec), values);
});
