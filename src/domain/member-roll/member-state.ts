import { ANNOTATION_LEAVING, LABEL_MEMBER_OF } from '../../api/names.ts';
import { findCondition, type Condition, type ConditionInput } from '../../k8s/condition.ts';
import { annotationOf, isDeleting, labelOf, type KubeObject } from '../../k8s/object.ts';
import { isServed, winningClaim } from './claims.ts';
import { beingConfigured, contested, hasControlPlane, lostClaim, namespaceDeleting, namespaceLeaving, namespaceMissing, noControlPlane, severalControlPlanes, stillLeaving, unknownControlPlane,
  type Obstacle } from './obstacles.ts';
import type { RollView } from './observed.ts';
import { conditionsAt, reportsOf } from './reports.ts';

/** Where a member stands: each is in exactly one state. */
export interface MemberState {
  readonly state: 'configured' | 'pending' | 'terminating';
  /** What is in the way; there for every state but configured, and for that when something of it cannot be kept right. */
  readonly obstacle?: Obstacle;
  /** What else there is to know; each is there only while it is true. */
  readonly warnings: readonly ConditionInput[];
}

const LONGEST_MESSAGE = 300;

function terminating(obstacle: Obstacle): MemberState {
  return { state: 'terminating', obstacle, warnings: [] };
}

/** What the member controller says: on the ServiceMeshMember for this mesh, or, where there is none, on the namespace. */
function reportsFor(name: string, view: RollView): Condition[] {
  const member = view.pointing.get(name);
  return member === undefined ? reportsOf(view.namespaces.get(name)) : conditionsAt(member.object, 'status', 'conditions');
}

const cut = (message: string): string => message.slice(0, LONGEST_MESSAGE);

/** That something is wrong, if it says so. */
function reportedObstacle(reports: readonly Condition[]): Obstacle | undefined {
  const found = findCondition(reports, 'Reconciled');
  return found?.status === 'False' ? { reason: found.reason, message: cut(found.message) } : undefined;
}

/** Reports that a member which is in can have: what concerns its reference alone is its own matter. */
const TROUBLES: ReadonlySet<string> = new Set(['FieldConflict', 'ErrorConfiguringNamespace']);

/** Warnings that are repeated as they are. */
const REPEATED: ReadonlySet<string> = new Set(['ExternalAccessBlocked', 'PodsNotInjected', 'SidecarsOutdated', 'ServedByOtherMesh']);

function warningsFor(reports: readonly Condition[]): ConditionInput[] {
  return reports.filter(({ type, status }) => REPEATED.has(type) && status === 'True')
    .map(({ type, status, reason, message }) => ({ type, status, reason, message: cut(message) }));
}

function configured(name: string, namespace: KubeObject, view: RollView): MemberState {
  const reports = reportsFor(name, view);
  const obstacle = reportedObstacle(reports);
  const claims = view.claimsOn(namespace);
  const winner = winningClaim(claims, view.mesh);
  const rivals = claims.filter((claim) => claim.mesh !== view.mesh);
  const contest = winner?.mesh === view.mesh && rivals.length > 0 ? contested(name, winner, rivals) : undefined;
  return {
    state: 'configured', ...(obstacle !== undefined && TROUBLES.has(obstacle.reason) ? { obstacle } : {}),
    warnings: [...warningsFor(reports), ...(contest === undefined ? [] : [{ type: 'Contested', status: 'True' as const, reason: contest.reason, message: contest.message }])],
  };
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
  const reports = reportsFor(name, view);
  const obstacle = claimObstacle(name, namespace, view)
    ?? meshObstacle(name, view, isServed(view.mesh, view.claimsOn(namespace)))
    ?? leavingObstacle(name, namespace)
    ?? reportedObstacle(reports)
    ?? beingConfigured(name);
  return { state: 'pending', obstacle, warnings: warningsFor(reports) };
}

/** True for a member that is not `configured`. Costs little: of a thousand that join or leave, every pass asks. */
export function isUnderWay(name: string, view: RollView): boolean {
  const namespace = view.namespaces.get(name);
  return namespace === undefined || isDeleting(namespace) || view.leaving.has(name) || !isIn(name, namespace, view);
}

function isIn(name: string, namespace: KubeObject, view: RollView): boolean {
  return labelOf(namespace, LABEL_MEMBER_OF) === view.mesh && !view.scope.meshes.has(name);
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
    return { state: 'pending', obstacle: namespaceMissing(name), warnings: [] };
  }
  if (isDeleting(namespace)) return terminating(namespaceDeleting(name));
  if (view.leaving.has(name)) return terminating(namespaceLeaving(name, view.mesh));
  if (isIn(name, namespace, view)) return configured(name, namespace, view);
  return waitingState(name, namespace, view);
}
