import { CLUSTER_ROLE } from '../../api/kinds.ts';
import {
  CLUSTER_ROLE_CNI, CLUSTER_ROLE_GATEWAY, CLUSTER_ROLE_ISTIOD_CONTROL_PLANE, CLUSTER_ROLE_ISTIOD_MEMBER, CLUSTER_ROLE_ISTIOD_SOFT, CLUSTER_ROLE_KIALI,
  CLUSTER_ROLE_PROMETHEUS, CLUSTER_ROLE_RESTARTS, CLUSTER_ROLE_SCOPED_API, LABEL_MANAGED_BY, LABEL_PART_OF, MANAGED_BY, PART_OF,
} from '../../api/names.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { objectOf } from '../../k8s/resource.ts';
import { scopedApiRules } from '../scoped-api/rules.ts';

/** A rule of a ClusterRole, with the reason it is there. */
export interface SharedRule {
  readonly why: string;
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

const READ = ['get', 'list', 'watch'];

/** istiod's informers for Istio's own kinds; one informer per CRD (spec/istio-upstream.md 8). */
const ISTIO_KINDS: readonly SharedRule[] = [
  {
    why: 'mesh configuration: istiod never gets ready while the list of a kind is refused', apiGroups: ['networking.istio.io'], verbs: READ,
    resources: ['destinationrules', 'envoyfilters', 'gateways', 'proxyconfigs', 'serviceentries', 'sidecars', 'virtualservices', 'workloadentries', 'workloadgroups'],
  },
  { why: 'mesh configuration', apiGroups: ['security.istio.io'], resources: ['authorizationpolicies', 'peerauthentications', 'requestauthentications'], verbs: READ },
  { why: 'mesh configuration', apiGroups: ['telemetry.istio.io'], resources: ['telemetries'], verbs: READ },
  { why: 'mesh configuration', apiGroups: ['extensions.istio.io'], resources: ['trafficextensions', 'wasmplugins'], verbs: READ },
];

const WORKLOADS: readonly SharedRule[] = [
  { why: 'service registry', apiGroups: [''], resources: ['pods', 'services'], verbs: READ },
  { why: 'service registry', apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: READ },
  { why: "the schema list of istiod's config store always contains Ingress", apiGroups: ['networking.k8s.io'], resources: ['ingresses'], verbs: READ },
  ...ISTIO_KINDS,
];

/** Rules per shared role. Source: spec/istio-upstream.md 1.3, 1.4, 3.5, 5.3 and 6. None grants a write outside of a mesh. */
export const SHARED_ROLES: Readonly<Record<string, readonly SharedRule[]>> = {
  [CLUSTER_ROLE_ISTIOD_CONTROL_PLANE]: [
    { why: 'CA secret and its rotation; secrets of gateways beside istiod', apiGroups: [''], resources: ['secrets'], verbs: ['create', 'delete', ...READ, 'update'] },
    { why: 'mesh and injector configuration, election locks, root certificate', apiGroups: [''], resources: ['configmaps'], verbs: ['create', 'delete', ...READ, 'update'] },
    { why: 'elections', apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create', 'get', 'patch', 'update'] },
    // The control plane's namespace is also one of the mesh: what istiod may in members, beside its ConfigMaps.
    ...WORKLOADS,
  ],
  [CLUSTER_ROLE_ISTIOD_MEMBER]: [
    { why: 'istiod writes the root certificate to each namespace it serves', apiGroups: [''], resources: ['configmaps'], verbs: ['create', ...READ, 'update'] },
    ...WORKLOADS,
  ],
  [CLUSTER_ROLE_ISTIOD_SOFT]: [
    { why: 'unmodified istiod lists these for the whole cluster; this is what makes the mode soft', apiGroups: [''], resources: ['configmaps', 'namespaces', 'nodes', 'secrets'], verbs: READ },
    { why: 'which Istio kinds exist', apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'], verbs: READ },
    { why: 'read only: istiod watches them, the operator writes them', apiGroups: ['admissionregistration.k8s.io'], resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'], verbs: READ },
    { why: 'the ingress controller, when a mesh asks for it', apiGroups: ['networking.k8s.io'], resources: ['ingressclasses'], verbs: READ },
    { why: 'authenticates every proxy', apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
    { why: "may this gateway's account read secrets", apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
    ...WORKLOADS,
  ],
  [CLUSTER_ROLE_PROMETHEUS]: [
    { why: 'service discovery of scrape targets', apiGroups: [''], resources: ['pods'], verbs: READ },
  ],
  [CLUSTER_ROLE_KIALI]: [
    { why: 'Kiali asks for each namespace it may show', apiGroups: [''], resources: ['namespaces'], verbs: ['get'] },
    { why: 'the console shows workloads and their logs', apiGroups: [''], resources: ['configmaps', 'endpoints', 'pods', 'pods/log', 'services'], verbs: READ },
    { why: 'the console shows workloads', apiGroups: ['apps'], resources: ['daemonsets', 'deployments', 'replicasets', 'statefulsets'], verbs: READ },
    { why: 'the console shows workloads', apiGroups: ['batch'], resources: ['cronjobs', 'jobs'], verbs: READ },
    ...ISTIO_KINDS,
  ],
  [CLUSTER_ROLE_RESTARTS]: [
    { why: "the operator's own, in members of meshes with spec.updateStrategy.updateWorkloads: it restarts workloads for a new sidecar", apiGroups: ['apps'], resources: ['daemonsets', 'deployments', 'statefulsets'], verbs: ['patch'] },
  ],
  [CLUSTER_ROLE_GATEWAY]: [
    { why: 'istiod serves a credentialName only to a gateway whose account may list secrets beside it', apiGroups: [''], resources: ['secrets'], verbs: READ },
  ],
  [CLUSTER_ROLE_CNI]: [
    { why: 'the plug-in asks for the pod that is being created; the agent repairs pods of its node that it missed', apiGroups: [''], resources: ['pods'], verbs: READ },
    {
      why: 'OpenShift: the agent writes to folders of the node and enters network namespaces', apiGroups: ['security.openshift.io'],
      resources: ['securitycontextconstraints'], resourceNames: ['privileged'], verbs: ['use'],
    },
  ],
  [CLUSTER_ROLE_SCOPED_API]: scopedApiRules(),
};

/** The shared ClusterRoles as objects. */
export function sharedRoles(): readonly KubeObject[] {
  const labels = { [LABEL_MANAGED_BY]: MANAGED_BY, [LABEL_PART_OF]: PART_OF };
  return Object.entries(SHARED_ROLES).map(([name, rules]) =>
    objectOf(CLUSTER_ROLE, { name, labels }, { rules: rules.map(({ why: _why, ...rule }) => rule) }));
}
