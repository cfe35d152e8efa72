import * as kinds from '../api/kinds.ts';
import {
  CLUSTER_ROLE_CNI, CLUSTER_ROLE_GATEWAY, CLUSTER_ROLE_ISTIOD_CONTROL_PLANE, CLUSTER_ROLE_ISTIOD_MEMBER, CLUSTER_ROLE_ISTIOD_SOFT,
  CLUSTER_ROLE_KIALI, CLUSTER_ROLE_PROMETHEUS, CLUSTER_ROLE_RESTARTS, CLUSTER_ROLE_SCOPED_API, CNI_DAEMON_SET, CNI_NAME,
} from '../api/names.ts';
import { crdNameOf, type ResourceType } from '../k8s/resource.ts';

/** One thing the operator writes, and why. Reads are not listed: they follow from the watch tables. */
export interface Write {
  readonly types: readonly ResourceType[];
  /** `apply` needs create and patch, `patch` patch, `remove` delete, `remove-all` deletecollection, `create` create, `status` patch of the status subresource. */
  readonly does: readonly ('apply' | 'patch' | 'remove' | 'remove-all' | 'create' | 'status')[];
  /** Limits the rule to these names; not possible for `create` alone. */
  readonly names?: readonly string[];
  /**
   * `definitions`: in the ClusterRole of its own that an administrator may leave out; `members`: not in the whole cluster, but by a RoleBinding in each
   * member of the meshes that ask for it (docs/permissions.md).
   */
  readonly role?: 'definitions' | 'members';
  readonly why: string;
}

/** The ClusterRoles that the operator installs and binds; it may hand out no others. */
export const SHARED_ROLE_NAMES: readonly string[] = [
  CLUSTER_ROLE_CNI, CLUSTER_ROLE_GATEWAY, CLUSTER_ROLE_ISTIOD_CONTROL_PLANE, CLUSTER_ROLE_ISTIOD_MEMBER, CLUSTER_ROLE_ISTIOD_SOFT,
  CLUSTER_ROLE_KIALI, CLUSTER_ROLE_PROMETHEUS, CLUSTER_ROLE_RESTARTS, CLUSTER_ROLE_SCOPED_API,
];

/** Istio's CRDs, as `npm run build` takes them out of Istio's module; a test holds this list against them. */
export const ISTIO_DEFINITIONS: readonly string[] = [
  ...['trafficextensions', 'wasmplugins'].map((plural) => `${plural}.extensions.istio.io`),
  ...['destinationrules', 'envoyfilters', 'gateways', 'proxyconfigs', 'serviceentries', 'sidecars', 'virtualservices', 'workloadentries', 'workloadgroups']
    .map((plural) => `${plural}.networking.istio.io`),
  ...['authorizationpolicies', 'peerauthentications', 'requestauthentications'].map((plural) => `${plural}.security.istio.io`),
  'telemetries.telemetry.istio.io',
];

/** All writes of all controllers. The executor's steps are a subset of it; a test plays every golden plan against this table. */
export const WRITES: readonly Write[] = [
  { types: [kinds.CONTROL_PLANE], does: ['patch', 'status'], why: 'finalizer and status of control planes' },
  { types: [kinds.MEMBER_ROLL], does: ['apply', 'patch', 'remove', 'status'], why: 'a roll made for the first member or for a mesh of the whole cluster, its removal, finalizers of the old operator, status' },
  { types: [kinds.MEMBER], does: ['patch', 'status'], why: 'finalizers of the old operator, status' },
  { types: [kinds.NAMESPACE], does: ['patch', 'status'], why: 'label maistra.io/member-of, the mark of leaving, and what a member through a roll alone has no other place for' },
  {
    types: [kinds.SERVICE_ACCOUNT, kinds.SERVICE, kinds.CONFIG_MAP, kinds.DEPLOYMENT, kinds.HPA, kinds.PDB, kinds.NETWORK_POLICY, kinds.ROLE, kinds.ROLE_BINDING,
      kinds.CLUSTER_ROLE_BINDING, kinds.MUTATING_WEBHOOK, kinds.VALIDATING_WEBHOOK, kinds.PEER_AUTHENTICATION, kinds.TELEMETRY, kinds.ROUTE, kinds.INGRESS, kinds.KIALI],
    does: ['apply', 'remove'], why: 'objects of control planes and of what meshes share, copies in members, Routes and Ingresses of IOR',
  },
  { types: [kinds.ROLE_BINDING, kinds.NETWORK_POLICY], does: ['remove-all'], why: 'copies in a member that leaves, by their label' },
  { types: [kinds.SECRET], does: ['create', 'remove'], why: 'minted passwords: created once, never read back' },
  { types: [kinds.CLUSTER_ROLE], does: ['apply'], names: SHARED_ROLE_NAMES, why: 'the shared roles' },
  { types: [kinds.DAEMON_SET], does: ['apply', 'remove'], names: [CNI_DAEMON_SET], why: 'the node plug-in that all meshes share' },
  { types: [kinds.NETWORK_ATTACHMENT_DEFINITION], does: ['apply', 'remove'], names: [CNI_NAME], why: 'how Multus finds the node plug-in' },
  { types: [kinds.CUSTOM_RESOURCE_DEFINITION], does: ['apply'], names: ISTIO_DEFINITIONS, role: 'definitions', why: "Istio's CRDs if nobody else owns them" },
  {
    types: [kinds.CUSTOM_RESOURCE_DEFINITION], does: ['patch'], names: [crdNameOf(kinds.CONTROL_PLANE)], role: 'definitions',
    why: 'spec.conversion of our own CRD; under OLM it is OLM that writes it',
  },
  { types: [kinds.DEPLOYMENT, kinds.STATEFUL_SET, kinds.DAEMON_SET], does: ['patch'], role: 'members', why: 'restarts of workloads for a new sidecar, where the mesh asks for them' },
  { types: [kinds.EVENT], does: ['create', 'patch'], why: 'Kubernetes Events' },
  { types: [kinds.SUBJECT_ACCESS_REVIEW], does: ['create'], why: 'may this user use that control plane' },
];
