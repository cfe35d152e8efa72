import type { ConditionInput } from './condition.ts';

/** Condition types that kstatus and everything built on it (Flux, Argo CD, `kubectl wait`) understands. Each is there only while it is true. */
export const PROGRESS_CONDITIONS = ['Reconciling', 'Stalled'] as const;

/**
 * What tools want to know about a condition that is not true: will it become right by itself (`Reconciling`), or must somebody act (`Stalled`)?
 * In: the condition that tells how the work stands, and the reasons that do not go away by waiting. Out: one condition, or none when all is done.
 * Source: sigs.k8s.io/cli-utils, pkg/kstatus: "abnormal-true" conditions, absent when all is well.
 */
export function progressConditions(main: ConditionInput, stalling: ReadonlySet<string>): ConditionInput[] {
  if (main.status === 'True') return [];
  return [{ ...main, type: stalling.has(main.reason) ? 'Stalled' : 'Reconciling', status: 'True' }];
}
