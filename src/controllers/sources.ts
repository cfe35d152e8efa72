import { ANNOTATION_GATEWAY, ANNOTATION_SIDECAR, ANNOTATION_SIDECAR_STATUS, INJECT, GENERATED_BY_IOR, LABEL_GATEWAY_NAME, LABEL_GATEWAY_NAMESPACE, LABEL_GENERATED_BY, LABEL_MANAGED_BY, LABEL_MEMBER_OF,
  LABEL_OWNER, LABEL_POLICY_GROUP, LABEL_PROFILES, MANAGED_BY, OPERATOR_NAME, OTHER_OPERATOR, PROFILES_CONFIG_MAP, ROOT_CERT_CONFIGMAP, CNI_DAEMON_SET, CRL_CONFIGMAP, CNI_NAME, SCOPED_API_CERTIFICATE_SECRET, WEBHOOK_CERTIFICATE_SECRET } from '../api/names.ts';
import * as kinds from '../api/kinds.ts';
import { parseGateway } from '../api/istio/gateway.ts';
import { routeHosts } from '../domain/ior/hosts.ts';
import { isOpenRoll, parseMember, parseRoll } from '../domain/member-roll/claimants.ts';
import { parseMark } from '../domain/sidecars/mark.ts';
import { annotationOf, labelOf, type KubeObject } from '../k8s/object.ts';
import { valueAt } from '../lib/json.ts';
import { crdNameOf, type ResourceType } from '../k8s/resource.ts';
import type { Source } from '../runtime/controller.ts';
import { sharedText, slimBudget, slimMeta, slimWorkload } from './slim.ts';

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
/** Namespaces by OpenShift's label for where traffic comes from. */
export const BY_POLICY_GROUP = 'policy-group';
/** Rolls by the namespaces they list; rolls with `*` or selectors also under ANY_NAMESPACE. */
export const BY_LISTED = 'listed';
export const ANY_NAMESPACE = '*';
/** Members by the namespace of the mesh they point at. */
export const BY_MESH = 'mesh';
/** Pods by their label `istio`, Services and Gateways by that label in their selector; NO_ISTIO_LABEL for those without. */
export const BY_ISTIO = 'istio';
export const NO_ISTIO_LABEL = '';
/** Pods by the mesh and revision of their sidecar, `namespace/revision`. */
export const BY_REVISION = 'revision';
/** Routes of IOR by `namespace/name` of their Gateway. */
export const BY_GATEWAY = 'gateway';
/** Gateways by the hosts they ask Routes for, Routes by their host. */
export const BY_HOST = 'host';

function managed(id: string, type: ResourceType): Source {
  return { id, type, labelSelector: `${LABEL_MANAGED_BY}=${MANAGED_BY}`, indexes: { [BY_OWNER]: valuesOf(LABEL_OWNER) } };
}

/** Without the copies in members, which carry the same label and have sources of their own: a thousand members would be cached twice. */
function ownNamespace(source: Source): Source {
  return { ...source, labelSelector: `${source.labelSelector ?? ''},!${LABEL_MEMBER_OF}` };
}

function copied(id: string, type: ResourceType): Source {
  return { id, type, labelSelector: LABEL_MEMBER_OF, indexes: { [BY_MEMBER_OF]: valuesOf(LABEL_MEMBER_OF) } };
}

export const CONTROL_PLANES: Source = { id: 'control-planes', type: kinds.CONTROL_PLANE };

function listedBy(object: KubeObject): readonly string[] {
  const roll = parseRoll(object);
  return isOpenRoll(roll) ? [...roll.names, ANY_NAMESPACE] : roll.names;
}

function meshOfMember(object: KubeObject): readonly string[] {
  const mesh = parseMember(object).controlPlane?.namespace;
  return mesh === undefined ? [] : [mesh];
}

export const MEMBER_ROLLS: Source = { id: 'member-rolls', type: kinds.MEMBER_ROLL, indexes: { [BY_LISTED]: listedBy } };
export const MEMBERS: Source = { id: 'members', type: kinds.MEMBER, indexes: { [BY_MESH]: meshOfMember } };
export const NAMESPACES: Source = {
  id: 'namespaces', type: kinds.NAMESPACE, indexes: { [BY_MEMBER_OF]: valuesOf(LABEL_MEMBER_OF), [BY_POLICY_GROUP]: valuesOf(LABEL_POLICY_GROUP) },
};

/** Index function: the value of key `istio` in the selector of a Gateway or Service. */
function istioInSelector(object: KubeObject): readonly string[] {
  const value = valueAt(object, 'spec', 'selector', 'istio');
  return [typeof value === 'string' ? value : NO_ISTIO_LABEL];
}

/** Objects of the cache never change, and each event asks again. */
const knownHosts = new WeakMap<KubeObject, readonly string[]>();

/** Index function: hosts that a Gateway asks Routes for; `*` is nobody's, its host is made up. */
function hostsOfGateway(object: KubeObject): readonly string[] {
  const known = knownHosts.get(object) ?? parsedHosts(object);
  knownHosts.set(object, known);
  return known;
}

function parsedHosts(object: KubeObject): readonly string[] {
  const parsed = parseGateway(object);
  return parsed.ok ? routeHosts(parsed.value.spec).map(({ host }) => host).filter((host) => host !== '*') : [];
}

export const GATEWAYS: Source = { id: 'gateways', type: kinds.GATEWAY, indexes: { [BY_ISTIO]: istioInSelector, [BY_HOST]: hostsOfGateway } };

/** Objects rendered for a control plane, by kind. */
export const MANAGED_DEPLOYMENTS = managed('managed-deployments', kinds.DEPLOYMENT);
export const MANAGED_SERVICES = managed('managed-services', kinds.SERVICE);
export const MANAGED_CONFIG_MAPS = managed('managed-config-maps', kinds.CONFIG_MAP);
export const MANAGED_SERVICE_ACCOUNTS = managed('managed-service-accounts', kinds.SERVICE_ACCOUNT);
export const MANAGED_ROLES = managed('managed-roles', kinds.ROLE);
export const MANAGED_ROLE_BINDINGS = ownNamespace(managed('managed-role-bindings', kinds.ROLE_BINDING));
export const MANAGED_CLUSTER_ROLES = managed('managed-cluster-roles', kinds.CLUSTER_ROLE);
export const MANAGED_CLUSTER_ROLE_BINDINGS = managed('managed-cluster-role-bindings', kinds.CLUSTER_ROLE_BINDING);
export const MANAGED_NETWORK_POLICIES = ownNamespace(managed('managed-network-policies', kinds.NETWORK_POLICY));
export const MANAGED_HPAS = managed('managed-hpas', kinds.HPA);
export const MANAGED_PDBS = managed('managed-pdbs', kinds.PDB);
export const MANAGED_MUTATING_WEBHOOKS = managed('managed-mutating-webhooks', kinds.MUTATING_WEBHOOK);
export const MANAGED_VALIDATING_WEBHOOKS = managed('managed-validating-webhooks', kinds.VALIDATING_WEBHOOK);
export const MANAGED_PEER_AUTHENTICATIONS = managed('managed-peer-authentications', kinds.PEER_AUTHENTICATION);
export const MANAGED_TELEMETRIES = managed('managed-telemetries', kinds.TELEMETRY);
/** Kiali resources, whoever made them: one of another owner is used as it is. */
export const KIALIS: Source = { id: 'kialis', type: kinds.KIALI, indexes: { [BY_OWNER]: valuesOf(LABEL_OWNER) } };
/** Secrets of ours only, and never their values: metadata says whether one exists. */
export const MANAGED_SECRETS: Source = { ...managed('managed-secrets', kinds.SECRET), metadataOnly: true };

/** All Routes: those of the control plane, IOR's, and those of members that joining would cut off. */
export const ROUTES: Source = { id: 'routes', type: kinds.ROUTE, indexes: { [BY_OWNER]: valuesOf(LABEL_OWNER), [BY_GATEWAY]: gatewayOfRoute, [BY_HOST]: hostOfRoute } };

/** Ingresses that IOR made instead of Routes. */
export const INGRESSES: Source = {
  id: 'ior-ingresses', type: kinds.INGRESS, labelSelector: `${LABEL_GENERATED_BY}=${GENERATED_BY_IOR}`, indexes: { [BY_GATEWAY]: gatewayOfRoute },
};

/** Kubernetes' ingress controllers: where are they? */
export const INGRESS_CLASSES: Source = { id: 'ingress-classes', type: kinds.INGRESS_CLASS };

/** OpenShift's routers: do they admit wildcard Routes? */
export const INGRESS_CONTROLLERS: Source = { id: 'ingress-controllers', type: kinds.INGRESS_CONTROLLER };

function hostOfRoute(route: KubeObject): readonly string[] {
  const host = valueAt(route, 'spec', 'host');
  return typeof host === 'string' && host !== '' ? [host] : [];
}

/** `namespace/name` of the Gateway that a Route of IOR was made for; nothing for other Routes. */
export function gatewayOfRoute(route: KubeObject): readonly string[] {
  if (labelOf(route, LABEL_GENERATED_BY) !== GENERATED_BY_IOR) return [];
  const namespace = labelOf(route, LABEL_GATEWAY_NAMESPACE);
  const name = labelOf(route, LABEL_GATEWAY_NAME);
  const written = annotationOf(route, ANNOTATION_GATEWAY);
  if (written !== undefined) return [written];
  return namespace === undefined || name === undefined ? [] : [`${namespace}/${name}`];
}

/** Copies in member namespaces. */
export const MEMBER_ROLE_BINDINGS = copied('member-role-bindings', kinds.ROLE_BINDING);
export const MEMBER_NETWORK_POLICIES = copied('member-network-policies', kinds.NETWORK_POLICY);

/** RoleBindings and NetworkPolicies without the label of copies, names and writers only: is a name that a copy needs taken? */
function unlabelled(id: string, type: ResourceType): Source {
  return { id, type, labelSelector: `!${LABEL_MEMBER_OF}`, metadataOnly: true, slim: slimWriters };
}
export const OTHER_ROLE_BINDINGS = unlabelled('other-role-bindings', kinds.ROLE_BINDING);
export const OTHER_NETWORK_POLICIES = unlabelled('other-network-policies', kinds.NETWORK_POLICY);

/** The root certificate that each istiod publishes, whole: its text is the webhooks' caBundle. */
export const ROOT_CERTS: Source = {
  id: 'root-certs', type: kinds.CONFIG_MAP, fieldSelector: `metadata.name=${ROOT_CERT_CONFIGMAP}`,
};

/** The revocation list that istiod publishes beside it; that it is there says enough. */
export const REVOCATION_LISTS: Source = { id: 'revocation-lists', type: kinds.CONFIG_MAP, fieldSelector: `metadata.name=${CRL_CONFIGMAP}`, metadataOnly: true };

function slimWriters(object: KubeObject): KubeObject {
  const slim = slimMeta(object);
  const managers = [...new Set((object.metadata.managedFields ?? []).map((entry) => entry.manager ?? ''))];
  return { ...slim, metadata: { ...slim.metadata, managedFields: managers.map((manager) => ({ manager })) } };
}

/** The age of a Service decides between several. */
function slimService(service: KubeObject): KubeObject {
  const slim = slimMeta(service);
  const { creationTimestamp } = service.metadata;
  return { ...slim, metadata: { ...slim.metadata, ...(creationTimestamp === undefined ? {} : { creationTimestamp }) }, spec: service['spec'] };
}

/** Services of all namespaces, cut to labels and spec: IOR looks for the one behind a Gateway's selector. */
export const SERVICES: Source = { id: 'services', type: kinds.SERVICE, slim: slimService, indexes: { [BY_ISTIO]: istioInSelector } };

/** Index function: mesh and revision that a pod's sidecar is of. */
function revisionOfSidecar(pod: KubeObject): readonly string[] {
  const mark = parseMark(annotationOf(pod, ANNOTATION_SIDECAR));
  return mark === undefined ? [] : [sharedText(`${mark.mesh}/${mark.revision}`)];
}

/** Of a pod, what Gateways' selectors and sidecars go by. istiod's report is long; that there is one says enough. */
function slimPod(pod: KubeObject): KubeObject {
  const slim = slimMeta(pod);
  const ownerReferences = (pod.metadata.ownerReferences ?? []).filter(({ controller }) => controller === true)
    .map(({ apiVersion, kind, name, uid }) => ({ apiVersion: sharedText(apiVersion), kind: sharedText(kind), name: sharedText(name), uid: sharedText(uid), controller: true }));
  const { deletionTimestamp } = pod.metadata;
  const [word, report, mark] = [annotationOf(pod, INJECT), annotationOf(pod, ANNOTATION_SIDECAR_STATUS), annotationOf(pod, ANNOTATION_SIDECAR)];
  const annotations = {
    ...(word === undefined ? {} : { [INJECT]: word }), ...(report === undefined ? {} : { [ANNOTATION_SIDECAR_STATUS]: '' }), ...(mark === undefined ? {} : { [ANNOTATION_SIDECAR]: sharedText(mark) }),
  };
  const owner = ownerReferences.length === 0 ? {} : { ownerReferences };
  return { ...slim, metadata: { ...slim.metadata, ...owner, ...(Object.keys(annotations).length === 0 ? {} : { annotations }), ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }) } };
}

/** Pods that still run, metadata only: which ones a Gateway's selector finds, and which have a sidecar. */
export const PODS: Source = { id: 'pods', type: kinds.POD, metadataOnly: true, fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed', slim: slimPod, indexes: { [BY_ISTIO]: valuesOf('istio'), [BY_REVISION]: revisionOfSidecar } };

/** Workloads of all namespaces, cut to a few numbers: which of them must, and may, be restarted for a new sidecar? */
export const DEPLOYMENTS: Source = { id: 'deployments', type: kinds.DEPLOYMENT, slim: slimWorkload };
export const STATEFUL_SETS: Source = { id: 'stateful-sets', type: kinds.STATEFUL_SET, slim: slimWorkload };
export const DAEMON_SETS: Source = { id: 'daemon-sets', type: kinds.DAEMON_SET, slim: slimWorkload };

/** Budgets of all namespaces: what may be disrupted now? */
export const BUDGETS: Source = { id: 'disruption-budgets', type: kinds.PDB, slim: slimBudget };

/** Profiles of this installation; only those of the operator's namespace count. */
export const PROFILES_BY_NAME: Source = { id: 'profiles-by-name', type: kinds.CONFIG_MAP, fieldSelector: `metadata.name=${PROFILES_CONFIG_MAP}` };
export const PROFILES_BY_LABEL: Source = { id: 'profiles-by-label', type: kinds.CONFIG_MAP, labelSelector: `${LABEL_PROFILES}=true` };

/** CRDs, metadata only: who owns which kind. */
export const CRDS: Source = { id: 'crds', type: kinds.CUSTOM_RESOURCE_DEFINITION, metadataOnly: true };

const byName = (name: string): string => `metadata.name=${name}`;

/** Deployments of the old operator's name: is one of them live? */
export const OTHER_OPERATORS: Source = {
  id: 'other-operators', type: kinds.DEPLOYMENT, fieldSelector: byName(OTHER_OPERATOR),
  slim: (deployment) => ({ ...slimMeta(deployment), spec: { replicas: valueAt(deployment, 'spec', 'replicas') } }),
};
/** Names of all webhook configurations: the old operator's begins with its namespace. */
export const WEBHOOK_NAMES: Source = { id: 'webhook-names', type: kinds.VALIDATING_WEBHOOK, metadataOnly: true, slim: slimMeta };

/** Of others' meshes, whom they serve. */
function slimMesh(mesh: KubeObject): KubeObject {
  const slim = slimMeta(mesh);
  const { ownerReferences } = mesh.metadata;
  const discoverySelectors = valueAt(mesh, 'spec', 'values', 'meshConfig', 'discoverySelectors');
  return {
    ...slim, metadata: { ...slim.metadata, ...(ownerReferences === undefined ? {} : { ownerReferences }) },
    spec: { namespace: valueAt(mesh, 'spec', 'namespace'), values: { meshConfig: { discoverySelectors } } },
  };
}
/** Meshes of the Sail operator. */
export const ISTIOS: Source = { id: 'istios', type: kinds.ISTIO, slim: slimMesh };
export const ISTIO_REVISIONS: Source = { id: 'istio-revisions', type: kinds.ISTIO_REVISION, slim: slimMesh };

/** The node plug-in, whoever installed it, in whatever namespace. */
export const CNI_DAEMON_SETS: Source = { id: 'cni-daemon-sets', type: kinds.DAEMON_SET, fieldSelector: byName(CNI_DAEMON_SET) };
/** The binding that upstream's chart makes for its node plug-in: only a cluster administrator can have written it. */
export const OTHER_CNI_BINDING: Source = { id: 'other-cni-binding', type: kinds.CLUSTER_ROLE_BINDING, fieldSelector: byName(CNI_NAME) };
export const CNI_ATTACHMENTS: Source = { id: 'cni-attachments', type: kinds.NETWORK_ATTACHMENT_DEFINITION, fieldSelector: byName(CNI_NAME) };

/** What the operator sets up for itself, whole: its webhook configuration, the CRD whose conversion it answers, its certificates. */
export const OWN_WEBHOOK_CONFIGURATION: Source = { id: 'own-webhook-configuration', type: kinds.VALIDATING_WEBHOOK, fieldSelector: byName(OPERATOR_NAME) };
export const CONTROL_PLANE_CRD: Source = { id: 'control-plane-crd', type: kinds.CUSTOM_RESOURCE_DEFINITION, fieldSelector: byName(crdNameOf(kinds.CONTROL_PLANE)) };
export const SCOPED_API_CERTIFICATES: Source = { id: 'scoped-api-certificates', type: kinds.SECRET, fieldSelector: byName(SCOPED_API_CERTIFICATE_SECRET) };
export const WEBHOOK_CERTIFICATES: Source = { id: 'webhook-certificates', type: kinds.SECRET, fieldSelector: byName(WEBHOOK_CERTIFICATE_SECRET) };

/** The Secret that somebody else keeps the webhook certificates in. In: its name, in whatever namespace. */
export function givenCertificatesSource(name: string): Source {
  return { id: 'given-certificates', type: kinds.SECRET, fieldSelector: byName(name) };
}
