import { LABEL_MEMBER_OF } from '../../../api/names.ts';
import type { JsonObject } from '../../../lib/json.ts';
import { discoveryAddress, tokenAudience, trustDomain, type Spec, type ValuesInput } from './input.ts';
import { isTracing, samplingPercent, tracingProvider, TRACING_PROVIDER } from './tracing.ts';
import { present, yamlText } from './yaml-text.ts';

/** `mesh` of the values. */
export interface MeshValues {
  readonly configMap: string;
  readonly config: string;
  readonly networks: string;
  readonly mtlsMode: 'STRICT' | 'PERMISSIVE';
  readonly tokenAudience: string;
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
    tracing: isTracing(input) ? { sampling: samplingPercent(input) } : undefined,
  });
}

function accessLog(spec: Spec): JsonObject {
  const file = spec.proxy?.accessLogging?.file;
  return present({ accessLogFile: file?.name, accessLogEncoding: file?.encoding, accessLogFormat: file?.format });
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
  const cipherSuites = tls?.cipherSuites ?? [];
  if (tls?.minProtocolVersion === undefined && cipherSuites.length === 0) return undefined;
  const version = tls?.minProtocolVersion?.replace('TLSv', 'TLSV');
  return present({ minProtocolVersion: version, cipherSuites: cipherSuites.length === 0 ? undefined : [...cipherSuites] });
}

function security(spec: Spec): JsonObject {
  return { enableAutoMtls: spec.security?.dataPlane?.automtls ?? true, meshMTLS: tlsLimits(spec) };
}

function traffic(spec: Spec): JsonObject {
  const { trafficControl, protocol, dns } = spec.proxy?.networking ?? {};
  return {
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

function networks(spec: Spec): JsonObject {
  const meshNetworks = spec.cluster?.multiCluster?.meshNetworks;
  return { networks: meshNetworks ?? {} };
}

/** Configuration of the mesh as a whole. */
export function meshValues(input: ValuesInput): MeshValues {
  return {
    configMap: `istio-${input.name}`,
    config: yamlText(meshConfig(input)),
    networks: yamlText(networks(input.spec)),
    mtlsMode: input.spec.security?.dataPlane?.mtls === true ? 'STRICT' : 'PERMISSIVE',
    tokenAudience: tokenAudience(input.spec),
  };
}
