import { ANNOTATION_LEAVING, LABEL_MEMBER_OF } from '../../api/names.ts';
import { parseMember } from '../../domain/member-roll/claimants.ts';
import { reportsOf } from '../../domain/member-roll/reports.ts';
import { annotationOf, labelOf, type KubeObject } from '../../k8s/object.ts';
import type { ObjectKey } from '../../k8s/key.ts';
import type { Reader, Watch } from '../../runtime/controller.ts';
import { changesIn, intent, marks, meshIntent } from '../relevance.ts';
import { ingressPeerWatches } from '../ingress-peer.ts';
import * as sources from '../sources.ts';

const namespaceOf = (object: KubeObject): ObjectKey => object.metadata.namespace ?? '';

/** Meshes that may claim a namespace: by name, by `*` or selector, or through a member in it. */
function claimingMeshes(namespace: string, read: Reader): ObjectKey[] {
  const rolls = [namespace, sources.ANY_NAMESPACE].flatMap((name) => read.indexed(sources.MEMBER_ROLLS, sources.BY_LISTED, name));
  const members = read.list(sources.MEMBERS, namespace).flatMap((member) => parseMember(member).controlPlane?.namespace ?? []);
  return [...rolls.map(namespaceOf), ...members];
}

function namespaceToKeys(namespace: KubeObject, read: Reader): readonly ObjectKey[] {
  const marked = [labelOf(namespace, LABEL_MEMBER_OF), annotationOf(namespace, ANNOTATION_LEAVING)].filter((mesh) => mesh !== undefined);
  const { name } = namespace.metadata;
  // The namespace of a mesh can be seen later than what is in it: caches of different kinds have no common order.
  const own = read.list(sources.CONTROL_PLANES, name).length > 0 ? [name] : [];
  return [...own, ...marked, ...claimingMeshes(name, read)];
}

function memberToKeys(member: KubeObject, read: Reader): readonly ObjectKey[] {
  const mesh = parseMember(member).controlPlane?.namespace;
  return [...(mesh === undefined ? [] : [mesh]), ...claimingMeshes(namespaceOf(member), read)];
}

/** A claim made or withdrawn by one mesh can decide over a namespace of any other; meshes are few, so all are asked again. */
function meshToKeys(object: KubeObject, read: Reader): readonly ObjectKey[] {
  return [namespaceOf(object), ...read.list(sources.MEMBER_ROLLS).map(namespaceOf)];
}

/** What a namespace says, and what the member controller says on it. */
const marksAndReports = (namespace: KubeObject): unknown => [marks(namespace), reportsOf(namespace)];

/**
 * What wakes the roll controller; its keys are namespaces of meshes.
 * Members wake it with their status too: the roll repeats what stands in the way of a namespace.
 */
export const MEMBER_ROLL_WATCHES: readonly Watch[] = [
  { source: sources.MEMBER_ROLLS, isRelevant: changesIn(intent), toKeys: meshToKeys },
  { source: sources.MEMBERS, toKeys: memberToKeys },
  { source: sources.NAMESPACES, isRelevant: changesIn(marksAndReports), toKeys: namespaceToKeys },
  ...[sources.ISTIOS, sources.ISTIO_REVISIONS].map((source): Watch => ({ source, isRelevant: changesIn((mesh) => mesh['spec']), toKeys: (_mesh, read) => read.list(sources.MEMBER_ROLLS).map(namespaceOf) })),
  ...ingressPeerWatches((read) => read.list(sources.MEMBER_ROLLS).map(namespaceOf)),
  { source: sources.CONTROL_PLANES, isRelevant: changesIn(meshIntent), toKeys: meshToKeys },
];
