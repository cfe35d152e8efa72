import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { istiodValues, logLevels } from '../../../../../src/domain/control-plane/values/istiod.ts';
import { meshConfig, meshValues } from '../../../../../src/domain/control-plane/values/mesh.ts';
import { tracingValues } from '../../../../../src/domain/control-plane/values/tracing.ts';
import { valueAt, type JsonObject } from '../../../../../src/lib/json.ts';
import { appliedSpec, MESH, NAME, OPENSHIFT, renderedObject, valuesInput } from '../../../../build/control-plane.ts';

const configOf = (spec: Parameters<typeof valuesInput>[0] = {}) => meshConfig(valuesInput(spec));
const envOf = (spec: Parameters<typeof valuesInput>[0] = {}, more = {}) =>
  Object.fromEntries(istiodValues(valuesInput(spec, more)).env.map(({ name, value }) => [name, value]));

test('a mesh is one among several: its root namespace, its members, its istiod', () => {
  const config = configOf();
  assert.equal(config['rootNamespace'], MESH);
  assert.deepEqual(config['discoverySelectors'], [{ matchLabels: { 'maistra.io/member-of': MESH } }]);
  assert.deepEqual(config['defaultConfig'], { discoveryAddress: `istiod-${NAME}.${MESH}.svc:15012`, tracing: { sampling: 1 } });
});

test('mutual TLS decides the mode of the mesh-wide PeerAuthentication', () => {
  assert.equal(meshValues(valuesInput()).mtlsMode, 'PERMISSIVE');
  assert.equal(meshValues(valuesInput({ security: { dataPlane: { mtls: true } } })).mtlsMode, 'STRICT');
});

test('words that YAML 1.1 takes for booleans reach istiod as words', () => {
  assert.match(meshValues(valuesInput()).config, /ingressControllerMode: "OFF"/);
  assert.equal(configOf({ gateways: { ingress: { ingress: true } } })['ingressControllerMode'], 'STRICT');
});

test('sampling is in hundredths of a percent', () => {
  assert.equal(tracingValues(valuesInput({ tracing: { sampling: 10_000 } })).samplingPercent, 100);
  assert.equal(tracingValues(valuesInput({ tracing: { sampling: 1 } })).samplingPercent, 0.01);
  assert.equal(envOf({ tracing: { sampling: 10_000 } })['PILOT_TRACE_SAMPLING'], '100');
});

test('without tracing nobody sends spans', () => {
  const config = configOf({ tracing: { type: 'None' } });
  assert.equal(config['enableTracing'], false);
  assert.deepEqual(config['extensionProviders'], []);
  assert.equal(envOf({ tracing: { type: 'None' } })['PILOT_TRACE_SAMPLING'], '0');
});

test("spans go to the mesh's own collector; a user's provider of the same name wins", () => {
  const own = { name: 'tmesh-tracing', zipkin: { service: 'z', port: 9411 } };
  assert.deepEqual(configOf()['extensionProviders'], [{ name: 'tmesh-tracing', opentelemetry: { service: `jaeger-collector.${MESH}.svc.cluster.local`, port: 4317 } }]);
  assert.deepEqual(configOf({ meshConfig: { extensionProviders: [own] } })['extensionProviders'], [own]);
});

test('metrics can be switched off for proxies that do not have the filter', () => {
  assert.deepEqual(configOf()['defaultProviders'], { metrics: ['prometheus'], tracing: ['tmesh-tracing'] });
  assert.deepEqual(configOf({ telemetry: { type: 'None' }, tracing: { type: 'None' } })['defaultProviders'], {});
});

test('sections of the spec have their effect on the mesh configuration', () => {
  const config = configOf({
    proxy: {
      concurrency: 4, adminPort: 15_001, accessLogging: { file: { name: '/dev/stdout', encoding: 'JSON', format: '%REQ%' } },
      networking: { trafficControl: { outbound: { policy: 'REGISTRY_ONLY' } }, protocol: { autoDetect: { timeout: '5s' } }, dns: { refreshRate: '10s' } },
    },
    security: { trust: { domain: 'td', additionalDomains: ['old'] }, dataPlane: { automtls: false }, controlPlane: { tls: { minProtocolVersion: 'TLSv1_3', cipherSuites: ['A'] } } },
    addons: { prometheus: { scrape: false } },
  });
  assert.deepEqual(config['outboundTrafficPolicy'], { mode: 'REGISTRY_ONLY' });
  assert.deepEqual([config['accessLogFile'], config['accessLogEncoding'], config['accessLogFormat']], ['/dev/stdout', 'JSON', '%REQ%']);
  assert.deepEqual([config['trustDomain'], config['trustDomainAliases']], ['td', ['old']]);
  assert.deepEqual([config['enableAutoMtls'], config['enablePrometheusMerge']], [false, false]);
  assert.deepEqual(config['meshMTLS'], { minProtocolVersion: 'TLSV1_3', cipherSuites: ['A'] });
  assert.deepEqual([config['protocolDetectionTimeout'], config['dnsRefreshRate']], ['5s', '10s']);
  assert.equal((config['defaultConfig'] as { concurrency?: number }).concurrency, 4);
});

test('networks of other clusters are in a file of their own', () => {
  const networks = { n: { endpoints: [{ fromRegistry: 'r' }], gateways: [{ address: '1.2.3.4', port: 443 }] } };
  assert.deepEqual(parse(meshValues(valuesInput({ cluster: { multiCluster: { meshNetworks: networks } } })).networks), { networks });
});

test('istiod is told what makes it a tenant: no webhook of its own, no Gateway API, no look at nodes', () => {
  const env = envOf();
  assert.deepEqual([env['INJECTION_WEBHOOK_CONFIG_NAME'], env['VALIDATION_WEBHOOK_CONFIG_NAME']], ['', '']);
  assert.deepEqual([env['PILOT_ENABLE_GATEWAY_API'], env['ENABLE_NATIVE_SIDECARS'], env['XDS_AUTH_PLAINTEXT']], ['false', 'false', 'true']);
  assert.equal(env['REVISION'], NAME);
  assert.equal('CA_TRUSTED_NODE_ACCOUNTS' in env, false);
});

test('variables of the user come last and win', () => {
  const spec = { runtime: { components: { pilot: { container: { env: { PILOT_ENABLE_GATEWAY_API: 'true', EXTRA: '1' } } } } } };
  const env = envOf(spec);
  assert.deepEqual([env['PILOT_ENABLE_GATEWAY_API'], env['EXTRA']], ['true', '1']);
  const names = istiodValues(valuesInput(spec)).env.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
});

test('the platform is named on OpenShift only', () => {
  assert.equal(envOf()['PLATFORM'], undefined);
  assert.equal(envOf({}, { facts: OPENSHIFT })['PLATFORM'], 'openshift');
});

test('settings of the certificate authority reach istiod by its own names', () => {
  const env = envOf({ security: { certificateAuthority: { istiod: { workloadCertTTLDefault: '1h', selfSigned: { ttl: '100h', gracePeriod: '20%', enableJitter: false } } } } });
  assert.equal(env['DEFAULT_WORKLOAD_CERT_TTL'], '1h');
  assert.equal(env['CITADEL_SELF_SIGNED_CA_CERT_TTL'], '100h');
  assert.equal(env['CITADEL_SELF_SIGNED_ROOT_CERT_GRACE_PERIOD_PERCENTILE'], '20');
  assert.equal(env['CITADEL_ENABLE_JITTER_FOR_ROOT_CERT_ROTATOR'], 'false');
});

test('log levels: the default first, the others by name', () => {
  assert.equal(logLevels(appliedSpec({ general: { logging: { componentLevels: { zed: 'debug', ads: 'warning' } } } })), 'default:warn,ads:warn,zed:debug');
  const args = istiodValues(valuesInput({ general: { logging: { logAsJSON: true } }, proxy: { networking: { clusterDomain: 'my.local', maxConnectionAge: '1h' } } })).args;
  assert.deepEqual(args, ['discovery', '--monitoringAddr=:15014', '--grpcAddr=127.0.0.1:15010', '--log_output_level=default:warn', '--log_as_json', '--domain', 'my.local', '--keepaliveMaxServerConnectionAge', '1h']);
});

test('proxies get environment and gRPC services; a service without address, or switched off, is none', () => {
  const service = { address: 'als.logs:9000', tcpKeepalive: { probes: 3 }, tlsSettings: { mode: 'SIMPLE' } };
  const config = configOf({ proxy: { runtime: { container: { env: { A: 'b' } } }, accessLogging: { envoyService: { enabled: true, ...service } }, envoyMetricsService: service } });
  assert.equal(config['enableEnvoyAccessLogService'], true);
  assert.deepEqual(config['defaultConfig'], { discoveryAddress: `istiod-${NAME}.${MESH}.svc:15012`, proxyMetadata: { A: 'b' }, envoyAccessLogService: service, envoyMetricsService: service, tracing: { sampling: 1 } });
  const off = configOf({ proxy: { accessLogging: { envoyService: { ...service, enabled: false } }, envoyMetricsService: { enabled: true } } });
  assert.deepEqual([off['enableEnvoyAccessLogService'], off['defaultConfig']], [undefined, configOf()['defaultConfig']]);
});

test('the own network of a cluster joins the networks of the mesh, unless it is described', () => {
  const networks = (multiCluster: JsonObject): unknown => parse(meshValues(valuesInput({ cluster: { name: 'east', network: 'net-a', multiCluster } })).networks);
  const own = { endpoints: [{ fromRegistry: 'east' }], gateways: [{ registryServiceName: `istio-ingressgateway.${MESH}.svc.cluster.local`, port: 443 }] };
  const far = { endpoints: [{ fromRegistry: 'west' }] };
  assert.deepEqual(networks({ enabled: true, meshNetworks: { far } }), { networks: { far, 'net-a': own } });
  assert.deepEqual(networks({ enabled: true, meshNetworks: { 'net-a': far } }), { networks: { 'net-a': far } });
  assert.deepEqual(networks({ meshNetworks: { far } }), { networks: { far } });
});

test('with an authority elsewhere istiod signs nothing, and takes its serving certificate from there', () => {
  const spec = { security: { certificateAuthority: { type: 'cert-manager', 'cert-manager': { address: 'istio-csr.cert-manager.svc:443', pilotSecretName: 'istiod-cert' } } } };
  assert.equal(envOf(spec)['ENABLE_CA_SERVER'], 'false');
  assert.equal(envOf()['ENABLE_CA_SERVER'], undefined);
  const { files } = istiodValues(valuesInput(spec));
  assert.deepEqual([files.servingSecret, files.servingSecretOptional, files.rootConfigMap], ['istiod-cert', false, 'istio-ca-root-cert']);
});

test('a mesh that is to sign with a key of its own waits for that key', () => {
  const volume = (istiod: JsonObject): unknown => {
    const pod = valueAt(renderedObject(valuesInput({ security: { certificateAuthority: { istiod } } }), 'Deployment', `istiod-${NAME}`), 'spec', 'template', 'spec', 'volumes');
    return Array.isArray(pod) ? pod.find((entry) => valueAt(entry, 'name') === 'cacerts') : undefined;
  };
  assert.deepEqual(volume({ type: 'PrivateKey' }), { name: 'cacerts', secret: { secretName: 'cacerts', optional: false } });
  assert.deepEqual(volume({}), { name: 'cacerts', secret: { secretName: 'cacerts', optional: true } });
});

test('TLS of old control planes is said in the words of Envoy; what Istio does not have is left out', () => {
  const of = (tls: JsonObject): JsonObject => meshConfig(valuesInput({ security: { controlPlane: { tls } } }));
  const config = of({ minProtocolVersion: 'TLSv1_2', cipherSuites: ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'], ecdhCurves: ['CurveP256', 'X25519'] });
  assert.deepEqual(config['meshMTLS'], { minProtocolVersion: 'TLSV1_2', cipherSuites: ['ECDHE-RSA-AES128-GCM-SHA256'] });
  assert.deepEqual(config['tlsDefaults'], { ecdhCurves: ['P-256', 'X25519'] });
  assert.equal(of({ minProtocolVersion: 'TLSv1_0' })['meshMTLS'], undefined);
});
