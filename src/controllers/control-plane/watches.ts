import { ANNOTATION_SIDECAR, LABEL_MEMBER_OF, LABEL_OWNER, LABEL_OWNER_NAME, SCOPED_API_AUTHORITY, SCOPED_API_NAME } from '../../api/names.ts';
import { deploymentObstacle } from '../../domain/control-plane/readiness.ts';
import { canaryRevision } from '../../domain/control-plane/values/input.ts';
import { parseMark } from '../../domain/sidecars/mark.ts';
import { keyOf, keyOfObject, splitKey, type ObjectKey } from '../../k8s/key.ts';
import { annotationOf, labelOf, type KubeObject } from '../../k8s/object.ts';
import { valueAt } from '../../lib/json.ts';
import type { Reader, Watch } from '../../runtime/controller.ts';
import { changesIn, intent } from '../relevance.ts';
import { ingressPeerWatches } from '../ingress-peer.ts';
import { profileWatches } from '../profiles.ts';
import * as sources from '../sources.ts';
import { MANAGED_SOURCES } from './observe.ts';

/** Keys of all SMCPs of a namespace: an older one that goes makes room for the next. */
function controlPlanesIn(namespace: string | undefined, read: Reader): readonly ObjectKey[] {
  return namespace === undefined ? [] : read.list(sources.CONTROL_PLANES, namespace).map(keyOfObject);
}

/** The SMCP that an object's labels name; it need not exist any more. */
function ownerToKeys(object: KubeObject): readonly ObjectKey[] {
  const namespace = labelOf(object, LABEL_OWNER);
  const name = labelOf(object, LABEL_OWNER_NAME);
  return namespace === undefined || name === undefined ? [] : [keyOf(name, namespace)];
}

/** Owned objects also change by their labels, and Routes of other owners do not concern us. */
function ownedWatches(): Watch[] {
  return MANAGED_SOURCES.filter((source) => source !== sources.KIALIS).map((source) => ({ source, toKeys: ownerToKeys }));
}

/**
 * A whole control plane is rendered for a list of names in Prometheus' and Kiali's configuration, which their pods see a minute later anyway, and
 * Kiali gets a new pod for it: once for all namespaces that join together.
 */
const MEMBERS_QUIET_MS = 3000;

/** What a namespace says about membership, and whether it is there. */
const membership = (object: KubeObject): unknown => [object.metadata.uid, labelOf(object, LABEL_MEMBER_OF)];

/** On how many nodes the node plug-in is wanted, and on how many it is ready. */
const agents = (daemonSet: KubeObject): unknown => [daemonSet.metadata.uid, ...['desiredNumberScheduled', 'numberReady'].map((field) => valueAt(daemonSet, 'status', field))];

const everyControlPlane = (_object: KubeObject, read: Reader): readonly ObjectKey[] => read.list(sources.CONTROL_PLANES).map(keyOfObject);

/** Its agents come one after the other; meshes are told once in a while. */
const AGENTS_DELAY_MS = 1000;

/** What the sidecars controller says of restarts: it becomes a condition. */
const restarts = (smcp: KubeObject): unknown => ['state', 'message'].map((field) => valueAt(smcp, 'status', 'sidecars', 'restarts', field));

/** Pods of a canary go one after the other. */
const CANARY_DELAY_MS = 3000;

/** The mesh of a pod that runs a sidecar of a canary. */
function canaryPodToKeys(pod: KubeObject, read: Reader): readonly ObjectKey[] {
  const mark = parseMark(annotationOf(pod, ANNOTATION_SIDECAR));
  return mark === undefined ? [] : controlPlanesIn(mark.mesh, read).filter((key) => mark.revision === canaryRevision(splitKey(key)));
}

/** What wakes the control-plane controller; its keys are SMCPs. */
export const CONTROL_PLANE_WATCHES: readonly Watch[] = [
  { source: sources.CONTROL_PLANES, isRelevant: changesIn((smcp) => [intent(smcp), restarts(smcp)]), toKeys: (smcp, read) => [keyOfObject(smcp), ...controlPlanesIn(smcp.metadata.namespace, read)] },
  ...ownedWatches(),
  // A Kiali of another owner decides whether we make one.
  { source: sources.KIALIS, toKeys: (kiali, read) => [...ownerToKeys(kiali), ...controlPlanesIn(kiali.metadata.namespace, read)] },
  // The namespace of the control plane carries the mesh's label itself.
  { source: sources.NAMESPACES, isRelevant: changesIn(membership), toKeys: (namespace, read) => controlPlanesIn(namespace.metadata.name, read) },
  // Scrape targets and consoles go by the members, who may come by the hundred.
  { source: sources.NAMESPACES, isRelevant: changesIn(membership), quietMs: MEMBERS_QUIET_MS, toKeys: (namespace, read) => controlPlanesIn(labelOf(namespace, LABEL_MEMBER_OF), read) },
  // Every istiod reads through the scoped API: its authority is in their kubeconfigs, and whether it is there in their status.
  { source: sources.MANAGED_CONFIG_MAPS, isRelevant: changesIn((object) => object['data']), toKeys: (object, read) => (object.metadata.name === SCOPED_API_AUTHORITY ? everyControlPlane(object, read) : []) },
  { source: sources.MANAGED_DEPLOYMENTS, isRelevant: changesIn((object) => deploymentObstacle(object, false)), toKeys: (object, read) => (object.metadata.name === SCOPED_API_NAME ? everyControlPlane(object, read) : []) },
  // A changed profile is rolled out to every mesh; those that do not use it write nothing.
  ...profileWatches((read) => read.list(sources.CONTROL_PLANES).map(keyOfObject)),
  ...ingressPeerWatches((read) => read.list(sources.CONTROL_PLANES).map(keyOfObject)),
  // Without the node plug-in pods of meshes that want it do not start.
  { source: sources.CNI_DAEMON_SETS, isRelevant: changesIn(agents), delayMs: AGENTS_DELAY_MS, toKeys: everyControlPlane },
  { source: sources.OTHER_CNI_BINDING, delayMs: AGENTS_DELAY_MS, toKeys: everyControlPlane },
  // Its istiod, or its name, is there as long as such pods are.
  { source: sources.PODS, isRelevant: changesIn(({ metadata }) => metadata.deletionTimestamp), delayMs: CANARY_DELAY_MS, toKeys: canaryPodToKeys },
  // The root of istiod is the webhooks' caBundle.
  { source: sources.ROOT_CERTS, isRelevant: changesIn((root) => root['data']), toKeys: (root, read) => controlPlanesIn(root.metadata.namespace, read) },
];
