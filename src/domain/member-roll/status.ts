import { MEMBER_ROLL } from '../../api/kinds.ts';
import { ROLL_NAME } from '../../api/names.ts';
import { isJsonObject, valueAt, type JsonObject } from '../../lib/json.ts';
import { sortedBy } from '../../lib/sort.ts';
import { nextConditions, type Condition, type ConditionInput } from '../../k8s/condition.ts';
import { isDeleting, type KubeObject } from '../../k8s/object.ts';
import { PROGRESS_HOLD_BACK_MS, type StatusWrite } from '../../k8s/plan.ts';
import { memberState, type MemberState } from './member-state.ts';
import { meshGenerationOf, soleControlPlane } from './meshes.ts';
import { viewOf, type RollObserved, type RollView } from './observed.ts';

type States = ReadonlyMap<string, MemberState>;

/** Names listed in a message; the rest is a number. The full lists are in the status. */
const NAMES_IN_MESSAGE = 10;

/** Members with an entry in `memberStatuses`: an object of more than 1.5 MB does not fit into etcd. */
const MOST_ENTRIES = 1000;

/** The status of a big roll is a big object, which the server checks and stores whole: its progress is told less often. */
const PROGRESS_PER_MEMBER_MS = 4;

function isCondition(value: unknown): value is Condition {
  return isJsonObject(value) && typeof value['type'] === 'string' && typeof value['status'] === 'string' && typeof value['lastTransitionTime'] === 'string';
}

/** The conditions found at a path of an object; malformed ones are skipped. */
export function conditionsAt(root: unknown, ...path: readonly string[]): Condition[] {
  const conditions = valueAt(root, ...path);
  return Array.isArray(conditions) ? conditions.filter(isCondition) : [];
}

function namesIn(states: States, state: MemberState['state']): string[] {
  return [...states].filter(([, member]) => member.state === state).map(([name]) => name);
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_IN_MESSAGE).join(', ');
  return names.length <= NAMES_IN_MESSAGE ? shown : `${shown} and ${names.length - NAMES_IN_MESSAGE} more`;
}

/**
 * Condition Ready. False because: no control plane (ErrSMCPMissing), several (ErrMultipleSMCPs), or some member is
 * pending (ReconcileError). Members that are leaving do not make it false. Source: spec/api-members.md 3.
 */
function readyCondition(view: RollView, states: States): { readonly status: 'True' | 'False'; readonly reason: string; readonly message: string } {
  const count = view.meshState?.controlPlanes.length ?? 0;
  if (count === 0) return { status: 'False', reason: 'ErrSMCPMissing', message: `No ServiceMeshControlPlane exists in namespace ${view.mesh}; create one` };
  if (count > 1) return { status: 'False', reason: 'ErrMultipleSMCPs', message: `Multiple ServiceMeshControlPlanes exist in namespace ${view.mesh}; delete all but one` };
  const pending = namesIn(states, 'pending');
  if (pending.length === 0) return { status: 'True', reason: 'Configured', message: 'All namespaces have been configured successfully' };
  return { status: 'False', reason: 'ReconcileError', message: `The following namespaces are not yet configured: ${listed(pending)}; status.memberStatuses says why` };
}

function memberCondition(member: MemberState): ConditionInput {
  if (member.state === 'configured') return { type: 'Reconciled', status: 'True', reason: 'Configured', message: '' };
  const { reason, message } = member.obstacle;
  return { type: 'Reconciled', status: 'False', reason, message };
}

function toJson(conditions: readonly Condition[]): JsonObject[] {
  return conditions.map((condition) => ({ ...condition }));
}

/** Conditions of each namespace in the old status, to keep their times. */
function conditionsBefore(roll: KubeObject): ReadonlyMap<unknown, readonly Condition[]> {
  const before = valueAt(roll, 'status', 'memberStatuses');
  return new Map(Array.isArray(before) ? before.map((entry: unknown) => [valueAt(entry, 'namespace'), conditionsAt(entry, 'conditions')]) : []);
}

/** One entry for each member; in a bigger roll those with an obstacle come first, and the lists of names say the rest. */
function memberStatuses(roll: KubeObject, states: States, now: Date): JsonObject[] {
  const before = conditionsBefore(roll);
  const entries = [...states].toSorted(([, a], [, b]) => Number(a.state === 'configured') - Number(b.state === 'configured')).slice(0, MOST_ENTRIES);
  return sortedBy(entries, ([namespace]) => namespace).map(([namespace, member]) => ({
    namespace, conditions: toJson(nextConditions(before.get(namespace), [memberCondition(member)], now)),
  }));
}

function rollStatus(roll: KubeObject, view: RollView, now: Date): JsonObject {
  const states = new Map(view.members.map((name) => [name, memberState(name, view)] as const));
  const configured = namesIn(states, 'configured');
  const generation = roll.metadata.generation ?? 0;
  const ready = { type: 'Ready', ...readyCondition(view, states), observedGeneration: generation };
  return {
    annotations: { configuredMemberCount: `${configured.length}/${states.size}` },
    observedGeneration: generation,
    ...meshGenerationOf(soleControlPlane(view.meshState)),
    members: [...states.keys()],
    configuredMembers: configured,
    pendingMembers: namesIn(states, 'pending'),
    terminatingMembers: namesIn(states, 'terminating'),
    conditions: toJson(nextConditions(conditionsAt(roll, 'status', 'conditions'), [ready], now)),
    memberStatuses: memberStatuses(roll, states, now),
  };
}

/** A roll with another name configures nothing; its status says so and nothing else. */
function misnamedStatus(roll: KubeObject, now: Date): JsonObject {
  const generation = roll.metadata.generation ?? 0;
  const message = `The ServiceMeshMemberRoll must be named "${ROLL_NAME}"; create it with that name and delete this one`;
  const ready: ConditionInput = { type: 'Ready', status: 'False', reason: 'ErrInvalidName', message, observedGeneration: generation };
  return {
    annotations: { configuredMemberCount: '0/0' }, observedGeneration: generation, meshGeneration: 0, meshReconciledVersion: '',
    members: [], configuredMembers: [], pendingMembers: [], terminatingMembers: [],
    conditions: toJson(nextConditions(conditionsAt(roll, 'status', 'conditions'), [ready], now)), memberStatuses: [],
  };
}

/**
 * The status of every roll in the mesh's namespace (spec/api-members.md 3). What a namespace is comes from the namespace
 * itself, so a roll cannot claim more than is true. Laws: counts equal the lengths of the lists; each of `members` is in
 * exactly one of configured, pending and terminating.
 */
export function memberRollStatus(observed: RollObserved, now: Date): StatusWrite[] {
  const writes = observed.misnamed.filter((roll) => !isDeleting(roll)).map((roll) => ({ type: MEMBER_ROLL, object: roll, status: misnamedStatus(roll, now) }));
  const { roll } = observed;
  if (roll === undefined || isDeleting(roll)) return writes;
  const view = viewOf(observed);
  const status = rollStatus(roll, view, now);
  const isProgress = Array.isArray(status['pendingMembers']) && status['pendingMembers'].length > 0;
  return [{ type: MEMBER_ROLL, object: roll, status, ...(isProgress ? { holdBackMs: PROGRESS_HOLD_BACK_MS + PROGRESS_PER_MEMBER_MS * view.members.length } : {}) }, ...writes];
}
