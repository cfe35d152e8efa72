import { CONFIG_MAP, CUSTOM_RESOURCE_DEFINITION, EVENT, MUTATING_WEBHOOK, NAMESPACE, NODE, VALIDATING_WEBHOOK } from '../../api/kinds.ts';
import { CRL_CONFIGMAP, LABEL_MANAGED_BY, MANAGED_BY, ROOT_CERT_CONFIGMAP } from '../../api/names.ts';
import { labelOf, type KubeObject } from '../../k8s/object.ts';
import type { ResourceType } from '../../k8s/resource.ts';

/** Groups whose kinds are all of interest. */
function isMeshGroup(group: string): boolean {
  return group.endsWith('.istio.io') || ['maistra.io', 'kiali.io', 'gateway.networking.k8s.io', 'route.openshift.io', 'k8s.cni.cncf.io'].includes(group);
}

/** Of Kubernetes' own groups, what a mesh consists of or depends on. */
const PLURALS: Readonly<Record<string, readonly string[]>> = {
  '': ['configmaps', 'endpoints', 'persistentvolumeclaims', 'pods', 'resourcequotas', 'secrets', 'serviceaccounts', 'services'],
  apps: ['daemonsets', 'deployments', 'replicasets', 'statefulsets'],
  autoscaling: ['horizontalpodautoscalers'],
  'coordination.k8s.io': ['leases'],
  'discovery.k8s.io': ['endpointslices'],
  'networking.k8s.io': ['ingresses', 'networkpolicies'],
  policy: ['poddisruptionbudgets'],
  'rbac.authorization.k8s.io': ['rolebindings', 'roles'],
};

/** True for the groups that discovery is asked for. */
export function isWantedGroup(group: string): boolean {
  return isMeshGroup(group) || group in PLURALS;
}

/** True for kinds of which every object in the namespaces of a mesh is taken. Events come as a text of their own. */
export function isWantedKind(type: ResourceType): boolean {
  return type.namespaced && type.plural !== EVENT.plural && (isMeshGroup(type.group) || (PLURALS[type.group] ?? []).includes(type.plural));
}

/** Kinds without a namespace. */
export const CLUSTER_KINDS: readonly ResourceType[] = [
  NODE, MUTATING_WEBHOOK, VALIDATING_WEBHOOK, CUSTOM_RESOURCE_DEFINITION,
  { group: 'rbac.authorization.k8s.io', version: 'v1', kind: 'ClusterRole', plural: 'clusterroles', namespaced: false },
  { group: 'rbac.authorization.k8s.io', version: 'v1', kind: 'ClusterRoleBinding', plural: 'clusterrolebindings', namespaced: false },
];

const isOurs = (object: KubeObject): boolean => labelOf(object, LABEL_MANAGED_BY) === MANAGED_BY;
const NAME_OF_OURS = /istio|tmesh|tenant-mesh|kiali|maistra/;

/** Of the kinds without a namespace, what concerns meshes. All webhooks: those of others stand in our way, too. */
export function isWantedInCluster(object: KubeObject): boolean {
  if (object.kind === CUSTOM_RESOURCE_DEFINITION.kind) return isMeshGroup(object.metadata.name.split('.').slice(1).join('.'));
  return object.kind === NODE.kind || object.kind.endsWith('WebhookConfiguration') || isOurs(object) || NAME_OF_OURS.test(object.metadata.name);
}

/** In a member, ConfigMaps are the project's own business but for those that the mesh put there. */
export function isWantedInMember(object: KubeObject): boolean {
  return object.kind !== CONFIG_MAP.kind || isOurs(object) || [ROOT_CERT_CONFIGMAP, CRL_CONFIGMAP].includes(object.metadata.name);
}

/** Of a namespace outside of the report's meshes: what decides whether it could be in one. */
export function namespaceInBrief({ metadata }: KubeObject): KubeObject {
  const { name, labels, creationTimestamp, deletionTimestamp } = metadata;
  return {
    apiVersion: NAMESPACE.version, kind: NAMESPACE.kind,
    metadata: { name, ...(labels === undefined ? {} : { labels }), ...(creationTimestamp === undefined ? {} : { creationTimestamp }), ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }) },
  };
}
