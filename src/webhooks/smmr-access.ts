import { sameJson, valueAt } from '../lib/json.ts';
import type { Roll } from '../domain/member-roll/claimants.ts';
import { isOpenRoll } from '../domain/member-roll/claimants.ts';
import type { Access } from './access.ts';
import { refuseUnanswered, refuseWithout, type AdmissionContext } from './decision.ts';
import { inParallel } from './in-parallel.ts';
import { deny, type AdmissionAnswer, type UserInfo } from './review.ts';

/** Requests to the API server at the same time, for one roll. */
const PARALLEL = 16;
/** Namespaces that a message names. */
const SHOWN = 10;

/** A change of a roll, and who makes it. */
export interface RollChange {
  readonly user: UserInfo;
  readonly before: Roll | undefined;
  readonly after: Roll;
  /** Namespaces listed now and not before, without those that an entry has no effect on. */
  readonly added: readonly string[];
}

const UPDATE_PODS: Access = { verb: 'update', group: '', resource: 'pods' };

const selectorsOf = (roll: Roll | undefined): unknown => valueAt(roll?.object, 'spec', 'memberSelectors') ?? [];

/** `*` or selectors appear, disappear or change: they reach namespaces that nobody listed. */
function changesOpenPart({ before, after }: RollChange): boolean {
  const wasOpen = before !== undefined && isOpenRoll(before);
  if (!wasOpen && !isOpenRoll(after)) return false;
  return before?.isWildcard !== after.isWildcard || !sameJson(selectorsOf(before), selectorsOf(after));
}

function listOf(namespaces: readonly string[]): string {
  const shown = namespaces.slice(0, SHOWN).map((name) => `"${name}"`).join(', ');
  return namespaces.length <= SHOWN ? shown : `${shown} and ${namespaces.length - SHOWN} more`;
}

async function refuseNamespaces(change: RollChange, context: AdmissionContext, deadline: AbortSignal): Promise<AdmissionAnswer | undefined> {
  const { user, added } = change;
  let checked = 0;
  try {
    const answers = await inParallel(added, PARALLEL, async (namespace) => {
      deadline.throwIfAborted();
      const isAllowed = await context.access.may(user, { ...UPDATE_PODS, namespace }, deadline);
      checked += 1;
      return isAllowed;
    });
    const denied = added.filter((_namespace, index) => answers[index] !== true);
    if (denied.length === 0) return undefined;
    return deny(403, `spec.members: user "${user.username}" does not have permission to update pods in ${listOf(denied)}; ask for it there, or let the owners join with a ServiceMeshMember`);
  } catch (error) {
    if (!deadline.aborted) return refuseUnanswered(user, error);
    return deny(400, `spec.members: there was time to check the permission of user "${user.username}" in ${checked} of ${added.length} new namespaces only; add fewer at once, or as a cluster admin`);
  }
}

/**
 * May the user add these namespaces? `update pods` in the whole cluster opens everything; otherwise it is needed in each
 * newly listed namespace, and for `*` and selectors there is no other way (spec/webhooks.md 4 rule 7, wishes.md W14).
 * Undefined: yes.
 */
export async function refuseRollAccess(change: RollChange, context: AdmissionContext, deadline: AbortSignal): Promise<AdmissionAnswer | undefined> {
  const isOpenChange = changesOpenPart(change);
  if (!isOpenChange && change.added.length === 0) return undefined;
  const refused = await refuseWithout(change.user, UPDATE_PODS, 'update pods in all namespaces, which "*" and spec.memberSelectors need; list the namespaces by name, or ask a cluster admin', { reviewer: context.access, deadline });
  if (refused === undefined || isOpenChange || refused.allowed || refused.code !== 403) return refused;
  return refuseNamespaces(change, context, deadline);
}
