import type { Json } from '../../lib/json.ts';
import { commaList, inverted, levels, numeric, percent, plain, scalarText, truth, words } from './codec.ts';
import { dotted, ISTIO, rows, type Row, type Values } from './row.ts';

/* spec/conversion-v1-v2.md 2: cluster, general, policy, security, telemetry, tracing, meshConfig. */

const CLUSTER = rows(ISTIO, [
  ['mode', 'global.clusterWide', words({ true: 'ClusterWide', false: 'MultiTenant' })],
  ['cluster.name', 'global.multiCluster.clusterName'],
  ['cluster.network', 'global.network'],
  ['cluster.multiCluster.enabled', 'global.multiCluster.enabled', truth],
  ['cluster.multiCluster.meshNetworks', 'global.meshNetworks'],
  ['cluster.meshExpansion.enabled', 'global.meshExpansion.enabled', truth],
]);

const GENERAL = rows(ISTIO, [
  ['general.validationMessages', ['global.istiod.enableAnalysis', 'galley.enableAnalysis'], truth],
  ['general.logging.componentLevels', 'global.logging.level', levels],
  ['general.logging.logAsJSON', 'global.logAsJson', truth],
]);

/** The first of the values that is one of the words, or what the rest says. */
function wordFrom(allowed: readonly string[], value: Json | undefined): string | undefined {
  return typeof value === 'string' && allowed.includes(value) ? value : undefined;
}

const IMPLEMENTATIONS = ['None', 'Mixer', 'Remote', 'Istiod'];

const POLICY_TYPE: Row = {
  field: dotted('policy.type'),
  paths: [dotted('istio.policy.implementation'), dotted('istio.mixer.policy.enabled')],
  read: ([implementation, mixer]) => wordFrom(IMPLEMENTATIONS, implementation) ?? words({ true: 'Mixer', false: 'None' }).toV2(mixer ?? null),
  write: (value) => [value],
};

const POLICY = [POLICY_TYPE, ...rows(ISTIO, [
  ['policy.mixer.enableChecks', 'global.disablePolicyChecks', inverted],
  ['policy.mixer.failOpen', 'global.policyCheckFailOpen', truth],
  ['policy.mixer.sessionAffinity', 'mixer.policy.sessionAffinityEnabled', truth],
  ['policy.mixer.adapters.useAdapterCRDs', 'mixer.policy.adapters.useAdapterCRDs', truth],
  ['policy.mixer.adapters.kubernetesenv', 'mixer.policy.adapters.kubernetesenv.enabled', truth],
  ['policy.remote.address', 'global.remotePolicyAddress'],
  ['policy.remote.createService', 'global.createRemoteSvcEndpoints', truth],
])];

const AUTHORITY = 'security.certificateAuthority';
const SELF_SIGNED = `${AUTHORITY}.istiod.selfSigned`;

// istio-csr and other authorities share one v1 path; the type tells them apart.
const CERT_MANAGER_ADDRESS: Row[] = rows(ISTIO, [[`${AUTHORITY}.cert-manager.address`, 'global.caAddress']])
  .map((row) => ({ ...row, onlyIf: { field: dotted(`${AUTHORITY}.type`), is: 'cert-manager' } }));

const SECURITY = [
  ...rows(ISTIO, [
    ['security.dataPlane.mtls', 'global.mtls.enabled', truth],
    ['security.dataPlane.automtls', ['global.mtls.auto', 'meshConfig.enableAutoMtls'], truth],
    ['security.controlPlane.mtls', 'global.controlPlaneSecurityEnabled', truth],
    ['security.controlPlane.certProvider', 'global.pilotCertProvider', words({ istiod: 'Istiod', kubernetes: 'Kubernetes', custom: 'Custom' })],
    ['security.controlPlane.tls.cipherSuites', 'global.tls.cipherSuites', commaList],
    ['security.controlPlane.tls.ecdhCurves', 'global.tls.ecdhCurves', commaList],
    ['security.controlPlane.tls.minProtocolVersion', 'global.tls.minProtocolVersion'],
    ['security.controlPlane.tls.maxProtocolVersion', 'global.tls.maxProtocolVersion'],
    ['security.trust.domain', ['meshConfig.trustDomain', 'global.trustDomain']],
    ['security.trust.additionalDomains', ['meshConfig.trustDomainAliases', 'global.trustDomainAliases']],
    [`${AUTHORITY}.type`, 'pilot.ca.implementation'],
    [`${AUTHORITY}.istiod.type`, 'security.selfSigned', words({ true: 'SelfSigned', false: 'PrivateKey' })],
    [`${AUTHORITY}.istiod.workloadCertTTLDefault`, ['pilot.env.DEFAULT_WORKLOAD_CERT_TTL', 'security.workloadCertTtl']],
    [`${AUTHORITY}.istiod.workloadCertTTLMax`, 'pilot.env.MAX_WORKLOAD_CERT_TTL'],
    [`${SELF_SIGNED}.ttl`, ['pilot.env.CITADEL_SELF_SIGNED_CA_CERT_TTL', 'security.env.CITADEL_SELF_SIGNED_CA_CERT_TTL']],
    [`${SELF_SIGNED}.gracePeriod`, ['pilot.env.CITADEL_SELF_SIGNED_ROOT_CERT_GRACE_PERIOD_PERCENTILE', 'security.env.CITADEL_SELF_SIGNED_ROOT_CERT_GRACE_PERIOD_PERCENTILE']],
    [`${SELF_SIGNED}.checkPeriod`, ['pilot.env.CITADEL_SELF_SIGNED_ROOT_CERT_CHECK_INTERVAL', 'security.env.CITADEL_SELF_SIGNED_ROOT_CERT_CHECK_INTERVAL']],
    [`${SELF_SIGNED}.enableJitter`, ['pilot.env.CITADEL_ENABLE_JITTER_FOR_ROOT_CERT_ROTATOR', 'security.env.CITADEL_ENABLE_JITTER_FOR_ROOT_CERT_ROTATOR'],
      { toV2: truth.toV2, toV1: scalarText }],
    [`${AUTHORITY}.istiod.privateKey.rootCADir`, 'pilot.env.ROOT_CA_DIR'],
  ]),
  ...CERT_MANAGER_ADDRESS,
  ...rows(ISTIO, [
    [`${AUTHORITY}.custom.address`, 'global.caAddress'],
    ['security.identity.type', 'global.jwtPolicy', words({ 'first-party-jwt': 'Kubernetes', 'third-party-jwt': 'ThirdParty' })],
    ['security.identity.thirdParty.issuer', 'pilot.env.TOKEN_ISSUER'],
    ['security.identity.thirdParty.audience', 'global.sds.token.aud'],
    ['security.manageNetworkPolicy', 'global.manageNetworkPolicy', truth],
    ['security.jwksResolverCA', 'pilot.jwksResolverExtraRootCA'],
  ]),
];

function telemetryTypeFrom([implementation, enabled, v2, mixer]: Values): string | undefined {
  const named = wordFrom(IMPLEMENTATIONS, implementation);
  if (named !== undefined) return named;
  const [isOn, byProxies, byMixer] = [enabled, v2, mixer].map((value) => truth.toV2(value ?? null));
  if (isOn === false) return 'None';
  if (byProxies === true) return 'Istiod';
  if (byMixer === true) return 'Mixer';
  return isOn === true ? 'Istiod' : undefined;
}

const TELEMETRY_TYPE: Row = {
  field: dotted('telemetry.type'),
  paths: ['telemetry.implementation', 'telemetry.enabled', 'telemetry.v2.enabled', 'mixer.telemetry.enabled'].map((path) => dotted(`istio.${path}`)),
  read: telemetryTypeFrom,
  write: (value) => [value],
};

const TELEMETRY = [TELEMETRY_TYPE, ...rows(ISTIO, [
  ['telemetry.mixer.sessionAffinity', 'mixer.telemetry.sessionAffinityEnabled', truth],
  ['telemetry.mixer.loadshedding.mode', 'mixer.telemetry.loadshedding.mode'],
  ['telemetry.mixer.loadshedding.latencyThreshold', 'mixer.telemetry.loadshedding.latencyThreshold'],
  ['telemetry.mixer.batching.maxEntries', 'mixer.telemetry.reportBatchMaxEntries', numeric],
  ['telemetry.mixer.batching.maxTime', 'mixer.telemetry.reportBatchMaxTime'],
  ['telemetry.mixer.adapters.useAdapterCRDs', 'mixer.adapters.useAdapterCRDs', truth],
  ['telemetry.mixer.adapters.kubernetesenv', 'mixer.adapters.kubernetesenv.enabled', truth],
  ['telemetry.mixer.adapters.stdio.enabled', 'mixer.adapters.stdio.enabled', truth],
  ['telemetry.mixer.adapters.stdio.outputAsJSON', 'mixer.adapters.stdio.outputAsJson', truth],
  ['telemetry.remote.address', 'global.remoteTelemetryAddress'],
])];

const PROVIDERS = words({ jaeger: 'Jaeger', zipkin: 'Jaeger', stackdriver: 'Stackdriver' });

const TRACING_TYPE: Row = {
  field: dotted('tracing.type'),
  paths: ['tracing.enabled', 'tracing.provider', 'global.proxy.tracer', 'global.enableTracing', 'meshConfig.enableTracing'].map((path) => dotted(`istio.${path}`)),
  // The provider, else the tracer, else the switch: an external Jaeger was configured with the switch off (v1.1).
  read: ([enabled, provider, tracer, enableTracing, inMeshConfig]) => {
    const named = provider ?? tracer;
    if (named !== undefined) return PROVIDERS.toV2(named);
    return words({ true: 'Jaeger', false: 'None' }).toV2(enabled ?? enableTracing ?? inMeshConfig ?? null);
  },
  write: (value) => (value === 'Stackdriver' ? [true, 'stackdriver'] : [value !== 'None']),
};

const TRACING = [TRACING_TYPE, ...rows(ISTIO, [['tracing.sampling', 'pilot.traceSampling', percent]])];

const MESH_CONFIG = rows(ISTIO, [
  ['meshConfig.extensionProviders', 'meshConfig.extensionProviders', plain],
  ['meshConfig.discoverySelectors', 'meshConfig.discoverySelectors', plain],
]);

/** In the order of spec/conversion-v1-v2.md 4. */
export const MESH_ROWS: readonly Row[] = [...CLUSTER, ...GENERAL, ...POLICY, ...SECURITY, ...TELEMETRY, ...TRACING, ...MESH_CONFIG];
