import { MEMBER } from '../../api/kinds.ts';
import { MEMBER_NAME } from '../../api/names.ts';
import { valueAt, type JsonObject } from '../../lib/json.ts';
import { stallingReasons, MEMBER_REASONS } from '../../api/condition-reasons.ts';
import { nextConditions, type ConditionInput } from '../../k8s/condition.ts';
import { progressConditions } from '../../k8s/progress.ts';
import { isDeleting, type KubeObject } from '../../k8s/object.ts';
import type { Outcome, Plan, StatusWrite } from '../../k8s/plan.ts';
import { parseMember, type Member } from '../member-roll/claimants.ts';
import { hasControlPlane, lostClaim, namespaceDeleting, severalControlPlanes, stillLeaving, unknownControlPlane } from '../member-roll/obstacles.ts';
import { meshGenerationOf, type MeshGeneration } from '../member-roll/meshes.ts';
import { countsOf, type Census } from '../sidecars/census.ts';
import { conditionsAt } from '../member-roll/reports.ts';
import { decide, type Decision } from './decision.ts';
import type { MemberObserved } from './observed.ts';
import { namespaceStatus } from './namespace-status.ts';
import { meshToLeave } from './plan.ts';
import { contestedWarning, memberCensus, warningsOf } from './warnings.ts';

/** What a ServiceMeshMember says about its namespace. */
interface Verdict {
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

const STALLING = stallingReasons(MEMBER_REASONS);

const failed = (message: string): Verdict => ({ status: 'False', reason: 'ErrorConfiguringNamespace', message });

/** Longest error text of the API server that is repeated in a condition. */
const LONGEST_ERROR = 500;

/** Mistakes that can be seen on the member and its control plane alone. */
function referenceVerdict(member: Member, decision: Decision): Verdict | undefined {
  const ref = member.controlPlane;
  if (member.object.metadata.name !== MEMBER_NAME) {
    return { status: 'False', reason: 'InvalidName', message: `The ServiceMeshMember must be named "${MEMBER_NAME}"; create it with that name and delete this one` };
  }
  if (ref === undefined) return { status: 'False', reason: 'ErrorControlPlaneMissing', message: 'spec.controlPlaneRef needs a namespace and a name' };
  const planes = decision.meshes.get(ref.namespace)?.controlPlanes ?? [];
  if (!planes.some((plane) => plane.metadata.name === ref.name)) {
    return { status: 'False', reason: 'ErrorControlPlaneMissing', message: unknownControlPlane(member.namespace, ref, planes[0]?.metadata.name).message };
  }
  return planes.length > 1 ? failed(severalControlPlanes(ref.namespace, planes.length).message) : undefined;
}

/** Reasons why the namespace cannot be in the mesh that the member names. */
function belongingVerdict(observed: MemberObserved, member: Member, decision: Decision): Verdict | undefined {
  const { belonging, winner } = decision;
  const mesh = member.controlPlane?.namespace;
  if (belonging.is === 'absent') return failed(namespaceDeleting(observed.name).message);
  if (belonging.is === 'control-plane') return failed(hasControlPlane(observed.name, mesh ?? '').message);
  if (observed.name === observed.operatorNamespace) return failed(`namespace "${observed.name}" is the operator's and cannot be a member; delete this ServiceMeshMember`);
  if (winner === undefined) return failed('this member was made for a roll that no longer has the namespace; delete it');
  if (winner.mesh !== mesh) return failed(lostClaim(observed.name, winner).message);
  const old = meshToLeave(observed, decision);
  return old === undefined ? undefined : failed(stillLeaving(observed.name, old).message);
}

/** What went wrong with the writes of this pass. */
function outcomeVerdict(plan: Plan, outcome: Outcome): Verdict | undefined {
  const problem = plan.problems[0];
  if (problem !== undefined) return { status: 'False', reason: problem.reason, message: problem.message };
  const failure = outcome.failures[0];
  if (failure?.reason === 'FieldConflict') return { status: 'False', reason: 'FieldConflict', message: failure.message };
  if (failure !== undefined) return failed(`the API server refused a write (${failure.status} ${failure.reason}): ${failure.message.slice(0, LONGEST_ERROR)}`);
  return outcome.complete ? undefined : failed('not all writes were carried out; they are tried again');
}

function verdictOf(observed: MemberObserved, member: Member, result: { readonly decision: Decision; readonly plan: Plan; readonly outcome: Outcome }): Verdict {
  return referenceVerdict(member, result.decision)
    ?? belongingVerdict(observed, member, result.decision)
    ?? outcomeVerdict(result.plan, result.outcome)
    ?? { status: 'True', reason: 'Configured', message: '' };
}

/** The generation of the mesh at the last success: that of now when configured, else what the status said before. */
function generationOf(verdict: Verdict, member: KubeObject, decision: Decision): MeshGeneration {
  if (verdict.status === 'True' && decision.belonging.is === 'member') return meshGenerationOf(decision.belonging.controlPlane);
  const generation = valueAt(member, 'status', 'meshGeneration');
  const version = valueAt(member, 'status', 'meshReconciledVersion');
  return { meshGeneration: typeof generation === 'number' ? generation : 0, meshReconciledVersion: typeof version === 'string' ? version : '' };
}

function statusOf(member: Member, verdict: Verdict, decision: Decision, more: { readonly warnings: readonly ConditionInput[]; readonly census: Census | undefined; readonly now: Date }): JsonObject {
  const { object, controlPlane } = member;
  const observedGeneration = object.metadata.generation ?? 0;
  const own: ConditionInput[] = ['Reconciled', 'Ready'].map((type) => ({ type, ...verdict }));
  const wanted = [...own, ...progressConditions({ type: 'Ready', ...verdict }, STALLING), ...more.warnings].map((condition) => ({ ...condition, observedGeneration }));
  return {
    annotations: controlPlane === undefined ? {} : { controlPlaneRef: `${controlPlane.namespace}/${controlPlane.name}` },
    observedGeneration,
    ...generationOf(verdict, object, decision),
    ...(more.census === undefined ? {} : { sidecars: countsOf(more.census) }),
    conditions: nextConditions(conditionsAt(object, 'status', 'conditions'), wanted, more.now).map((condition) => ({ ...condition })),
  };
}

/**
 * The status of every ServiceMeshMember in the namespace. Conditions Reconciled and Ready are always the same, as in the
 * old operator (spec/api-members.md 3). False because: wrong name (InvalidName); no such control plane
 * (ErrorControlPlaneMissing); anything that keeps the namespace out of the mesh (ErrorConfiguringNamespace): it is being
 * deleted, is no longer in the roll that made the member, has a control plane itself, belongs to another mesh, is still leaving one, has objects of others in the way, or
 * the API server refused a write. The others are there only while they are true: ExternalAccessBlocked (a Route leads to pods that the mesh's
 * policies cut off), PodsNotInjected (pods older than the membership), SidecarsOutdated (pods older than the last change of the mesh's sidecars), Contested (another mesh wants the namespace, too).
 * A member through a roll alone has no object of its own to say that: its namespace does.
 */
export function memberStatuses(observed: MemberObserved, plan: Plan, outcome: Outcome, now: Date): StatusWrite[] {
  const decision = decide(observed);
  const warnings = warningsOf(observed, decision);
  const census = memberCensus(observed, decision);
  const { winner } = decision;
  const living = observed.members.filter((member) => !isDeleting(member)).map(parseMember);
  const writes = living.map((member) => {
    const verdict = verdictOf(observed, member, { decision, plan, outcome });
    const more = member.controlPlane?.namespace === winner?.mesh ? contestedWarning(observed.name, decision) : [];
    return { type: MEMBER, object: member.object, status: statusOf(member, verdict, decision, { warnings: [...warnings, ...more], census, now }) };
  });
  const hasOwn = living.some((member) => member.object.metadata.name === MEMBER_NAME && member.controlPlane?.namespace === winner?.mesh);
  const trouble = hasOwn || decision.belonging.is !== 'member' ? undefined : outcomeVerdict(plan, outcome);
  const reports = [...(trouble === undefined ? [] : [{ type: 'Reconciled', ...trouble }]), ...(hasOwn ? [] : warnings)];
  return [...writes, ...namespaceStatus(observed.namespace, reports, now)];
}
