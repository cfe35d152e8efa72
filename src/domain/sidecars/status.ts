import { CONTROL_PLANE } from '../../api/kinds.ts';
import { SIDECAR_STATUS_FIELDS } from '../../api/maistra-v2/control-plane-status.ts';
import type { JsonObject } from '../../lib/json.ts';
import { sortedUnique } from '../../lib/sort.ts';
import { isDeleting } from '../../k8s/object.ts';
import type { ObjectNote, Outcome, StatusWrite } from '../../k8s/plan.ts';
import { shownNames } from '../member-roll/obstacles.ts';
import { countsOf, outdatedNames } from './census.ts';
import type { SidecarsObserved } from './observed.ts';
import type { Restarts } from './restarts.ts';
import { censusByMember, podsToRenew, type MemberCensus } from './view.ts';

/** The status is read whole by everybody who watches the SMCP. */
const MOST_NAMESPACES = 100;
const MOST_WORKLOADS = 50;
const PODS_SHOWN = 10;
/** Of an error text. */
const LONGEST = 300;

/** Pods come and go all day; what their number is need not be known at once. */
const HOLD_BACK_MS = 5_000;

function entryOf(census: MemberCensus): JsonObject {
  const names = [...census.missing.map(({ metadata }) => `${metadata.name} (none)`), ...outdatedNames(census.outdated)];
  return { namespace: census.namespace, ...countsOf(census), pods: shownNames(names, PODS_SHOWN) };
}

function total(members: readonly MemberCensus[], count: (census: MemberCensus) => number): number {
  return members.reduce((sum, census) => sum + count(census), 0);
}

/** A restart that the API server refused did not happen. */
function stateOf({ state, message, next }: Restarts, { failures }: Outcome): JsonObject {
  const [failure] = failures;
  return failure === undefined || next === undefined ? { state, message }
    : { state: 'Stopped', message: `${next.name} could not be restarted: the API server refused (${failure.status} ${failure.reason}): ${failure.message.slice(0, LONGEST)}` };
}

function restartStatus(restarts: Restarts, outcome: Outcome): JsonObject {
  const { left, heldBack } = restarts;
  return { ...stateOf(restarts, outcome), left, heldBack: heldBack.slice(0, MOST_WORKLOADS).map(({ name, obstacle }) => ({ workload: name, reason: obstacle })) };
}

/** An Event on the workload itself: its owner did not restart it. */
function restartNotes({ next }: Restarts, { complete }: Outcome, { controlPlane: { metadata } }: SidecarsObserved): ObjectNote[] {
  if (next?.object === undefined || !complete) return [];
  const message = `restarted, so that its pods get the sidecar that mesh ${metadata.namespace ?? ''} gives now (Istio ${next.mark.version}); its ServiceMeshControlPlane ${metadata.name} asks for that by spec.updateStrategy.updateWorkloads`;
  return [{ about: next.object, type: 'Normal', reason: 'RestartedForSidecar', message }];
}

/**
 * What the status of an SMCP says about sidecars: how many pods of the mesh have the present one, another one, or none though they should, and in which
 * members (wishes.md W9, I8); and where restarts of workloads stand, if it asks for them. Nothing for an SMCP that has no status yet or is going.
 */
export function sidecarStatus(observed: SidecarsObserved, restarts: Restarts, outcome: Outcome): StatusWrite[] {
  const { controlPlane } = observed;
  if (controlPlane['status'] === undefined || isDeleting(controlPlane)) return [];
  const members = censusByMember(observed);
  const sidecars: JsonObject = {
    given: sortedUnique(members.flatMap(({ now }) => (now === undefined ? [] : [now.version]))).join(', '),
    current: total(members, ({ current }) => current.length), outdated: total(members, ({ outdated }) => outdated.length), missing: total(members, ({ missing }) => missing.length),
    namespaces: members.filter((census) => podsToRenew(census).length > 0).slice(0, MOST_NAMESPACES).map(entryOf),
    ...(restarts.state === 'Off' ? {} : { restarts: restartStatus(restarts, outcome) }),
  };
  const notes = restartNotes(restarts, outcome, observed);
  return [{ type: CONTROL_PLANE, object: controlPlane, status: { sidecars }, only: SIDECAR_STATUS_FIELDS, ...(notes.length === 0 ? { holdBackMs: HOLD_BACK_MS } : { notes }) }];
}
