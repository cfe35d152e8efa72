import { isJsonObject, type JsonObject } from '../../../lib/json.ts';
import { istioImage } from './images.ts';
import { authorityAddress, clusterDomain, trustDomain, type Spec, type ValuesInput } from './input.ts';
import { fieldEnv, limitEnv, mergeEnv, plainEnv, type EnvironmentVariable } from './environment.ts';
import { logLevels } from './istiod.ts';
import { podSecurity, routeHost } from './addon-access.ts';
import { proxyConfig } from './mesh.ts';
import { proxyLogging } from './injector.ts';
import { componentRuntime, type ComponentRuntime } from './runtime.ts';
import { jsonText } from './yaml-text.ts';

type Gateways = NonNullable<Spec['gateways']>;
type Ingress = NonNullable<Gateways['ingress']>;
type AnyGateway = Partial<Omit<Ingress, 'ingress' | 'meshExpansionPorts'> & Pick<NonNullable<Gateways['egress']>, 'requestedNetworkView'>>;
type Labels = Readonly<Record<string, string>>;

/** One gateway, as its templates see it. */
export interface GatewayValues {
  readonly name: string;
  readonly namespace: string;
  readonly component: 'istio-ingress' | 'istio-egress';
  readonly isIngress: boolean;
  readonly serviceAccount: string;
  readonly roleBinding: string;
  readonly labels: Labels;
  readonly selector: Labels;
  readonly podLabels: Labels;
  readonly podSecurity: Readonly<Record<string, unknown>>;
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly EnvironmentVariable[];
  readonly extraMounts: readonly JsonObject[];
  readonly extraVolumes: readonly JsonObject[];
  readonly serviceAnnotations: Labels;
  readonly serviceSpec: JsonObject;
  /** Ports of a NetworkPolicy. */
  readonly openPorts: readonly JsonObject[];
  readonly route: { readonly host: string; readonly labels: Labels; readonly annotations: Labels } | false;
  readonly runtime: ComponentRuntime;
}

interface Described {
  readonly name: string;
  readonly isIngress: boolean;
  readonly settings: AnyGateway;
  /** `istio` label of a gateway whose Service has no labels of its own. */
  readonly istioLabel: string;
  /** Ports of the Service besides the usual ones. */
  readonly morePorts?: readonly JsonObject[];
}

/** 15021 answers probes; 80 and 443 lead to ports that need no privilege. */
const INGRESS_PORTS: readonly JsonObject[] = [
  { name: 'status-port', port: 15_021, targetPort: 15_021, protocol: 'TCP' },
  { name: 'http2', port: 80, targetPort: 8080, protocol: 'TCP' },
  { name: 'https', port: 443, targetPort: 8443, protocol: 'TCP' },
];
const EGRESS_PORTS = INGRESS_PORTS.slice(1);

function labelsOf({ name, settings, istioLabel }: Described): Labels {
  return { app: name, istio: istioLabel, ...settings.service?.metadata?.labels };
}

/** The Service: the user's spec over ours; never his selector, which would take the gateway's pods away from it. */
function serviceSpec(gateway: Described): JsonObject {
  const { metadata: _metadata, selector: _selector, ...own } = gateway.settings.service ?? {};
  // Parsed ServiceSpec: plain JSON.
  const spec = own as JsonObject;
  const ports = Array.isArray(spec['ports']) && spec['ports'].length > 0 ? spec['ports'] : [...(gateway.isIngress ? INGRESS_PORTS : EGRESS_PORTS), ...gateway.morePorts ?? []];
  return { type: 'ClusterIP', ...spec, ports, selector: labelsOf(gateway) };
}

/** Where Envoy listens for what comes through the Service: the ports of its pods. */
function openPorts(spec: JsonObject): readonly JsonObject[] {
  const ports = (Array.isArray(spec['ports']) ? spec['ports'] : []).filter(isJsonObject).map(({ port, targetPort, protocol }): JsonObject => ({ port: targetPort ?? port, protocol: protocol ?? 'TCP' }));
  return [...new Map(ports.map((port) => [JSON.stringify(port), port])).values()];
}

/** v1 mounted two Secrets with files; Gateways that name these files still work. */
function fileVolumes({ name, settings }: Described): { readonly mounts: JsonObject[]; readonly volumes: JsonObject[] } {
  const folder = name.replace(/^istio-/, '');
  const secrets = [`${name}-certs`, `${name}-ca-certs`];
  const own = (settings.volumes ?? []).map(({ volume, volumeMount }, index) => ({ volume, volumeMount, name: volumeMount?.name ?? `volume-${index}` }));
  return {
    mounts: [
      { name: `${folder}-certs`, mountPath: `/etc/istio/${folder}-certs`, readOnly: true },
      { name: `${folder}-ca-certs`, mountPath: `/etc/istio/${folder}-ca-certs`, readOnly: true },
      ...own.map((entry) => ({ name: entry.name, mountPath: entry.volumeMount?.mountPath ?? `/etc/istio/${entry.name}`, readOnly: true })),
    ],
    volumes: [
      ...secrets.map((secretName) => ({ name: `${folder}${secretName.slice(name.length)}`, secret: { secretName, optional: true } })),
      // Parsed volume sources: plain JSON.
      ...own.map((entry) => ({ name: entry.name, ...entry.volume as JsonObject })),
    ],
  };
}

/**
 * How long an ingress gateway that was told to stop still serves. Istio's 5 s are as long as OpenShift's router may take to read its backends
 * anew (RELOAD_INTERVAL, at least 5 s), so that some requests would go to a gateway that is gone. It must stay below the pod's
 * termination grace period, 30 s by default. Annotation `proxy.istio.io/config` on the pods wins. Source: docs/adr/0055.
 */
const INGRESS_DRAIN = { terminationDrainDuration: '15s' };

/** What Istio's own gateway template would set, for this Deployment. Source: Istio, gateway injection template; spec/istio-upstream.md 4.1. */
function envOf(input: ValuesInput, gateway: Described, namespace: string, runtime: ComponentRuntime): EnvironmentVariable[] {
  const { spec } = input;
  const network = spec.cluster?.network;
  return mergeEnv(
    plainEnv({ PILOT_CERT_PROVIDER: 'istiod', CA_ADDR: authorityAddress(input) }),
    [
      fieldEnv('POD_NAME', 'metadata.name'), fieldEnv('POD_NAMESPACE', 'metadata.namespace'), fieldEnv('INSTANCE_IP', 'status.podIP'),
      fieldEnv('SERVICE_ACCOUNT', 'spec.serviceAccountName'), fieldEnv('HOST_IP', 'status.hostIP'), fieldEnv('ISTIO_META_NODE_NAME', 'spec.nodeName'),
      limitEnv('ISTIO_CPU_LIMIT', 'limits.cpu'), limitEnv('GOMEMLIMIT', 'limits.memory'), limitEnv('GOMAXPROCS', 'limits.cpu'),
    ],
    plainEnv({
      PROXY_CONFIG: jsonText({ ...proxyConfig(input), ...(gateway.isIngress ? INGRESS_DRAIN : {}) }),
      ISTIO_META_POD_PORTS: jsonText([{ name: 'http2', containerPort: 8080, protocol: 'TCP' }, { name: 'https', containerPort: 8443, protocol: 'TCP' }]),
      ISTIO_META_APP_CONTAINERS: '',
      ISTIO_META_CLUSTER_ID: spec.cluster?.name ?? 'Kubernetes',
      ISTIO_META_INTERCEPTION_MODE: 'REDIRECT',
      ISTIO_META_WORKLOAD_NAME: gateway.name,
      ISTIO_META_OWNER: `kubernetes://apis/apps/v1/namespaces/${namespace}/deployments/${gateway.name}`,
      ISTIO_META_MESH_ID: trustDomain(spec),
      TRUST_DOMAIN: trustDomain(spec),
      // istiod then sends no listener below port 1024, where this process could not bind.
      ISTIO_META_UNPRIVILEGED_POD: 'true',
      ...(network === undefined ? {} : { ISTIO_META_NETWORK: network }),
      ...(gateway.settings.routerMode === undefined ? {} : { ISTIO_META_ROUTER_MODE: gateway.settings.routerMode }),
      ...(gateway.settings.requestedNetworkView === undefined ? {} : { ISTIO_META_REQUESTED_NETWORK_VIEW: gateway.settings.requestedNetworkView.join(',') }),
      ...spec.proxy?.runtime?.container?.env,
      ...runtime.container?.env,
    }),
  );
}

function argsOf(spec: Spec): string[] {
  const { level, components } = proxyLogging(spec);
  return [
    'proxy', 'router', '--domain', `$(POD_NAMESPACE).svc.${clusterDomain(spec)}`,
    `--proxyLogLevel=${level}`, `--proxyComponentLogLevel=${components}`, `--log_output_level=${logLevels(spec)}`,
    ...(spec.general?.logging?.logAsJSON === true ? ['--log_as_json'] : []),
  ];
}

/** Only a Route of the gateway in the control plane's own namespace is ours to make. v1 always had it; v2 unless `routeConfig.enabled: false`. */
function routeOf(input: ValuesInput, gateway: Described, namespace: string): GatewayValues['route'] {
  const isWanted = gateway.isIngress && input.facts.servesRoutes && namespace === input.namespace && gateway.settings.routeConfig?.enabled !== false;
  if (!isWanted) return false;
  const { labels = {}, annotations = {} } = gateway.settings.routeConfig?.metadata ?? {};
  return { host: routeHost(input, gateway.name), labels: { ...labels, ...labelsOf(gateway) }, annotations };
}

/** What the injector would put on the pod, for istiod to know it by, and its refusal to be injected. */
function podLabels({ name }: Described, labels: Labels, network: string | undefined): Labels {
  return {
    ...labels, 'sidecar.istio.io/inject': 'false', 'service.istio.io/canonical-name': name.slice(0, 63), 'service.istio.io/canonical-revision': 'latest',
    ...(network === undefined ? {} : { 'topology.istio.io/network': network }),
  };
}

function gatewayValuesOf(input: ValuesInput, gateway: Described): GatewayValues {
  const { name, isIngress, settings } = gateway;
  const namespace = settings.namespace ?? input.namespace;
  const runtime = componentRuntime(input.spec, [], settings.runtime);
  const labels = labelsOf(gateway);
  const files = fileVolumes(gateway);
  const service = serviceSpec(gateway);
  return {
    name, namespace, isIngress, labels, runtime,
    component: isIngress ? 'istio-ingress' : 'istio-egress',
    serviceAccount: `${name}-service-account`,
    roleBinding: `${name}-sds`,
    selector: labels,
    podLabels: podLabels(gateway, labels, input.spec.cluster?.network),
    podSecurity: podSecurity(input, 1337),
    image: istioImage(input, 'proxy', settings.runtime?.container),
    args: argsOf(input.spec),
    env: envOf(input, gateway, namespace, runtime),
    extraMounts: files.mounts,
    extraVolumes: files.volumes,
    serviceAnnotations: settings.service?.metadata?.annotations ?? {},
    serviceSpec: service,
    openPorts: openPorts(service),
    route: routeOf(input, gateway, namespace),
  };
}

function additional(map: Readonly<Record<string, AnyGateway>> | undefined, isIngress: boolean): Described[] {
  const wanted = Object.entries(map ?? {}).filter(([, settings]) => settings.enabled === true).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return wanted.map(([name, settings]) => ({ name, isIngress, settings, istioLabel: name }));
}

/** Ports of istiod that machines outside of the cluster come to: certificates and configuration. The user's list replaces them. */
const EXPANSION_PORTS: readonly JsonObject[] = [{ name: 'tcp-istiod', port: 15_012, targetPort: 15_012, protocol: 'TCP' }];

function expansionPorts(spec: Spec): readonly JsonObject[] {
  if (spec.cluster?.meshExpansion?.enabled !== true) return [];
  // Parsed Service ports: plain JSON.
  return (spec.gateways?.ingress?.meshExpansionPorts ?? EXPANSION_PORTS) as readonly JsonObject[];
}

/** The internal load balancer for virtual machines; only when asked for. */
function ilbGateway(spec: Spec): Described[] {
  const { enabled, ilbGateway: settings } = spec.cluster?.meshExpansion ?? {};
  if (enabled === false || settings?.enabled !== true) return [];
  return [{ name: 'istio-ilbgateway', isIngress: true, settings: { ...settings, routeConfig: { enabled: false } }, istioLabel: 'ilbgateway', morePorts: EXPANSION_PORTS }];
}

function described(spec: Spec): Described[] {
  const { ingress, egress, additionalIngress, additionalEgress } = spec.gateways ?? {};
  const morePorts = expansionPorts(spec);
  return [
    ...(ingress?.enabled === false ? [] : [{ name: 'istio-ingressgateway', isIngress: true, settings: ingress ?? {}, istioLabel: 'ingressgateway', morePorts }]),
    ...(egress?.enabled === false ? [] : [{ name: 'istio-egressgateway', isIngress: false, settings: egress ?? {}, istioLabel: 'egressgateway' }]),
    ...additional(additionalIngress, true),
    ...additional(additionalEgress, false),
    ...ilbGateway(spec),
  ];
}

/** All gateways of the mesh: the two that everybody has, and additional ones that are switched on. None with `gateways.enabled: false`. */
export function gatewayValues(input: ValuesInput): readonly GatewayValues[] {
  return input.spec.gateways?.enabled === false ? [] : described(input.spec).map((gateway) => gatewayValuesOf(input, gateway));
}

/** Gateways whose namespace is not of this mesh; they are left out until it is. */
export function isInMesh(gateway: Pick<GatewayValues, 'namespace'>, input: Pick<ValuesInput, 'namespace' | 'members'>): boolean {
  return gateway.namespace === input.namespace || input.members.includes(gateway.namespace);
}

