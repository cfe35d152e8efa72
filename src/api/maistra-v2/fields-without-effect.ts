/*
 * Fields that are accepted, kept, and do nothing on the Istio versions this operator installs (1.29 and newer): data only.
 * The admission warning and docs/fields-without-effect.md come from here. A test sets every field of the schema:
 * it either changes what is rendered, or has a row here; and no row is about a field that does something.
 */

/** One row: a field, or everything below it. */
export interface FieldWithoutEffect {
  /** Keys below `spec`. `*` is any key of a map. */
  readonly path: readonly string[];
  /** Only these values have no effect; absent: all. */
  readonly values?: readonly string[];
  /** Why, as the rest of a sentence that starts with "because". */
  readonly because: string;
  /** What to do, as a sentence. */
  readonly instead: string;
}

const row = (path: string, because: string, instead: string, values?: readonly string[]): FieldWithoutEffect =>
  ({ path: path.split('.'), because, instead, ...(values === undefined ? {} : { values }) });

const MIXER = 'Mixer ended with Istio 1.7';
const STACKDRIVER = 'Istio has no Stackdriver client any more';

const CLUSTER_WIDE: readonly FieldWithoutEffect[] = [
  row('meshConfig.discoverySelectors', 'istiod looks at the members of its mesh, with mode ClusterWide too', 'Select the namespaces in the ServiceMeshMemberRoll.'),
];

const POLICY: readonly FieldWithoutEffect[] = [
  row('policy.type', MIXER, 'Write AuthorizationPolicies.', ['Mixer', 'Remote', 'Istiod']),
  row('policy.mixer', MIXER, 'Write AuthorizationPolicies.'),
  row('policy.remote', MIXER, 'Write AuthorizationPolicies.'),
];

const TELEMETRY: readonly FieldWithoutEffect[] = [
  row('telemetry.type', `${MIXER}; the proxies report by themselves`, 'Use Istiod or None, and Telemetry resources.', ['Mixer', 'Remote']),
  row('telemetry.mixer', `${MIXER}; the proxies report by themselves`, 'Write Telemetry resources.'),
  row('telemetry.remote', `${MIXER}; the proxies report by themselves`, 'Write Telemetry resources.'),
];

const PROXY: readonly FieldWithoutEffect[] = [
  row('proxy.networking.protocol.autoDetect.inbound', 'Istio always detects protocols of ports that do not name theirs', 'Name the port or set its appProtocol.'),
  row('proxy.networking.protocol.autoDetect.outbound', 'Istio always detects protocols of ports that do not name theirs', 'Name the port or set its appProtocol.'),
];

const SECURITY: readonly FieldWithoutEffect[] = [
  row('security.controlPlane.mtls', 'proxies always speak mutual TLS to istiod', 'Remove it.'),
  row('security.controlPlane.certProvider', 'proxies check istiod by the root that istiod publishes', 'Choose who signs in security.certificateAuthority.', ['Kubernetes', 'Custom']),
  row('security.controlPlane.tls.minProtocolVersion', 'Istio never speaks less than TLS 1.2', 'Set TLSv1_2 or TLSv1_3, or remove it.', ['TLSv1_0', 'TLSv1_1']),
  row('security.controlPlane.tls.maxProtocolVersion', 'Istio has a lowest TLS version and no highest', 'Remove it.'),
  row('security.identity.type', 'Istio accepts projected (ThirdParty) tokens only', 'Remove it.'),
];

const GATEWAY_SIDES = ['gateways.ingress', 'gateways.egress', 'gateways.additionalIngress.*', 'gateways.additionalEgress.*', 'cluster.meshExpansion.ilbGateway'];

const GATEWAYS: readonly FieldWithoutEffect[] = [
  ...GATEWAY_SIDES.map((side) => row(`${side}.service.selector`, 'another selector would take the pods of the gateway away from its Service', 'Set service.metadata.labels: pods and selector have them.')),
  ...['gateways.ingress', 'gateways.additionalIngress.*'].map((side) => row(`${side}.sds`, 'gateways always fetch certificates from Secrets by themselves', 'Set credentialName in the Gateway.')),
];

const OLD_COMPONENTS: readonly (readonly [name: string, because: string])[] = [
  ['security', 'Citadel is part of istiod'], ['galley', 'Galley is part of istiod'], ['sidecarInjectorWebhook', 'the injector is part of istiod'],
  ['mixer', MIXER], ['mixer.policy', MIXER], ['mixer.telemetry', MIXER], ['3scale', 'the 3scale adapter needed Mixer'],
  ['tracing.jaeger.elasticsearch', 'Jaeger is one process here'], ['tracing.jaeger.agent', 'Jaeger is one process here'],
  ['tracing.jaeger.collector', 'Jaeger is one process here'], ['tracing.jaeger.query', 'Jaeger is one process here'],
  ['wasmExtensions.cacher', 'proxies fetch WebAssembly modules by themselves'], ['rateLimiting.rls', 'no rate limit service is installed'],
];

const INSTEAD_OF_COMPONENT: Readonly<Record<string, string>> = {
  mixer: 'Remove it.', 'mixer.policy': 'Remove it.', 'mixer.telemetry': 'Remove it.',
  'wasmExtensions.cacher': 'Write WasmPlugins.', 'rateLimiting.rls': 'Run your own service and name it in an EnvoyFilter.', '3scale': 'Use external authorization (meshConfig.extensionProviders).',
};

function componentRow(name: string, below: readonly string[], because: string, instead: string): FieldWithoutEffect {
  return { path: ['runtime', 'components', name, ...below], because, instead };
}

function insteadOf(name: string): string {
  return INSTEAD_OF_COMPONENT[name] ?? (name.startsWith('tracing') ? 'Set runtime.components["tracing.jaeger"].' : 'Set runtime.components.pilot.');
}

const COMPONENTS: readonly FieldWithoutEffect[] = [
  ...OLD_COMPONENTS.map(([name, because]) => componentRow(name, [], because, insteadOf(name))),
  ...['deployment', 'pod'].map((part) => componentRow('global.oauthproxy', [part], 'the proxy is a container in the pods of the add-ons', 'Set the runtime of the add-on.')),
  componentRow('global.oauthproxy', ['container', 'imagePullSecrets'], 'the proxy is a container in the pods of the add-ons', 'Set the runtime of the add-on.'),
  componentRow('global.oauthproxy', ['container', 'env'], 'the proxy takes its settings as arguments', 'Remove it.'),
];

const ADDON_SERVICES = ['addons.prometheus.install.service', 'addons.grafana.install.service', 'addons.kiali.install.service'];

const ADDONS: readonly FieldWithoutEffect[] = [
  ...ADDON_SERVICES.flatMap((service) => [
    row(`${service}.ingress.contextPath`, 'the console is served at the root of a host of its own', 'Set ingress.hosts.'),
    row(`${service}.ingress.tls`, 'the Route of the console always ends in the login proxy, with the certificate of the router', 'Remove it.'),
  ]),
  row('addons.prometheus.metricsExpiryDuration', 'it was a setting of the Mixer adapter', 'Set addons.prometheus.install.retention.'),
  row('addons.prometheus.install.useTLS', 'proxies serve their metrics on ports that are outside of mutual TLS; NetworkPolicies guard them', 'Remove it.'),
  row('addons.grafana.install.persistence', 'dashboards and data sources come from ConfigMaps, and nothing else is kept', 'Run your own Grafana and name it in addons.grafana.address.'),
  row('addons.jaeger.install.storage.type', 'the Jaeger of a mesh keeps its traces in memory', 'Run your own Jaeger and name it in meshConfig.extensionProviders.', ['Elasticsearch']),
  row('addons.jaeger.install.storage.elasticsearch', 'the Jaeger of a mesh keeps its traces in memory', 'Run your own Jaeger and name it in meshConfig.extensionProviders.'),
  row('addons.stackdriver', STACKDRIVER, 'Use an opentelemetry provider in meshConfig.extensionProviders, and Telemetry resources.'),
  row('addons.3scale', 'the 3scale adapter needed Mixer', 'Use external authorization (meshConfig.extensionProviders).'),
];

const PREVIEW: readonly FieldWithoutEffect[] = [
  row('techPreview.controlPlaneMode', 'it was a switch of version 2.3', 'Set spec.mode.'),
  row('techPreview.gatewayAPI', 'the Gateway API controllers of istiod need rights in all namespaces', 'Use Istio Gateways.'),
  row('techPreview.rateLimiting', 'no rate limit service is installed', 'Run your own service and name it in an EnvoyFilter.'),
  row('techPreview.wasmExtensions', 'proxies fetch WebAssembly modules by themselves', 'Write WasmPlugins.'),
  row('techPreview.*', 'no field of this version stands for this Helm value', 'Look for the field in the API reference, or remove it.'),
];

/** The table. Of two rows that fit, the first counts. */
export const FIELDS_WITHOUT_EFFECT: readonly FieldWithoutEffect[] = [
  ...CLUSTER_WIDE, ...POLICY, ...TELEMETRY, ...PROXY, ...SECURITY, ...GATEWAYS, ...COMPONENTS, ...ADDONS, ...PREVIEW,
];
