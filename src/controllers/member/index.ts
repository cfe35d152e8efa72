import type { MemberObserved } from '../../domain/member/observed.ts';
import { planMember } from '../../domain/member/plan.ts';
import { memberStatuses } from '../../domain/member/status.ts';
import type { Controller } from '../../runtime/controller.ts';
import { observeMember, type MemberFacts } from './observe.ts';
import { MEMBER_WATCHES } from './watches.ts';

/** Members are many and independent, and each pass is a handful of requests. */
const WORKERS = 16;

/**
 * Puts namespaces into meshes and takes them out. Key: the namespace's name. In: what is known at start.
 */
export function memberController(facts: MemberFacts = {}): Controller<MemberObserved> {
  return {
    name: 'member', watches: MEMBER_WATCHES, workers: WORKERS,
    observe: (key, read) => observeMember(key, read, facts),
    plan: (observed) => planMember(observed),
    status: (observed, plan, outcome, now) => memberStatuses(observed, plan, outcome, now),
  };
}
