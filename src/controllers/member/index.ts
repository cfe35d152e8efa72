import type { MemberObserved } from '../../domain/member/observed.ts';
import { planMember } from '../../domain/member/plan.ts';
import { memberStatuses } from '../../domain/member/status.ts';
import type { Controller } from '../../runtime/controller.ts';
import { observeMember, type MemberFacts } from './observe.ts';
import { MEMBER_WATCHES } from './watches.ts';

/** Members are many and independent, and each pass is a handful of requests. */
const WORKERS = 16;

/** Joining wakes a namespace once for each object written to it; this makes it one look afterwards. */
const MIN_INTERVAL_MS = 100;

/**
 * Puts namespaces into meshes and takes them out. Key: the namespace's name. In: what is known at start.
 */
export function memberController(facts: MemberFacts = {}): Controller<MemberObserved> {
  return {
    name: 'member', watches: MEMBER_WATCHES, workers: WORKERS, minIntervalMs: MIN_INTERVAL_MS,
    observe: (key, read) => observeMember(key, read, facts),
    plan: (observed) => planMember(observed),
    status: (observed, plan, outcome, now) => memberStatuses(observed, plan, outcome, now),
  };
}
