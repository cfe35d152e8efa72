import { LABEL_MANAGED_BY, LABEL_MEMBER_OF, LABEL_OWNER, MANAGED_BY, ROOT_CERT_CONFIGMAP } from '../api/names.ts';
import * as kinds from '../api/kinds.ts';
import type { KubeObject } from '../k8s/object.ts';
import type { ResourceType } from '../k8s/resource.ts';
import type { Source } from '../runtime/controller.ts';

/*
 * Every cache of the operator. One row, one list+watch for the whole process; controllers share them.
 * Kinds that others fill (pods, services, config maps, secrets) are narrowed by label, cut, or metadata only.
 */

const valuesOf = (label: string) => (object: KubeObject): readonly string[] => {
  const value = object.metadata.labels?.[label];
  return value === undefined ? [] : [value];
};

/** Index names. */
export const BY_MEMBER_OF = 'member-of';
export const BY_OWNER = 'owner';

function managed(id: string, type: ResourceType): Source {
  return { id, type, labelSelector: `${LABEL_MANAGED_BY}=${MANAGED_BY}`, indexes: { [BY_OWNER]: valuesOf(LABEL_OWNER) } };
}

function copied(id: string, type: ResourceType): Source {
  return { id, type, labelSelector: LABEL_MEMBER_OF, indexes: { [BY_MEMBER_OF]: valuesOf(LABEL_MEMBER_OF) } };
}

export const CONTROL_PLANES: Source = { id: 'control-planes', type: kinds.CONTROL_PLANE };
export const MEMBER_ROLLS: Source = { id: 'member-rolls', type: kinds.MEMBER_ROLL };
export const MEMBERS: Source = { id: 'members', type: kinds.MEMBER };
export const NAMESPACES: Source = {
  id: 'namespaces', type: kinds.NAMESPACE, indexes: { [BY_MEMBER_OF]: valuesOf(LABEL_MEMBER_OF) },
};
export const GATEWAYS: Source = { id: 'gateways', type: kinds.GATEWAY };

/** Objects rendered for a control plane, by kind. */
export const MANAGED_DEPLOYMENTS = managed('managed-deployments', kinds.DEPLOYMENT);
export const MANAGED_SERVICES = managed('managed-services', kinds.SERVICE);
export const MANAGED_CONFIG_MAPS = managed('managed-config-maps', kinds.CONFIG_MAP);
export const MANAGED_SERVICE_ACCOUNTS = managed('managed-service-accounts', kinds.SERVICE_ACCOUNT);
export const MANAGED_ROLES = managed('managed-roles', kinds.ROLE);
export const MANAGED_ROLE_BINDINGS = managed('managed-role-bindings', kinds.ROLE_BINDING);
export const MANAGED_CLUSTER_ROLE_BINDINGS = managed('managed-cluster-role-bindings', kinds.CLUSTER_ROLE_BINDING);
export const MANAGED_NETWORK_POLICIES = managed('managed-network-policies', kinds.NETWORK_POLICY);
export const MANAGED_HPAS = managed('managed-hpas', kinds.HPA);
export const MANAGED_PDBS = managed('managed-pdbs', kinds.PDB);
export const MANAGED_MUTATING_WEBHOOKS = managed('managed-mutating-webhooks', kinds.MUTATING_WEBHOOK);
export const MANAGED_VALIDATING_WEBHOOKS = managed('managed-validating-webhooks', kinds.VALIDATING_WEBHOOK);
export const MANAGED_PEER_AUTHENTICATIONS = managed('managed-peer-authentications', kinds.PEER_AUTHENTICATION);
export const MANAGED_TELEMETRIES = managed('managed-telemetries', kinds.TELEMETRY);
/** Secrets of ours only, and never their values: metadata says whether one exists. */
export const MANAGED_SECRETS: Source = { ...managed('managed-secrets', kinds.SECRET), metadataOnly: true };

/** All Routes: those of the control plane, IOR's, and those of members that joining would cut off. */
export const ROUTES: Source = { id: 'routes', type: kinds.ROUTE, indexes: { [BY_OWNER]: valuesOf(LABEL_OWNER) } };

/** Copies in member namespaces. */
export const MEMBER_ROLE_BINDINGS = copied('member-role-bindings', kinds.ROLE_BINDING);
export const MEMBER_NETWORK_POLICIES = copied('member-network-policies', kinds.NETWORK_POLICY);

/** The root certificate that each istiod publishes, whole: its text is the webhooks' caBundle. */
export const ROOT_CERTS: Source = {
  id: 'root-certs', type: kinds.CONFIG_MAP, fieldSelector: `metadata.name=${ROOT_CERT_CONFIGMAP}`,
};

function slimMeta(pod: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, labels } = pod.metadata;
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }), ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }), ...(labels === undefined ? {} : { labels }) };
  return { apiVersion: pod.apiVersion, kind: pod.kind, metadata };
}

function slimService(service: KubeObject): KubeObject {
  return { ...slimMeta(service), spec: service['spec'] };
}

/** Services of all namespaces, cut to labels and spec: IOR looks for the one behind a Gateway's selector. */
export const SERVICES: Source = { id: 'services', type: kinds.SERVICE, slim: slimService };

/** Pods, labels only: which pods a Gateway's selector finds. */
export const PODS: Source = { id: 'pods', type: kinds.POD, metadataOnly: true, slim: slimMeta };

/** CRDs, metadata only: who owns which kind. */
export const CRDS: Source = { id: 'crds', type: kinds.CUSTOM_RESOURCE_DEFINITION, metadataOnly: true };
