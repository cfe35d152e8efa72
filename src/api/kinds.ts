import type { ResourceType } from '../k8s/resource.ts';

/** Every kind that we read or write, once. Adding a row is what makes a kind known to plans, caches and generated RBAC. */

export const NAMESPACE: ResourceType = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false };
export const NODE: ResourceType = { group: '', version: 'v1', kind: 'Node', plural: 'nodes', namespaced: false };
export const POD: ResourceType = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };
export const SERVICE: ResourceType = { group: '', version: 'v1', kind: 'Service', plural: 'services', namespaced: true };
export const SERVICE_ACCOUNT: ResourceType = { group: '', version: 'v1', kind: 'ServiceAccount', plural: 'serviceaccounts', namespaced: true };
export const CONFIG_MAP: ResourceType = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true };
export const SECRET: ResourceType = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true };
export const EVENT: ResourceType = { group: '', version: 'v1', kind: 'Event', plural: 'events', namespaced: true };
export const DEPLOYMENT: ResourceType = { group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments', namespaced: true };
export const DAEMON_SET: ResourceType = { group: 'apps', version: 'v1', kind: 'DaemonSet', plural: 'daemonsets', namespaced: true };
export const STATEFUL_SET: ResourceType = { group: 'apps', version: 'v1', kind: 'StatefulSet', plural: 'statefulsets', namespaced: true };
export const HPA: ResourceType = { group: 'autoscaling', version: 'v2', kind: 'HorizontalPodAutoscaler', plural: 'horizontalpodautoscalers', namespaced: true };
export const PDB: ResourceType = { group: 'policy', version: 'v1', kind: 'PodDisruptionBudget', plural: 'poddisruptionbudgets', namespaced: true };
export const LEASE: ResourceType = { group: 'coordination.k8s.io', version: 'v1', kind: 'Lease', plural: 'leases', namespaced: true };
export const ROLE: ResourceType = { group: 'rbac.authorization.k8s.io', version: 'v1', kind: 'Role', plural: 'roles', namespaced: true };
export const ROLE_BINDING: ResourceType = { group: 'rbac.authorization.k8s.io', version: 'v1', kind: 'RoleBinding', plural: 'rolebindings', namespaced: true };
export const CLUSTER_ROLE: ResourceType = { group: 'rbac.authorization.k8s.io', version: 'v1', kind: 'ClusterRole', plural: 'clusterroles', namespaced: false };
export const CLUSTER_ROLE_BINDING: ResourceType = { group: 'rbac.authorization.k8s.io', version: 'v1', kind: 'ClusterRoleBinding', plural: 'clusterrolebindings', namespaced: false };
export const NETWORK_POLICY: ResourceType = { group: 'networking.k8s.io', version: 'v1', kind: 'NetworkPolicy', plural: 'networkpolicies', namespaced: true };
export const MUTATING_WEBHOOK: ResourceType = { group: 'admissionregistration.k8s.io', version: 'v1', kind: 'MutatingWebhookConfiguration', plural: 'mutatingwebhookconfigurations', namespaced: false };
export const VALIDATING_WEBHOOK: ResourceType = { group: 'admissionregistration.k8s.io', version: 'v1', kind: 'ValidatingWebhookConfiguration', plural: 'validatingwebhookconfigurations', namespaced: false };
export const CUSTOM_RESOURCE_DEFINITION: ResourceType = { group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition', plural: 'customresourcedefinitions', namespaced: false };
export const SUBJECT_ACCESS_REVIEW: ResourceType = { group: 'authorization.k8s.io', version: 'v1', kind: 'SubjectAccessReview', plural: 'subjectaccessreviews', namespaced: false };
export const SELF_SUBJECT_ACCESS_REVIEW: ResourceType = { group: 'authorization.k8s.io', version: 'v1', kind: 'SelfSubjectAccessReview', plural: 'selfsubjectaccessreviews', namespaced: false };
export const SELF_SUBJECT_REVIEW: ResourceType = { group: 'authentication.k8s.io', version: 'v1', kind: 'SelfSubjectReview', plural: 'selfsubjectreviews', namespaced: false };
export const CONTROL_PLANE: ResourceType = { group: 'maistra.io', version: 'v2', kind: 'ServiceMeshControlPlane', plural: 'servicemeshcontrolplanes', namespaced: true };
export const CONTROL_PLANE_V1: ResourceType = { group: 'maistra.io', version: 'v1', kind: 'ServiceMeshControlPlane', plural: 'servicemeshcontrolplanes', namespaced: true };
export const MEMBER_ROLL: ResourceType = { group: 'maistra.io', version: 'v1', kind: 'ServiceMeshMemberRoll', plural: 'servicemeshmemberrolls', namespaced: true };
export const MEMBER: ResourceType = { group: 'maistra.io', version: 'v1', kind: 'ServiceMeshMember', plural: 'servicemeshmembers', namespaced: true };
export const ROUTE: ResourceType = { group: 'route.openshift.io', version: 'v1', kind: 'Route', plural: 'routes', namespaced: true };
export const INGRESS: ResourceType = { group: 'networking.k8s.io', version: 'v1', kind: 'Ingress', plural: 'ingresses', namespaced: true };
export const INGRESS_CLASS: ResourceType = { group: 'networking.k8s.io', version: 'v1', kind: 'IngressClass', plural: 'ingressclasses', namespaced: false };
export const INGRESS_CONTROLLER: ResourceType = { group: 'operator.openshift.io', version: 'v1', kind: 'IngressController', plural: 'ingresscontrollers', namespaced: true };
export const CLUSTER_NETWORK_CONFIG: ResourceType = { group: 'config.openshift.io', version: 'v1', kind: 'Network', plural: 'networks', namespaced: false };
export const NETWORK_ATTACHMENT_DEFINITION: ResourceType = { group: 'k8s.cni.cncf.io', version: 'v1', kind: 'NetworkAttachmentDefinition', plural: 'network-attachment-definitions', namespaced: true };
export const GATEWAY: ResourceType = { group: 'networking.istio.io', version: 'v1', kind: 'Gateway', plural: 'gateways', namespaced: true };
export const VIRTUAL_SERVICE: ResourceType = { group: 'networking.istio.io', version: 'v1', kind: 'VirtualService', plural: 'virtualservices', namespaced: true };
export const DESTINATION_RULE: ResourceType = { group: 'networking.istio.io', version: 'v1', kind: 'DestinationRule', plural: 'destinationrules', namespaced: true };
export const PEER_AUTHENTICATION: ResourceType = { group: 'security.istio.io', version: 'v1', kind: 'PeerAuthentication', plural: 'peerauthentications', namespaced: true };
export const TELEMETRY: ResourceType = { group: 'telemetry.istio.io', version: 'v1', kind: 'Telemetry', plural: 'telemetries', namespaced: true };
export const KIALI: ResourceType = { group: 'kiali.io', version: 'v1alpha1', kind: 'Kiali', plural: 'kialis', namespaced: true };
/** Meshes of the Sail operator (OpenShift Service Mesh 3). */
export const ISTIO: ResourceType = { group: 'sailoperator.io', version: 'v1', kind: 'Istio', plural: 'istios', namespaced: false };
export const ISTIO_REVISION: ResourceType = { group: 'sailoperator.io', version: 'v1', kind: 'IstioRevision', plural: 'istiorevisions', namespaced: false };

/** All rows of this table. */
export const KINDS: readonly ResourceType[] = [
  NAMESPACE, NODE, POD, SERVICE, SERVICE_ACCOUNT, CONFIG_MAP, SECRET, EVENT, DEPLOYMENT, DAEMON_SET, STATEFUL_SET, HPA, PDB,
  LEASE, ROLE, ROLE_BINDING, CLUSTER_ROLE, CLUSTER_ROLE_BINDING, NETWORK_POLICY, MUTATING_WEBHOOK, VALIDATING_WEBHOOK, CUSTOM_RESOURCE_DEFINITION,
  SUBJECT_ACCESS_REVIEW, SELF_SUBJECT_ACCESS_REVIEW, SELF_SUBJECT_REVIEW, CONTROL_PLANE, CONTROL_PLANE_V1, MEMBER_ROLL, MEMBER, ROUTE, INGRESS, INGRESS_CLASS, INGRESS_CONTROLLER, CLUSTER_NETWORK_CONFIG, NETWORK_ATTACHMENT_DEFINITION,
  GATEWAY, VIRTUAL_SERVICE, DESTINATION_RULE, PEER_AUTHENTICATION, TELEMETRY, KIALI, ISTIO, ISTIO_REVISION,
];

const BY_KIND: ReadonlyMap<string, ResourceType> = new Map(KINDS.map((type) => [`${type.group}/${type.version}/${type.kind}`, type]));

/** The row for an apiVersion and kind, or undefined for a kind we do not know. */
export function findKind(apiVersion: string, kind: string): ResourceType | undefined {
  return BY_KIND.get(`${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}/${kind}`);
}
