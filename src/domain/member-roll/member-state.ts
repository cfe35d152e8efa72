import { ANNOTATION_LEAVING, LABEL_MEMBER_OF, MEMBER_NAME } from '../../api/names.ts';
import { isJsonObject, valueAt } from '../../lib/json.ts';
import { annotationOf, isDeleting, labelOf, type KubeObject } from '../../k8s/object.ts';
import { describeLostClaim, isServed, winningClaim } from './claims.ts';
import type { RollView } from './observed.ts';

/** Why a namespace is not configured: one reason, and a sentence with the way out. */
export interface Obstacle {
  readonly reason: string;
  readonly message: string;
}

/** Where a member stands. Each member is in exactly one state. */
export type MemberState =
  | { readonly state: 'configured' }
  | { readonly state: 'pending' | 'terminating'; readonly obstacle: Obstacle };

const LONGEST_MESSAGE = 300;

function terminating(reason: string, message: string): MemberState {
  return { state: 'terminating', obstacle: { reason, message } };
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
  if (count === 0) return { reason: 'ErrorControlPlaneMissing', message: `there is no ServiceMeshControlPlane in namespace "${view.mesh}"; create one` };
  if (count > 1) return { reason: 'ErrMultipleSMCPs', message: `namespace "${view.mesh}" has ${count} ServiceMeshControlPlanes; delete all but one` };
  if (ref === undefined || isServedClaim) return undefined;
  return { reason: 'ErrorControlPlaneMissing', message: `ServiceMeshMember ${name}/${MEMBER_NAME} asks for ServiceMeshControlPlane ${ref.namespace}/${ref.name}, which does not exist; delete the member and create it with the right name` };
}

/** The mesh that the namespace must leave before it can join. */
function leavingObstacle(name: string, namespace: KubeObject): Obstacle | undefined {
  const old = annotationOf(namespace, ANNOTATION_LEAVING) ?? labelOf(namespace, LABEL_MEMBER_OF);
  return old === undefined ? undefined : { reason: 'ErrorConfiguringNamespace', message: `namespace "${name}" is still leaving mesh ${old}; it joins as soon as that is done` };
}

function claimObstacle(name: string, namespace: KubeObject, view: RollView): Obstacle | undefined {
  const reason = 'ReferencesDifferentControlPlane';
  if (view.scope.meshes.has(name)) return { reason, message: `namespace "${name}" has a ServiceMeshControlPlane of its own and cannot be a member of mesh ${view.mesh}; take it out of the roll` };
  const winner = winningClaim(view.claimsOn(namespace), labelOf(namespace, LABEL_MEMBER_OF));
  return winner === undefined || winner.mesh === view.mesh ? undefined : { reason, message: describeLostClaim(name, winner) };
}

function waitingState(name: string, namespace: KubeObject, view: RollView): MemberState {
  const obstacle = claimObstacle(name, namespace, view)
    ?? meshObstacle(name, view, isServed(view.mesh, view.claimsOn(namespace)))
    ?? leavingObstacle(name, namespace)
    ?? reportedObstacle(view.pointing.get(name)?.object)
    ?? { reason: 'Configuring', message: `namespace "${name}" is being configured; if this lasts, the operator's log says what is in the way` };
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
    return { state: 'pending', obstacle: { reason: 'NamespaceNotExists', message: `namespace "${name}" does not exist; create it, or take it out of the roll` } };
  }
  if (isDeleting(namespace)) return terminating('NamespaceNotExists', `namespace "${name}" is being deleted`);
  if (view.leaving.has(name)) return terminating('Terminating', `namespace "${name}" is leaving mesh ${view.mesh}`);
  if (labelOf(namespace, LABEL_MEMBER_OF) === view.mesh && !view.scope.meshes.has(name)) return { state: 'configured' };
  return waitingState(name, namespace, view);
}
