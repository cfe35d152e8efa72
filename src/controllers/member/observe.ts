import { ANNOTATION_LEAVING, CRL_CONFIGMAP, LABEL_MEMBER_OF, ROOT_CERT_CONFIGMAP } from '../../api/names.ts';
import { parseMember } from '../../domain/member-roll/claimants.ts';
import type { MemberCopyFacts } from '../../domain/control-plane/member-copies.ts';
import { reportsOf } from '../../domain/member-roll/reports.ts';
import type { Doors } from '../../domain/member/exposure.ts';
import type { MemberObserved } from '../../domain/member/observed.ts';
import { annotationOf, labelOf, type KubeObject } from '../../k8s/object.ts';
import type { ObjectKey } from '../../k8s/key.ts';
import { sortedUnique } from '../../lib/sort.ts';
import type { Reader } from '../../runtime/controller.ts';
import { exposeRoutePeer } from '../ingress-peer.ts';
import { profilesIn } from '../profiles.ts';
import * as sources from '../sources.ts';

/** What is known at start; more may be handed in and is not looked at. */
export interface MemberFacts extends Pick<MemberCopyFacts, 'exposeRoute'> {
  /** The operator's own namespace, which is never a member; absent when it runs outside the cluster. */
  readonly operatorNamespace?: string;
}

/** The kinds that memberships are made of. While one is not served its lists are empty, and nobody must be thrown out for that. */
const BASIS = [sources.CONTROL_PLANES, sources.MEMBER_ROLLS, sources.MEMBERS];

/** True when all kinds that say who belongs where are served. */
export function isMembershipKnown(read: Reader): boolean {
  return BASIS.every((source) => read.isServed(source));
}

function isMarked(namespace: KubeObject | undefined): boolean {
  return namespace !== undefined
    && (labelOf(namespace, LABEL_MEMBER_OF) !== undefined || annotationOf(namespace, ANNOTATION_LEAVING) !== undefined || reportsOf(namespace).length > 0);
}

function controlPlanesFor(name: string, claimants: { readonly rolls: readonly KubeObject[]; readonly members: readonly KubeObject[] }, read: Reader): KubeObject[] {
  const ofRolls = claimants.rolls.map((roll) => roll.metadata.namespace ?? '');
  const ofMembers = claimants.members.flatMap((member) => parseMember(member).controlPlane?.namespace ?? []);
  return sortedUnique([name, ...ofRolls, ...ofMembers]).flatMap((namespace) => read.list(sources.CONTROL_PLANES, namespace));
}

/** Who gives sidecars in the meshes in question. */
function webhooksOf(controlPlanes: readonly KubeObject[], read: Reader): KubeObject[] {
  const meshes = sortedUnique(controlPlanes.map((plane) => plane.metadata.namespace ?? ''));
  return meshes.flatMap((mesh) => read.indexed(sources.MANAGED_MUTATING_WEBHOOKS, sources.BY_OWNER, mesh));
}

/** Its pods, who gives them sidecars, and what leads to them from outside. */
function trafficOf(name: string, controlPlanes: readonly KubeObject[], read: Reader): Pick<MemberObserved, 'doors' | 'pods' | 'webhooks'> {
  const pods = read.list(sources.PODS, name);
  const routes = read.list(sources.ROUTES, name);
  const doors: Doors = { routes, ingresses: [], services: routes.length === 0 ? [] : read.list(sources.SERVICES, name), pods };
  return { ...(routes.length === 0 ? {} : { doors }), ...(pods.length === 0 ? {} : { pods, webhooks: webhooksOf(controlPlanes, read) }) };
}

/** Meshes of others on the cluster. */
function otherMeshesIn(read: Reader): Pick<MemberObserved, 'otherMeshes'> {
  const otherMeshes = [...read.list(sources.ISTIOS), ...read.list(sources.ISTIO_REVISIONS)];
  return otherMeshes.length === 0 ? {} : { otherMeshes };
}

/** What istiod keeps in it. */
function trustOf(name: string, read: Reader): Pick<MemberObserved, 'rootCert' | 'trust'> {
  const rootCert = read.get(sources.ROOT_CERTS, ROOT_CERT_CONFIGMAP, name);
  const trust = [rootCert, read.get(sources.REVOCATION_LISTS, CRL_CONFIGMAP, name)].filter((object) => object !== undefined);
  return { ...(rootCert === undefined ? {} : { rootCert }), ...(trust.length === 0 ? {} : { trust }) };
}

/**
 * Everything about one namespace, by index lookups only: the cost does not grow with the number of namespaces.
 * Undefined when nobody claims the namespace and it carries nothing of ours.
 */
export function observeMember(name: ObjectKey, read: Reader, facts: MemberFacts = {}): MemberObserved | undefined {
  if (!isMembershipKnown(read)) return undefined;
  const namespace = read.get(sources.NAMESPACES, name);
  const members = read.list(sources.MEMBERS, name);
  const namingRolls = read.indexed(sources.MEMBER_ROLLS, sources.BY_LISTED, name);
  const openRolls = read.indexed(sources.MEMBER_ROLLS, sources.BY_LISTED, sources.ANY_NAMESPACE);
  const copies = [sources.MEMBER_ROLE_BINDINGS, sources.MEMBER_NETWORK_POLICIES].flatMap((source) => read.list(source, name));
  const claimants = members.length + (namespace === undefined ? 0 : namingRolls.length + openRolls.length);
  if (claimants === 0 && copies.length === 0 && !isMarked(namespace)) return undefined;
  const controlPlanes = controlPlanesFor(name, { rolls: [...namingRolls, ...openRolls], members }, read);
  return {
    name, namingRolls, openRolls, members, copies,
    strangers: [sources.OTHER_ROLE_BINDINGS, sources.OTHER_NETWORK_POLICIES].flatMap((source) => read.list(source, name)),
    controlPlanes,
    ...(facts.operatorNamespace === undefined ? {} : { operatorNamespace: facts.operatorNamespace }),
    copyFacts: {
      servesKiali: read.isServed(sources.KIALIS), exposeRoute: exposeRoutePeer(read, facts.exposeRoute),
      ...(facts.operatorNamespace === undefined ? {} : { profiles: profilesIn(read, facts.operatorNamespace), operatorNamespace: facts.operatorNamespace }),
    },
    ...(namespace === undefined ? {} : { namespace }),
    ...otherMeshesIn(read), ...trustOf(name, read), ...trafficOf(name, controlPlanes, read),
  };
}
