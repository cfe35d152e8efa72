import { MEMBER_REASONS, MEMBER_ROLL_REASONS, MEMBER_STATUS_REASONS, stallingReasons } from '../../api/condition-reasons.ts';
import { MEMBER_ROLL } from '../../api/kinds.ts';
import { ROLL_NAME } from '../../api/names.ts';
import { valueAt, type JsonObject } from '../../lib/json.ts';
import { memoized } from '../../lib/memo.ts';
import { sortedBy } from '../../lib/sort.ts';
import { findCondition, nextConditions, type Condition, type ConditionInput } from '../../k8s/condition.ts';
import { isDeleting, type KubeObject } from '../../k8s/object.ts';
import { progressConditions } from '../../k8s/progress.ts';
import { PROGRESS_HOLD_BACK_MS, type ObjectNote, type StatusWrite } from '../../k8s/plan.ts';
import { isUnderWay, memberState, type MemberState } from './member-state.ts';
import { meshGenerationOf, soleControlPlane } from './meshes.ts';
import { isOtherMesh, otherMeshOf, servesEverything } from '../neighbours/other-mesh.ts';
import { conditionsAt } from './reports.ts';
import { viewOf, type RollObserved, type RollView } from './observed.ts';

type States = ReadonlyMap<string, MemberState>;

/** Names of members by where they stand. */
type Groups = Readonly<Record<MemberState['state'] | 'troubled', readonly string[]>>;

/** Names listed in a message; the rest is a number. The full lists are in the status. */
const NAMES_IN_MESSAGE = 10;

/** Events of one status. */
const MOST_NOTES = 10;

/** Members with an entry in `memberStatuses`: an object of more than 1.5 MB does not fit into etcd. */
const MOST_ENTRIES = 1000;

/** The status of a big roll is a big object, which the server checks and stores whole: its progress is told less often. */
const PROGRESS_PER_MEMBER_MS = 4;

/** `troubled`: those in the mesh of whom something cannot be kept right. */
function groupsOf(states: States): Groups {
  const groups: Record<keyof Groups, string[]> = { configured: [], pending: [], terminating: [], troubled: [] };
  for (const [name, { state, obstacle }] of states) {
    groups[state].push(name);
    if (state === 'configured' && obstacle !== undefined) groups.troubled.push(name);
  }
  return groups;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_IN_MESSAGE).join(', ');
  return names.length <= NAMES_IN_MESSAGE ? shown : `${shown} and ${names.length - NAMES_IN_MESSAGE} more`;
}

/**
 * Condition Ready. False because: no control plane (ErrSMCPMissing), several (ErrMultipleSMCPs), or some member is
 * pending or cannot be kept right (ReconcileError). Members that are leaving do not make it false. Source: spec/api-members.md 3.
 */
function readyCondition(view: RollView, { pending, troubled }: Groups): { readonly status: 'True' | 'False'; readonly reason: string; readonly message: string } {
  const count = view.meshState?.controlPlanes.length ?? 0;
  if (count === 0) return { status: 'False', reason: 'ErrSMCPMissing', message: `No ServiceMeshControlPlane exists in namespace ${view.mesh}; create one` };
  if (count > 1) return { status: 'False', reason: 'ErrMultipleSMCPs', message: `Multiple ServiceMeshControlPlanes exist in namespace ${view.mesh}; delete all but one` };
  if (pending.length > 0) return { status: 'False', reason: 'ReconcileError', message: `The following namespaces are not yet configured: ${listed(pending)}; status.memberStatuses says why` };
  if (troubled.length > 0) return { status: 'False', reason: 'ReconcileError', message: `The following namespaces are in the mesh, but not as they should be: ${listed(troubled)}; status.memberStatuses says why` };
  return { status: 'True', reason: 'Configured', message: 'All namespaces have been configured successfully' };
}

/** Reconciled, and what else there is to know, of one member. */
function memberConditions({ state, obstacle, warnings }: MemberState, observedGeneration: number): ConditionInput[] {
  const reconciled: ConditionInput = state === 'configured' && obstacle === undefined
    ? { type: 'Reconciled', status: 'True', reason: 'Configured', message: '' }
    : { type: 'Reconciled', status: 'False', reason: obstacle?.reason ?? '', message: obstacle?.message ?? '' };
  return [reconciled, ...warnings].map((condition) => ({ ...condition, observedGeneration }));
}

function toJson(conditions: readonly Condition[]): JsonObject[] {
  return conditions.map((condition) => ({ ...condition }));
}

/** Conditions of each namespace in the old status, to keep their times. */
function conditionsBefore(roll: KubeObject): ReadonlyMap<unknown, readonly Condition[]> {
  const before = valueAt(roll, 'status', 'memberStatuses');
  return new Map(Array.isArray(before) ? before.map((entry: unknown) => [valueAt(entry, 'namespace'), conditionsAt(entry, 'conditions')]) : []);
}

/** Nothing to say about it but that it is configured. */
const isQuiet = ({ state, obstacle, warnings }: MemberState): boolean => state === 'configured' && obstacle === undefined && warnings.length === 0;

/** One entry for each member; in a bigger roll those with an obstacle come first, and the lists of names say the rest. */
function memberStatuses(roll: KubeObject, states: States, now: Date): JsonObject[] {
  const before = conditionsBefore(roll);
  const generation = roll.metadata.generation ?? 0;
  const entries = [...states].toSorted(([, a], [, b]) => Number(isQuiet(a)) - Number(isQuiet(b))).slice(0, MOST_ENTRIES);
  return sortedBy(entries, ([namespace]) => namespace).map(([namespace, member]) => ({
    namespace, conditions: toJson(nextConditions(before.get(namespace), memberConditions(member, generation), now)),
  }));
}

/** Events about claims of other meshes that were not known before. Many at once come of one `*` or selector: the first ones say it. */
function contestNotes(roll: KubeObject, states: States): ObjectNote[] {
  const before = conditionsBefore(roll);
  const news = [...states].flatMap(([name, { warnings }]) => {
    const contested = findCondition(warnings.map((warning) => ({ ...warning, lastTransitionTime: '' })), 'Contested');
    return contested === undefined || findCondition(before.get(name), 'Contested')?.message === contested.message ? [] : [contested.message];
  });
  return news.slice(0, MOST_NOTES).map((message) => ({ about: roll, type: 'Warning', reason: 'Contested', message }));
}

/** Reasons of members that do not go away by waiting. */
const MEMBER_STALLING: ReadonlySet<string> = new Set([...stallingReasons(MEMBER_STATUS_REASONS), ...stallingReasons(MEMBER_REASONS)]);
const STALLING = stallingReasons(MEMBER_ROLL_REASONS);

/** A roll waits for its members: it is stalled only when each of those that are not right is. */
function progressOf(ready: ConditionInput, states: States): ConditionInput[] {
  const wrong = [...states.values()].flatMap(({ state, obstacle }) => (state === 'terminating' || obstacle === undefined ? [] : [obstacle.reason]));
  const isStalled = ready.reason === 'ReconcileError' && wrong.every((reason) => MEMBER_STALLING.has(reason));
  return progressConditions(ready, isStalled ? new Set([ready.reason]) : STALLING);
}

/** An istiod of others that serves every namespace: its mesh asks for none of ours, so they stay in, and this is what to know. */
function sharedIstiod(others: readonly KubeObject[], observedGeneration: number): ConditionInput[] {
  const meshes = others.filter(isOtherMesh).map(otherMeshOf).filter(({ selectors }) => selectors.length === 0);
  if (meshes.length === 0) return [];
  const { reason, message } = servesEverything(sortedBy(meshes, ({ id }) => id));
  return [{ type: 'ServedByOtherMesh', status: 'True', reason, message, observedGeneration }];
}

interface RollPass {
  readonly view: RollView;
  readonly observed: RollObserved;
  readonly groups: Groups;
  readonly now: Date;
}

function rollStatus(roll: KubeObject, states: States, { view, observed: { otherMeshes = [], ingressPeer }, groups, now }: RollPass): JsonObject {
  const { configured, pending, terminating } = groups;
  const generation = roll.metadata.generation ?? 0;
  const ready: ConditionInput = { type: 'Ready', ...readyCondition(view, groups), observedGeneration: generation };
  return {
    annotations: { configuredMemberCount: `${configured.length}/${states.size}`, ...(ingressPeer === undefined ? {} : { ingressPeer }) },
    observedGeneration: generation,
    ...meshGenerationOf(soleControlPlane(view.meshState)),
    members: [...states.keys()],
    configuredMembers: configured, pendingMembers: pending, terminatingMembers: terminating,
    conditions: toJson(nextConditions(conditionsAt(roll, 'status', 'conditions'), [ready, ...progressOf(ready, states), ...sharedIstiod(otherMeshes, generation)], now)),
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
    conditions: toJson(nextConditions(conditionsAt(roll, 'status', 'conditions'), [ready, ...progressConditions(ready, STALLING)], now)), memberStatuses: [],
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
  return [rollWrite(roll, observed, now), ...writes];
}

/** While members are on their way in or out, nothing more is found out than that, until the news may go out. */
function rollWrite(roll: KubeObject, observed: RollObserved, now: Date): StatusWrite {
  const view = viewOf(observed);
  const made = memoized((of: RollView) => {
    const states = new Map(of.members.map((name) => [name, memberState(name, of)] as const));
    const groups = groupsOf(states);
    return { groups, status: rollStatus(roll, states, { view: of, observed, groups, now }), notes: contestNotes(roll, states) };
  });
  const isProgress = view.members.some((name) => isUnderWay(name, view)) || made(view).groups.troubled.length > 0;
  return {
    type: MEMBER_ROLL, object: roll,
    get status() { return made(view).status; },
    get notes() { return made(view).notes; },
    ...(isProgress ? { isCostly: true, holdBackMs: PROGRESS_HOLD_BACK_MS + PROGRESS_PER_MEMBER_MS * view.members.length } : {}),
  };
}
