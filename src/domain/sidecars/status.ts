import { CONTROL_PLANE } from '../../api/kinds.ts';
import { SIDECAR_STATUS_FIELDS } from '../../api/maistra-v2/control-plane-status.ts';
import type { JsonObject } from '../../lib/json.ts';
import { sortedUnique } from '../../lib/sort.ts';
import { isDeleting } from '../../k8s/object.ts';
import type { StatusWrite } from '../../k8s/plan.ts';
import { shownNames } from '../member-roll/obstacles.ts';
import { countsOf, outdatedNames } from './census.ts';
import type { SidecarsObserved } from './observed.ts';
import { censusByMember, podsToRenew, type MemberCensus } from './view.ts';

/** The status is read whole by everybody who watches the SMCP. */
const MOST_NAMESPACES = 100;
const PODS_SHOWN = 10;

/** Pods come and go all day; what their number is need not be known at once. */
const HOLD_BACK_MS = 5_000;

function entryOf(census: MemberCensus): JsonObject {
  const names = [...census.missing.map(({ metadata }) => `${metadata.name} (none)`), ...outdatedNames(census.outdated)];
  return { namespace: census.namespace, ...countsOf(census), pods: shownNames(names, PODS_SHOWN) };
}

function total(members: readonly MemberCensus[], count: (census: MemberCensus) => number): number {
  return members.reduce((sum, census) => sum + count(census), 0);
}

/**
 * What the status of an SMCP says about sidecars: how many pods of the mesh have the present one, another one, or none though they should, and in which
 * members (wishes.md W9, I8). Nothing for an SMCP that has no status yet or is going.
 */
export function sidecarStatus(observed: SidecarsObserved): StatusWrite[] {
  const { controlPlane } = observed;
  if (controlPlane['status'] === undefined || isDeleting(controlPlane)) return [];
  const members = censusByMember(observed);
  const sidecars: JsonObject = {
    given: sortedUnique(members.flatMap(({ now }) => (now === undefined ? [] : [now.version]))).join(', '),
    current: total(members, ({ current }) => current.length), outdated: total(members, ({ outdated }) => outdated.length), missing: total(members, ({ missing }) => missing.length),
    namespaces: members.filter((census) => podsToRenew(census).length > 0).slice(0, MOST_NAMESPACES).map(entryOf),
  };
  return [{ type: CONTROL_PLANE, object: controlPlane, status: { sidecars }, only: SIDECAR_STATUS_FIELDS, holdBackMs: HOLD_BACK_MS }];
}
