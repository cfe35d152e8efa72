import { isOpenRoll, parseRoll } from '../../domain/member-roll/claimants.ts';
import { ANNOTATION_SIDECAR, LABEL_MEMBER_OF, LABEL_OWNER } from '../../api/names.ts';
import { annotationOf, labelOf, type KubeObject } from '../../k8s/object.ts';
import type { ObjectKey } from '../../k8s/key.ts';
import { sameJson, valueAt } from '../../lib/json.ts';
import type { Reader, Watch } from '../../runtime/controller.ts';
import { changesIn, intent, marks, meshIntent } from '../relevance.ts';
import { ingressPeerWatches } from '../ingress-peer.ts';
import * as sources from '../sources.ts';

const namesOf = (objects: readonly KubeObject[]): ObjectKey[] => objects.map((object) => object.metadata.name);
const namespaceOf = (object: KubeObject): ObjectKey[] => [object.metadata.namespace ?? ''];

/** Namespaces that a roll names, takes in or has in its mesh: all of them when it is open, since labels decide. */
function rollToKeys(object: KubeObject, read: Reader): readonly ObjectKey[] {
  const roll = parseRoll(object);
  if (isOpenRoll(roll)) return namesOf(read.list(sources.NAMESPACES));
  return [...roll.names, ...namesOf(read.indexed(sources.NAMESPACES, sources.BY_MEMBER_OF, roll.namespace))];
}

/** A roll that only takes in or lets go some names wakes these, not its other thousand members. */
function rollChangeToKeys(before: KubeObject, after: KubeObject, read: Reader): readonly ObjectKey[] {
  const [old, now] = [parseRoll(before), parseRoll(after)];
  const isMoreThanNames = isOpenRoll(old) || isOpenRoll(now) || !sameJson(standing(before), standing(after));
  if (isMoreThanNames) return [...rollToKeys(before, read), ...rollToKeys(after, read)];
  return [...new Set(old.names).symmetricDifference(new Set(now.names))];
}

/** Of a roll, what concerns all its members alike. */
const standing = ({ metadata }: KubeObject): unknown => [metadata.uid, metadata.deletionTimestamp, metadata.finalizers ?? []];

/** All namespaces whose place depends on a control plane: its own, its members, and those who want to be. */
function controlPlaneToKeys(controlPlane: KubeObject, read: Reader): readonly ObjectKey[] {
  const mesh = controlPlane.metadata.namespace ?? '';
  const rolls = read.list(sources.MEMBER_ROLLS, mesh).flatMap((roll) => rollToKeys(roll, read));
  const members = read.indexed(sources.MEMBERS, sources.BY_MESH, mesh).flatMap(namespaceOf);
  return [mesh, ...namesOf(read.indexed(sources.NAMESPACES, sources.BY_MEMBER_OF, mesh)), ...rolls, ...members];
}

/** True for a namespace in a mesh, or that is asked into one by name. */
function isConcerned(name: string, read: Reader): boolean {
  const namespace = read.get(sources.NAMESPACES, name);
  return (namespace !== undefined && labelOf(namespace, LABEL_MEMBER_OF) !== undefined)
    || read.list(sources.MEMBERS, name).length > 0 || read.indexed(sources.MEMBER_ROLLS, sources.BY_LISTED, name).length > 0;
}

/** Pods matter in members: whether they have a sidecar, and whether the router still reaches them. */
function concerned(object: KubeObject, read: Reader): readonly ObjectKey[] {
  const [namespace = ''] = namespaceOf(object);
  return isConcerned(namespace, read) ? [namespace] : [];
}

/** Services matter beside a Route, which joining may cut off. */
function withRoute(object: KubeObject, read: Reader): readonly ObjectKey[] {
  const [namespace = ''] = namespaceOf(object);
  return read.list(sources.ROUTES, namespace).length > 0 ? concerned(object, read) : [];
}

/** Members whose pods may have to be looked at again. */
function injectorToKeys(webhook: KubeObject, read: Reader): readonly ObjectKey[] {
  const mesh = labelOf(webhook, LABEL_OWNER);
  return mesh === undefined ? [] : namesOf(read.indexed(sources.NAMESPACES, sources.BY_MEMBER_OF, mesh));
}

/** Whom a webhook takes in, and what it gives them; istiod's certificate in it is no matter here. */
export const gifts = (webhook: KubeObject): unknown => {
  const entries = valueAt(webhook, 'webhooks');
  const selectors = Array.isArray(entries) ? entries.map((entry: unknown) => ['namespaceSelector', 'objectSelector', 'matchConditions'].map((field) => valueAt(entry, field))) : [];
  return [annotationOf(webhook, ANNOTATION_SIDECAR), selectors];
};
const specOf = (object: KubeObject): unknown => object['spec'];

/** What wakes the member controller; its keys are names of namespaces. */
export const MEMBER_WATCHES: readonly Watch[] = [
  { source: sources.NAMESPACES, isRelevant: changesIn(marks), toKeys: (namespace) => [namespace.metadata.name] },
  { source: sources.MEMBERS, isRelevant: changesIn(intent), toKeys: namespaceOf },
  { source: sources.MEMBER_ROLLS, isRelevant: changesIn(intent), toKeys: rollToKeys, changeToKeys: rollChangeToKeys },
  { source: sources.CONTROL_PLANES, isRelevant: changesIn(meshIntent), toKeys: controlPlaneToKeys },
  { source: sources.MEMBER_ROLE_BINDINGS, toKeys: namespaceOf },
  { source: sources.MEMBER_NETWORK_POLICIES, toKeys: namespaceOf },
  // A name that a copy needs becomes free or taken.
  { source: sources.OTHER_ROLE_BINDINGS, isRelevant: (before, after) => before === undefined || after === undefined, toKeys: namespaceOf },
  { source: sources.OTHER_NETWORK_POLICIES, isRelevant: (before, after) => before === undefined || after === undefined, toKeys: namespaceOf },
  { source: sources.ROUTES, isRelevant: changesIn(specOf), toKeys: namespaceOf },
  { source: sources.SERVICES, isRelevant: changesIn(specOf), toKeys: withRoute },
  { source: sources.PODS, isRelevant: changesIn(marks), toKeys: concerned },
  { source: sources.MANAGED_MUTATING_WEBHOOKS, isRelevant: changesIn(gifts), toKeys: injectorToKeys },
  ...[sources.ISTIOS, sources.ISTIO_REVISIONS].map((source): Watch => ({ source, isRelevant: changesIn(specOf), toKeys: (_mesh, read) => namesOf(read.list(sources.NAMESPACES)) })),
  ...ingressPeerWatches((read) => namesOf(read.list(sources.NAMESPACES).filter((namespace) => labelOf(namespace, LABEL_MEMBER_OF) !== undefined))),
  // Asked only whether the kind is served: then the Kiali operator gives Kiali its rights.
  { source: sources.KIALIS, isRelevant: () => false, toKeys: namespaceOf },
  // Read when leaving; istiod's writes are no reason to wake.
  { source: sources.ROOT_CERTS, isRelevant: () => false, toKeys: namespaceOf },
  { source: sources.REVOCATION_LISTS, isRelevant: () => false, toKeys: namespaceOf },
];
