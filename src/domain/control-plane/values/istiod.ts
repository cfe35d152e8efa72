import { sortedBy } from '../../../lib/sort.ts';
import { pullSecretsOf } from '../pod-spec.ts';
import { istioImage } from './images.ts';
import { clusterDomain, externalAuthority, istiodName, tokenAudience, type Spec, type ValuesInput } from './input.ts';
import { fieldEnv, limitEnv, mergeEnv, plainEnv, type EnvironmentVariable } from './environment.ts';
import { kubeconfigValues, type KubeconfigValues } from './kubeconfig.ts';
import { componentRuntime } from './runtime.ts';
import { isTracing, samplingPercent } from './tracing.ts';

/** `istiod` of the values. */
export interface IstiodValues {
  readonly name: string;
  /** Its ServiceAccount. */
  readonly account: string;
  /** Name of its cluster-scoped objects, and of its rights in members. */
  readonly clusterName: string;
  readonly networkPolicy: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly EnvironmentVariable[];
  readonly pullSecrets: readonly { readonly name: string }[];
  readonly files: IstiodFiles;
  /** Reads the whole cluster by itself: soft isolation. */
  readonly readsCluster: boolean;
  readonly kubeconfig: KubeconfigValues | false;
  /** ConfigMap with further roots for fetching JSON web keys; false when there are none. */
  readonly jwksRoots: { readonly configMap: string; readonly pem: string } | false;
}

/** Secrets and ConfigMaps that istiod reads as files. */
export interface IstiodFiles {
  /** The Secret `cacerts`; a mesh that asks for its own key waits for it. */
  readonly authoritySecretOptional: boolean;
  readonly authorityPath: string;
  /** The certificate that istiod serves with, when somebody else signs it. */
  readonly servingSecret: string;
  readonly servingSecretOptional: boolean;
  readonly rootConfigMap: string;
}

/** Names of istiod's settings in `runtime.components`. */
export const ISTIOD_RUNTIME_NAMES: readonly string[] = ['pilot'];

/** `default:warn,ads:debug`: the default level first, then the others by name. Source: Istio, `--log_output_level`. */
export function logLevels(spec: Spec): string {
  const { default: fallback = 'info', ...others } = spec.general?.logging?.componentLevels ?? {};
  const word = (level: string): string => (level === 'warning' ? 'warn' : level);
  return [`default:${word(fallback)}`, ...sortedBy(Object.entries(others), ([scope]) => scope).map(([scope, level]) => `${scope}:${word(level)}`)].join(',');
}

function args(spec: Spec): string[] {
  const maxAge = spec.proxy?.networking?.maxConnectionAge ?? '30m';
  return [
    // Configuration without TLS is for nobody: an empty address would serve it on port 8080 instead.
    'discovery', '--monitoringAddr=:15014', '--grpcAddr=127.0.0.1:15010', `--log_output_level=${logLevels(spec)}`,
    ...(spec.general?.logging?.logAsJSON === true ? ['--log_as_json'] : []),
    '--domain', clusterDomain(spec), '--keepaliveMaxServerConnectionAge', maxAge,
  ];
}

/**
 * What makes istiod a tenant's: it writes no webhook (an empty name switches the patcher off; the operator is the only writer),
 * no Gateway API (its controllers need rights in all namespaces), and decides native sidecars without looking at nodes.
 */
function tenantEnv(): EnvironmentVariable[] {
  return plainEnv({
    INJECTION_WEBHOOK_CONFIG_NAME: '',
    VALIDATION_WEBHOOK_CONFIG_NAME: '',
    PILOT_ENABLE_GATEWAY_API: 'false',
    PILOT_ENABLE_GATEWAY_API_STATUS: 'false',
    PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER: 'false',
    PILOT_ENABLE_GATEWAY_API_GATEWAYCLASS_CONTROLLER: 'false',
    PILOT_ENABLE_IP_AUTOALLOCATE: 'false',
    PILOT_ENABLE_WORKLOAD_ENTRY_AUTOREGISTRATION: 'false',
    ENABLE_NATIVE_SIDECARS: 'false',
    XDS_AUTH_PLAINTEXT: 'true',
  });
}

/**
 * Through the scoped API istiod has to speak JSON, which can be cut by object; protobuf cannot. Lists as watches are refused there, upon which client-go lists: asking for them at all (the
 * default from client-go 0.35, istiod 1.30, on) is one request in vain for each list.
 */
function kubeconfigEnv({ facts }: ValuesInput): EnvironmentVariable[] {
  return facts.isolation === 'soft' ? [] : plainEnv({ KUBECONFIG: '/var/run/secrets/remote/config', ISTIO_KUBE_CLIENT_CONTENT_TYPE: 'json', KUBE_FEATURE_WatchListClient: 'false' });
}

function identityEnv(input: ValuesInput): EnvironmentVariable[] {
  return [
    ...plainEnv({ REVISION: input.name, PILOT_CERT_PROVIDER: 'istiod' }),
    fieldEnv('POD_NAME', 'metadata.name'),
    fieldEnv('POD_NAMESPACE', 'metadata.namespace'),
    fieldEnv('SERVICE_ACCOUNT', 'spec.serviceAccountName'),
    ...(input.aliasHosts === undefined || input.aliasHosts.length === 0 ? [] : plainEnv({ ISTIOD_CUSTOM_HOST: input.aliasHosts.join(',') })),
    ...kubeconfigEnv(input),
  ];
}

/** Settings of the certificate authority, by the names istiod knows them by. */
function authorityEnv(spec: Spec): EnvironmentVariable[] {
  const authority = spec.security?.certificateAuthority?.istiod;
  const self = authority?.selfSigned;
  const values: Readonly<Record<string, string | undefined>> = {
    DEFAULT_WORKLOAD_CERT_TTL: authority?.workloadCertTTLDefault,
    MAX_WORKLOAD_CERT_TTL: authority?.workloadCertTTLMax,
    CITADEL_SELF_SIGNED_CA_CERT_TTL: self?.ttl,
    CITADEL_SELF_SIGNED_ROOT_CERT_GRACE_PERIOD_PERCENTILE: self?.gracePeriod?.replace('%', ''),
    CITADEL_SELF_SIGNED_ROOT_CERT_CHECK_INTERVAL: self?.checkPeriod,
    CITADEL_ENABLE_JITTER_FOR_ROOT_CERT_ROTATOR: self?.enableJitter === undefined ? undefined : String(self.enableJitter),
  };
  return Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
}

/** Where keys and tokens come from; with an authority elsewhere istiod signs nothing. */
function signingEnv(spec: Spec): EnvironmentVariable[] {
  const folder = spec.security?.certificateAuthority?.istiod?.privateKey?.rootCADir;
  const issuer = spec.security?.identity?.thirdParty?.issuer;
  return plainEnv({
    ...(folder === undefined ? {} : { ROOT_CA_DIR: folder }),
    ...(issuer === undefined ? {} : { TOKEN_ISSUER: issuer }),
    ...(externalAuthority(spec) === '' ? {} : { ENABLE_CA_SERVER: 'false' }),
  });
}

function meshEnv(input: ValuesInput): EnvironmentVariable[] {
  const { spec, facts } = input;
  const audience = tokenAudience(spec);
  return [
    ...plainEnv({
      PILOT_TRACE_SAMPLING: String(isTracing(input) ? samplingPercent(input) : 0),
      PILOT_ENABLE_ANALYSIS: String(spec.general?.validationMessages === true),
      CLUSTER_ID: spec.cluster?.name ?? 'Kubernetes',
      ...(audience === 'istio-ca' ? {} : { TOKEN_AUDIENCES: audience }),
      ...(facts.servesRoutes ? { PLATFORM: 'openshift' } : {}),
    }),
    limitEnv('GOMEMLIMIT', 'limits.memory'),
    limitEnv('GOMAXPROCS', 'limits.cpu'),
  ];
}

/** The files of istiod. cert-manager's istio-csr brings the serving certificate and the root. Source: Istio, `DefaultPilotTLSCert`. */
function filesOf(spec: Spec): IstiodFiles {
  const { type, istiod, 'cert-manager': certManager } = spec.security?.certificateAuthority ?? {};
  const { pilotSecretName = 'istiod-tls', rootCAConfigMapName = 'istio-ca-root-cert' } = certManager ?? {};
  return {
    authoritySecretOptional: istiod?.type !== 'PrivateKey',
    authorityPath: istiod?.privateKey?.rootCADir ?? '/etc/cacerts',
    servingSecret: pilotSecretName,
    servingSecretOptional: type !== 'cert-manager',
    rootConfigMap: rootCAConfigMapName,
  };
}

/** istiod of the mesh. Variables of `runtime.components.pilot.container.env` come last and win. Source: spec/istio-upstream.md 1.5. */
export function istiodValues(input: ValuesInput): IstiodValues {
  const runtime = componentRuntime(input.spec, ISTIOD_RUNTIME_NAMES);
  const name = istiodName(input);
  const roots = input.spec.security?.jwksResolverCA;
  return {
    name, account: name,
    files: filesOf(input.spec),
    readsCluster: input.facts.isolation === 'soft',
    kubeconfig: kubeconfigValues(input),
    jwksRoots: roots === undefined || roots === '' ? false : { configMap: `pilot-jwks-extra-cacerts-${input.name}`, pem: roots },
    clusterName: `${name}-${input.namespace}`,
    networkPolicy: `istio-${name}`,
    image: istioImage(input, 'istiod', input.spec.runtime?.components?.['pilot']?.container),
    args: args(input.spec),
    env: mergeEnv(identityEnv(input), tenantEnv(), authorityEnv(input.spec), signingEnv(input.spec), meshEnv(input), plainEnv(runtime.container?.env ?? {})),
    pullSecrets: pullSecretsOf(runtime),
  };
}
