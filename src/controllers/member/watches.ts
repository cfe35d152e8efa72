import { isOpenRoll, parseRoll } from '../../domain/member-roll/claimants.ts';
import type { KubeObject } from '../../k8s/object.ts';
import type { ObjectKey } from '../../k8s/key.ts';
import { sameJson } from '../../lib/json.ts';
import type { Reader, Watch } from '../../runtime/controller.ts';
import { changesIn, intent, marks, meshIntent } from '../relevance.ts';
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

/** A namespace in which pods and Services matter: one with a Route, which joining may cut off. */
function withRoute(object: KubeObject, read: Reader): readonly ObjectKey[] {
  const [namespace = ''] = namespaceOf(object);
  return read.list(sources.ROUTES, namespace).length > 0 && read.list(sources.MEMBERS, namespace).length > 0 ? [namespace] : [];
}

const labelsOf = (object: KubeObject): unknown => object.metadata.labels ?? {};
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
  { source: sources.PODS, isRelevant: changesIn(labelsOf), toKeys: withRoute },
  // Asked only whether the kind is served: then the Kiali operator gives Kiali its rights.
  { source: sources.KIALIS, isRelevant: () => false, toKeys: namespaceOf },
  // Read when leaving; istiod's writes are no reason to wake.
  { source: sources.ROOT_CERTS, isRelevant: () => false, toKeys: namespaceOf },
];
