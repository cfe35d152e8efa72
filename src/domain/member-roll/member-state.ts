import { ANNOTATION_LEAVING, LABEL_MEMBER_OF } from '../../api/names.ts';
import { isJsonObject, valueAt } from '../../lib/json.ts';
import { annotationOf, isDeleting, labelOf, type KubeObject } from '../../k8s/object.ts';
import { isServed, winningClaim } from './claims.ts';
import { beingConfigured, hasControlPlane, lostClaim, namespaceDeleting, namespaceLeaving, namespaceMissing, noControlPlane, severalControlPlanes, stillLeaving, unknownControlPlane,
  type Obstacle } from './obstacles.ts';
import type { RollView } from './observed.ts';

/** Where a member stands. Each member is in exactly one state. */
export type MemberState =
  | { readonly state: 'configured' }
  | { readonly state: 'pending' | 'terminating'; readonly obstacle: Obstacle };

const LONGEST_MESSAGE = 300;

function terminating(obstacle: Obstacle): MemberState {
  return { state: 'terminating', obstacle };
}

/** What the member controller says on the namespace's ServiceMeshMember, if it says that something is wrong. */
function reportedObstacle(member: KubeObject | undefined): Obstacle | undefined {
  const conditions = valueAt(member, 'status', 'conditions');
  if (!Array.isArray(conditions)) return undefined;
  const found: unknown = conditions.find((condition) => isJsonObject(condition) && condition['type'] === 'Reconciled' && condition['status'] === 'False');
  const reason = valueAt(found, 'reason');
  const message = valueAt(found, 'message');
  return typeof reason === 'string' && typeof message === 'string' ? { reason, message: message.slice(0, LONGEST_MESSAGE) } : undefined;
}

/** Obstacles on the side of the mesh: no control plane, several, or not the one that the member names. */
function meshObstacle(name: string, view: RollView, isServedClaim: boolean): Obstacle | undefined {
  const ref = view.pointing.get(name)?.controlPlane;
  const count = view.meshState?.controlPlanes.length ?? 0;
  if (count === 0) return noControlPlane(view.mesh);
  if (count > 1) return severalControlPlanes(view.mesh, count);
  if (ref === undefined || isServedClaim) return undefined;
  return unknownControlPlane(name, ref, view.meshState?.controlPlanes[0]?.metadata.name);
}

/** The mesh that the namespace must leave before it can join. */
function leavingObstacle(name: string, namespace: KubeObject): Obstacle | undefined {
  const old = annotationOf(namespace, ANNOTATION_LEAVING) ?? labelOf(namespace, LABEL_MEMBER_OF);
  return old === undefined ? undefined : stillLeaving(name, old);
}

function claimObstacle(name: string, namespace: KubeObject, view: RollView): Obstacle | undefined {
  if (view.scope.meshes.has(name)) return hasControlPlane(name, view.mesh);
  const winner = winningClaim(view.claimsOn(namespace), labelOf(namespace, LABEL_MEMBER_OF));
  return winner === undefined || winner.mesh === view.mesh ? undefined : lostClaim(name, winner);
}

function waitingState(name: string, namespace: KubeObject, view: RollView): MemberState {
  const obstacle = claimObstacle(name, namespace, view)
    ?? meshObstacle(name, view, isServed(view.mesh, view.claimsOn(namespace)))
    ?? leavingObstacle(name, namespace)
    ?? reportedObstacle(view.pointing.get(name)?.object)
    ?? beingConfigured(name);
  return { state: 'pending', obstacle };
}

/**
 * The state of one member of `view.members`.
 * - configured: the namespace carries `maistra.io/member-of=<mesh>`, which is written last, and it is not being deleted;
 * - terminating: the namespace is being deleted, or nobody wants it in the mesh any more and it is being cleaned;
 * - pending: everything else, with the first obstacle on its way (spec/api-members.md 3).
 */
export function memberState(name: string, view: RollView): MemberState {
  const namespace = view.namespaces.get(name);
  if (namespace === undefined) {
    return { state: 'pending', obstacle: namespaceMissing(name) };
  }
  if (isDeleting(namespace)) return terminating(namespaceDeleting(name));
  if (view.leaving.has(name)) return terminating(namespaceLeaving(name, view.mesh));
  if (labelOf(namespace, LABEL_MEMBER_OF) === view.mesh && !view.scope.meshes.has(name)) return { state: 'configured' };
  return waitingState(name, namespace, view);
}
