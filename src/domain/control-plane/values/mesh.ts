import { LABEL_MEMBER_OF } from '../../../api/names.ts';
import type { JsonObject } from '../../../lib/json.ts';
import { clusterDomain, discoveryAddress, tokenAudience, trustDomain, type Spec, type ValuesInput } from './input.ts';
import { isTracing, samplingPercent, tracingProvider, TRACING_PROVIDER } from './tracing.ts';
import { envoyCurves, envoySuites, lowestTlsVersion } from './tls-names.ts';
import { present, yamlText } from './yaml-text.ts';

type EnvoyService = NonNullable<NonNullable<Spec['proxy']>['envoyMetricsService']>;

/** `mesh` of the values. */
export interface MeshValues {
  readonly configMap: string;
  readonly config: string;
  readonly networks: string;
  readonly mtlsMode: 'STRICT' | 'PERMISSIVE';
  readonly tokenAudience: string;
}

/** A gRPC service of Envoy's; none without an address, or switched off. Source: Istio API, RemoteService. */
function remoteService(service: EnvoyService | undefined): JsonObject | undefined {
  if (service?.address === undefined || service.enabled === false) return undefined;
  // Parsed settings: plain JSON, in Istio's own words.
  const { address, tlsSettings, tcpKeepalive } = service as JsonObject;
  return present({ address, tlsSettings, tcpKeepalive });
}

/** Environment and gRPC services of every proxy. */
function processSettings({ proxy }: Spec): JsonObject {
  return {
    proxyMetadata: proxy?.runtime?.container?.env,
    envoyAccessLogService: remoteService(proxy?.accessLogging?.envoyService),
    envoyMetricsService: remoteService(proxy?.envoyMetricsService),
  };
}

/** `defaultConfig`: what every proxy of the mesh starts with. Also PROXY_CONFIG of the gateways. Source: Istio API, ProxyConfig. */
export function proxyConfig(input: ValuesInput): JsonObject {
  const { proxy } = input.spec;
  return present({
    discoveryAddress: discoveryAddress(input),
    concurrency: proxy?.concurrency,
    proxyAdminPort: proxy?.adminPort,
    statusPort: proxy?.runtime?.readiness?.statusPort,
    interceptionMode: proxy?.networking?.trafficControl?.inbound?.interceptionMode,
    ...processSettings(input.spec),
    tracing: isTracing(input) ? { sampling: samplingPercent(input) } : undefined,
  });
}

function accessLog(spec: Spec): JsonObject {
  const { file, envoyService } = spec.proxy?.accessLogging ?? {};
  const isRemote = remoteService(envoyService) !== undefined;
  return present({
    accessLogFile: file?.name, accessLogEncoding: file?.encoding, accessLogFormat: file?.format,
    enableEnvoyAccessLogService: isRemote ? true : undefined,
  });
}

/** Metrics need Istio's own proxy image; `telemetry.type: None` leaves them out for others. */
function defaultProviders(input: ValuesInput): JsonObject {
  const metrics = input.spec.telemetry?.type === 'None' ? undefined : ['prometheus'];
  return present({ metrics, tracing: isTracing(input) ? [TRACING_PROVIDER] : undefined });
}

/** Providers of the user, and ours; a user's provider of our name wins. */
function extensionProviders(input: ValuesInput): readonly JsonObject[] {
  // Parsed JSON of the user; its fields are Istio's own words.
  const own = (input.spec.meshConfig?.extensionProviders ?? []) as readonly JsonObject[];
  const ours = isTracing(input) ? [tracingProvider(input)] : [];
  return [...ours.filter(({ name }) => !own.some((provider) => provider['name'] === name)), ...own];
}

function tlsLimits(spec: Spec): JsonObject | undefined {
  const tls = spec.security?.controlPlane?.tls;
  const cipherSuites = envoySuites(tls?.cipherSuites);
  const version = lowestTlsVersion(tls?.minProtocolVersion);
  if (version === undefined && cipherSuites.length === 0) return undefined;
  return present({ minProtocolVersion: version, cipherSuites: cipherSuites.length === 0 ? undefined : cipherSuites });
}

function security(spec: Spec): JsonObject {
  const curves = envoyCurves(spec.security?.controlPlane?.tls?.ecdhCurves);
  return {
    enableAutoMtls: spec.security?.dataPlane?.automtls ?? true,
    meshMTLS: tlsLimits(spec),
    tlsDefaults: curves.length === 0 ? undefined : { ecdhCurves: curves },
  };
}

function traffic(spec: Spec): JsonObject {
  const { trafficControl, protocol, dns, connectionTimeout } = spec.proxy?.networking ?? {};
  return {
    connectTimeout: connectionTimeout,
    ingressControllerMode: spec.gateways?.ingress?.ingress === true ? 'STRICT' : 'OFF',
    outboundTrafficPolicy: { mode: trafficControl?.outbound?.policy ?? 'ALLOW_ANY' },
    protocolDetectionTimeout: protocol?.autoDetect?.timeout,
    dnsRefreshRate: dns?.refreshRate,
  };
}

/**
 * MeshConfig of the mesh (key `mesh` of ConfigMap istio-<revision>). Source: spec/istio-upstream.md 1.6.
 * The root namespace and the discovery selector are what makes it one mesh among several.
 */
export function meshConfig(input: ValuesInput): JsonObject {
  const { spec, namespace } = input;
  return present({
    rootNamespace: namespace,
    trustDomain: trustDomain(spec),
    trustDomainAliases: spec.security?.trust?.additionalDomains,
    discoverySelectors: [{ matchLabels: { [LABEL_MEMBER_OF]: namespace } }],
    defaultConfig: proxyConfig(input),
    defaultProviders: defaultProviders(input),
    extensionProviders: extensionProviders(input),
    ...security(spec),
    ...traffic(spec),
    enablePrometheusMerge: spec.addons?.prometheus?.scrape ?? true,
    enableTracing: isTracing(input),
    ...accessLog(spec),
  });
}

/**
 * The networks of the mesh. With `multiCluster.enabled` this cluster's own is one of them, reached through the ingress gateway,
 * unless the user describes it himself. Source: spec/conversion-v1-v2.md 2, `global.meshNetworks`.
 */
function networks({ spec, namespace }: ValuesInput): JsonObject {
  const { name, network, multiCluster } = spec.cluster ?? {};
  // Parsed networks: plain JSON.
  const all = (multiCluster?.meshNetworks ?? {}) as JsonObject;
  if (multiCluster?.enabled !== true || network === undefined || Object.hasOwn(all, network)) return { networks: all };
  const gateway = { registryServiceName: `istio-ingressgateway.${namespace}.svc.${clusterDomain(spec)}`, port: 443 };
  return { networks: { ...all, [network]: { endpoints: [{ fromRegistry: name ?? 'Kubernetes' }], gateways: [gateway] } } };
}

/** Configuration of the mesh as a whole. */
export function meshValues(input: ValuesInput): MeshValues {
  return {
    configMap: `istio-${input.name}`,
    config: yamlText(meshConfig(input)),
    networks: yamlText(networks(input)),
    mtlsMode: input.spec.security?.dataPlane?.mtls === true ? 'STRICT' : 'PERMISSIVE',
    tokenAudience: tokenAudience(input.spec),
  };
}
