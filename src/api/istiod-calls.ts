import type { ResourceType } from '../k8s/resource.ts';

/*
 * What istiod asks of an API server, once (spec/istio-upstream.md 3.5, and what pilot-discovery 1.31 was seen to send).
 * Everything that is not here is refused.
 */

/**
 * How a list or watch over the whole cluster is answered.
 * `filter`: read with our account, cut to the mesh. `gather`: read namespace by namespace with the caller's own token, so that Kubernetes
 * decides. `names`: as `filter`, for namespaces themselves. `empty`: an empty list that never changes. `whole`: as it is.
 */
export type Scope = 'filter' | 'gather' | 'names' | 'empty' | 'whole';

/** A kind istiod may list and watch for the whole cluster. */
export interface ScopedKind {
  readonly type: ResourceType;
  readonly scope: Scope;
}

const namespaced = (group: string, version: string, kind: string, plural: string): ResourceType => ({ group, version, kind, plural, namespaced: true });
const clusterWide = (group: string, version: string, kind: string, plural: string): ResourceType => ({ group, version, kind, plural, namespaced: false });

const NETWORKING: Readonly<Record<string, string>> = {
  destinationrules: 'DestinationRule', gateways: 'Gateway', serviceentries: 'ServiceEntry', sidecars: 'Sidecar', virtualservices: 'VirtualService',
  workloadentries: 'WorkloadEntry', workloadgroups: 'WorkloadGroup',
};
const SECURITY: Readonly<Record<string, string>> = {
  authorizationpolicies: 'AuthorizationPolicy', peerauthentications: 'PeerAuthentication', requestauthentications: 'RequestAuthentication',
};

function kindsOf(group: string, version: string, kinds: Readonly<Record<string, string>>): readonly ResourceType[] {
  return Object.entries(kinds).map(([plural, kind]) => namespaced(group, version, kind, plural));
}

const FILTERED: readonly ResourceType[] = [
  namespaced('', 'v1', 'Pod', 'pods'),
  namespaced('', 'v1', 'Service', 'services'),
  namespaced('discovery.k8s.io', 'v1', 'EndpointSlice', 'endpointslices'),
  namespaced('networking.k8s.io', 'v1', 'Ingress', 'ingresses'),
  ...kindsOf('networking.istio.io', 'v1', NETWORKING),
  namespaced('networking.istio.io', 'v1alpha3', 'EnvoyFilter', 'envoyfilters'),
  namespaced('networking.istio.io', 'v1beta1', 'ProxyConfig', 'proxyconfigs'),
  ...kindsOf('security.istio.io', 'v1', SECURITY),
  namespaced('telemetry.istio.io', 'v1', 'Telemetry', 'telemetries'),
  ...kindsOf('extensions.istio.io', 'v1alpha1', { wasmplugins: 'WasmPlugin', trafficextensions: 'TrafficExtension' }),
];

/** Their values are secrets, or as good as secrets: no account of ours ever reads them. */
const GATHERED: readonly ResourceType[] = [namespaced('', 'v1', 'Secret', 'secrets'), namespaced('', 'v1', 'ConfigMap', 'configmaps')];

/** Nothing in them is the tenant's; istiod only has to get an answer. */
const EMPTY: readonly ResourceType[] = [
  clusterWide('', 'v1', 'Node', 'nodes'),
  clusterWide('networking.k8s.io', 'v1', 'IngressClass', 'ingressclasses'),
  clusterWide('admissionregistration.k8s.io', 'v1', 'MutatingWebhookConfiguration', 'mutatingwebhookconfigurations'),
  clusterWide('admissionregistration.k8s.io', 'v1', 'ValidatingWebhookConfiguration', 'validatingwebhookconfigurations'),
];

const withScope = (scope: Scope) => (type: ResourceType): ScopedKind => ({ type, scope });

/** Every kind of a cluster-wide list or watch. */
export const SCOPED_KINDS: readonly ScopedKind[] = [
  ...FILTERED.map(withScope('filter')),
  ...GATHERED.map(withScope('gather')),
  { type: clusterWide('', 'v1', 'Namespace', 'namespaces'), scope: 'names' },
  ...EMPTY.map(withScope('empty')),
  // Which Istio kinds exist. Their client asks for protobuf, so the bytes pass as they are; a definition is nobody's secret.
  { type: clusterWide('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition', 'customresourcedefinitions'), scope: 'whole' },
];

/** Verbs on objects of one namespace, passed on with the caller's own token. */
export type ObjectVerb = 'get' | 'list' | 'create' | 'update' | 'patch' | 'delete';

const READ: readonly ObjectVerb[] = ['get', 'list'];
const WRITE: readonly ObjectVerb[] = [...READ, 'create', 'update', 'patch', 'delete'];

/** What may be asked about single namespaces, by `group/plural`; the rights of the caller decide further. Watching is listing. */
export const NAMESPACED_CALLS: ReadonlyMap<string, readonly ObjectVerb[]> = new Map([
  ...FILTERED.map(({ group, plural }) => [`${group}/${plural}`, READ] as const),
  ['/configmaps', WRITE], ['/secrets', WRITE], ['coordination.k8s.io/leases', ['get', 'list', 'create', 'update', 'patch']],
]);

/** Kinds that live in the namespace of the control plane only. */
export const HOME_ONLY: ReadonlySet<string> = new Set(['coordination.k8s.io/leases']);

/** Kinds that are read in members and written beside istiod only. */
export const WRITTEN_AT_HOME: ReadonlySet<string> = new Set(['/secrets']);
