import { LABEL_MEMBER_OF, MEMBER_NAME, OPERATOR_NAME } from '../../api/names.ts';
import { findCondition } from '../../k8s/condition.ts';
import { isDeleting, type KubeObject } from '../../k8s/object.ts';
import { copyChanges } from '../member/copies.ts';
import { decide, type Decision } from '../member/decision.ts';
import { meshToLeave } from '../member/plan.ts';
import { memberCopies, memberCopyOptions } from '../control-plane/member-copies.ts';
import { claimsOn, type Claim } from '../member-roll/claims.ts';
import { parseMember, parseRoll } from '../member-roll/claimants.ts';
import { conditionsAt } from '../member-roll/reports.ts';
import * as obstacles from '../member-roll/obstacles.ts';
import { broken, holds, unknown, type Verdict } from './link.ts';
import type { WhyObserved } from './observed.ts';

/** The observed objects, and what the operator decides from them. */
export interface WhyView {
  readonly observed: WhyObserved;
  readonly name: string;
  readonly decision: Decision;
  readonly claims: readonly Claim[];
  /** Namespace of the mesh that the winning claim is for. */
  readonly mesh: string | undefined;
  /** The control plane of that mesh, if there is exactly one and it is the one asked for. */
  readonly controlPlane: KubeObject | undefined;
}

/** Decides as the operator does, by its own functions. */
export function viewOf(observed: WhyObserved): WhyView {
  const { member } = observed;
  const decision = decide(member);
  const { operatorNamespace } = member;
  const scope = { meshes: decision.meshes, ...(operatorNamespace === undefined ? {} : { operatorNamespace }) };
  const claimants = { naming: member.namingRolls.map(parseRoll), open: member.openRolls.map(parseRoll), members: member.members.map(parseMember) };
  const claims = member.namespace === undefined ? [] : claimsOn(member.namespace, claimants, scope);
  const { belonging } = decision;
  return { observed, name: member.name, decision, claims, mesh: decision.winner?.mesh, controlPlane: belonging.is === 'member' ? belonging.controlPlane : undefined };
}

function holdUp(namespace: KubeObject): string {
  const reasons = conditionsAt(namespace, 'status', 'conditions').filter((condition) => condition.status === 'True').map((condition) => condition.message);
  return reasons.length === 0 ? '' : `; held up by: ${reasons.join('; ')}`;
}

/** Link 1. */
export function existence({ observed, name }: WhyView): Verdict {
  const { namespace } = observed.member;
  const gap = observed.unread.get('Namespace');
  if (namespace === undefined) return gap === undefined ? broken(obstacles.namespaceMissing(name)) : unknown(gap);
  if (!isDeleting(namespace)) return holds(`namespace "${name}" exists`);
  const obstacle = obstacles.namespaceDeleting(name);
  return broken({ ...obstacle, message: `${obstacle.message}${holdUp(namespace)}` });
}

function planesOf(observed: WhyObserved): { readonly namespace: string; readonly name: string }[] {
  return observed.controlPlanes.filter((plane) => !isDeleting(plane)).map(({ metadata }) => ({ namespace: metadata.namespace ?? '', name: metadata.name }));
}

function misnamed({ observed }: WhyView): KubeObject | undefined {
  return observed.member.members.find((member) => member.metadata.name !== MEMBER_NAME);
}

/** A second mesh wants it too: the first claim has it, and the other has no effect until one of the two is withdrawn. */
function rival({ claims, decision, name }: WhyView): Verdict | undefined {
  const { winner } = decision;
  const loser = winner === undefined ? undefined : claims.find((claim) => claim.mesh !== winner.mesh);
  if (winner === undefined || loser === undefined) return undefined;
  return broken({ ...obstacles.lostClaim(name, winner), command: obstacles.withdrawCommand(loser),
    message: `${obstacles.lostClaim(name, winner).message}; the claim of mesh ${loser.mesh} (${loser.kind} ${loser.object}) has no effect` });
}

/** Link 2. */
export function claim(view: WhyView): Verdict {
  const { observed, decision, name } = view;
  const gap = observed.unread.get('ServiceMeshMemberRoll') ?? observed.unread.get('ServiceMeshMember');
  if (decision.belonging.is === 'control-plane') return holds(`namespace "${name}" is that of a control plane: it is in the mesh without a claim`);
  const wrong = misnamed(view);
  const rivals = rival(view);
  if (rivals !== undefined) return rivals;
  if (decision.winner !== undefined) return holds(`${decision.winner.kind} ${decision.winner.object} claims it for mesh ${decision.winner.mesh}`);
  if (gap !== undefined) return unknown(gap);
  const obstacle = obstacles.unclaimed(name, planesOf(observed));
  if (wrong === undefined) return broken(refusedFirst(view) ?? obstacle);
  return broken({ ...obstacle, reason: 'InvalidName', message: `ServiceMeshMember ${name}/${wrong.metadata.name} has no effect: it must be named "${MEMBER_NAME}"; create it with that name and delete this one` });
}

/** Without a claim the question is whether the one who asks could make one. */
function refusedFirst({ observed }: WhyView): obstacles.Obstacle | undefined {
  const [first] = observed.rights;
  return first === undefined || observed.rights.some((right) => right.isAllowed) ? undefined : obstacles.notPermitted(observed.user, first);
}

/** Link 3: rights are asked for when a claim is made, so one that is there was permitted. */
export function permission({ decision }: WhyView): Verdict {
  const { winner } = decision;
  return holds(winner === undefined ? 'nothing was asked for' : `${winner.kind} ${winner.object} was let in at admission`);
}

function readiness(plane: KubeObject): { readonly isReady: boolean; readonly why: string } {
  const ready = findCondition(conditionsAt(plane, 'status', 'conditions'), 'Ready');
  return { isReady: ready?.status === 'True', why: ready === undefined ? 'it has no status yet' : `${ready.reason}: ${ready.message}` };
}

/** The member asks for a control plane that is not there, or the mesh has none. */
function unserved({ observed, name, decision }: WhyView, of: string): obstacles.Obstacle | undefined {
  const planes = decision.meshes.get(of)?.controlPlanes ?? [];
  if (planes.length > 1) return obstacles.severalControlPlanes(of, planes.length);
  const ref = observed.member.members.map(parseMember).find((member) => member.controlPlane?.namespace === of)?.controlPlane;
  if (decision.winner?.isServed === false && ref !== undefined) return obstacles.unknownControlPlane(name, ref, planes[0]?.metadata.name);
  return planes.length === 0 ? obstacles.noControlPlane(of) : undefined;
}

/** Link 4. */
export function plane(view: WhyView): Verdict {
  const gap = view.observed.unread.get('ServiceMeshControlPlane');
  if (gap !== undefined) return unknown(gap);
  const of = view.mesh ?? view.name;
  const missing = unserved(view, of);
  const found = view.controlPlane ?? view.decision.meshes.get(of)?.controlPlanes[0];
  if (missing !== undefined || found === undefined) return broken(missing ?? obstacles.noControlPlane(of));
  const { isReady, why } = readiness(found);
  const shown = `ServiceMeshControlPlane ${of}/${found.metadata.name}`;
  return isReady ? holds(`${shown} is ready`)
    : broken({ reason: 'ControlPlaneNotReady', message: `${shown} is not ready (${why}); look at its pods`, command: `kubectl get deployments,pods -n ${of}` });
}

/** The operator has all it needs and has not acted. */
export function idleOperator(what: string, operatorNamespace = OPERATOR_NAME): obstacles.Obstacle {
  return { reason: 'OperatorNotActing', message: `${what}; the operator has not put that right, so it is probably not running`, command: `kubectl rollout restart deployment/${OPERATOR_NAME} -n ${operatorNamespace}` };
}

function reported({ observed }: WhyView): obstacles.Obstacle | undefined {
  const member = observed.member.members.find((object) => object.metadata.name === MEMBER_NAME);
  const found = findCondition(conditionsAt(member, 'status', 'conditions'), 'Reconciled');
  return found?.status === 'False' ? { reason: found.reason, message: found.message } : undefined;
}

/** Link 5. */
export function label(view: WhyView): Verdict {
  const { observed, name, decision, mesh, controlPlane } = view;
  if (decision.belonging.is === 'control-plane') return holds('it needs no membership');
  if (controlPlane === undefined || mesh === undefined) return unknown('the mesh has no single control plane');
  const wanted = memberCopies(memberCopyOptions(controlPlane, observed.member.copyFacts), name);
  const taken = copyChanges(observed.member, wanted).problems[0];
  if (taken !== undefined) {
    const stranger = observed.member.strangers.find((object) => taken.path.startsWith(`${object.kind} `) && object.metadata.name === taken.value);
    return broken(stranger === undefined ? taken : obstacles.foreignObject(stranger));
  }
  if (decision.memberOf === mesh) return holds(`label ${LABEL_MEMBER_OF}=${mesh} is on it`);
  const old = meshToLeave(observed.member, decision);
  if (old !== undefined && old !== mesh) return broken(obstacles.stillLeaving(name, old));
  return broken(reported(view) ?? idleOperator(`label ${LABEL_MEMBER_OF}=${mesh} is missing`, observed.member.operatorNamespace));
}

/** Link 8: copies that the mesh needs in the namespace, its NetworkPolicies and RoleBindings. */
export function policies({ observed, name, controlPlane, decision }: WhyView): Verdict {
  if (decision.belonging.is === 'control-plane' || controlPlane === undefined) return holds('it has those of the control plane');
  const options = memberCopyOptions(controlPlane, observed.member.copyFacts);
  const live = new Set(observed.member.copies.map((copy) => `${copy.kind} ${copy.metadata.name}`));
  const missing = memberCopies(options, name).map(({ object }) => `${object.kind} ${object.metadata.name}`).filter((copy) => !live.has(copy));
  if (missing.length > 0) return broken(idleOperator(`${missing.join(', ')} of the mesh ${missing.length === 1 ? 'is' : 'are'} missing`, observed.member.operatorNamespace));
  return holds(options.manageNetworkPolicy ? 'policies and role bindings of the mesh are there' : 'role bindings are there; NetworkPolicies are yours (spec.security.manageNetworkPolicy: false)');
}
