import type { RollObserved } from '../../domain/member-roll/observed.ts';
import { planMemberRoll } from '../../domain/member-roll/plan.ts';
import { memberRollStatus } from '../../domain/member-roll/status.ts';
import type { Controller } from '../../runtime/controller.ts';
import type { MemberFacts } from '../member/observe.ts';
import { observeMemberRoll } from './observe.ts';
import { MEMBER_ROLL_WATCHES } from './watches.ts';

/** A thousand members joining wake the roll a thousand times; this makes it a few passes per second, of which most only find that it goes on. */
const MIN_INTERVAL_MS = 100;

/**
 * Keeps the rolls' status, and the roll that a ServiceMeshMember needs. Key: namespace of the mesh.
 * In: what is known at start.
 */
export function memberRollController(facts: MemberFacts = {}): Controller<RollObserved> {
  return {
    name: 'member-roll', watches: MEMBER_ROLL_WATCHES, minIntervalMs: MIN_INTERVAL_MS,
    observe: (key, read) => observeMemberRoll(key, read, facts),
    plan: (observed) => planMemberRoll(observed),
    status: (observed, _plan, _outcome, now) => memberRollStatus(observed, now),
  };
}
