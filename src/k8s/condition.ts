/** `status` of a condition. */
export type ConditionStatus = 'True' | 'False' | 'Unknown';

/** A condition as Kubernetes API conventions define it. `message` says what to do next. */
export interface Condition {
  readonly type: string;
  readonly status: ConditionStatus;
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
  readonly observedGeneration?: number;
}

/** A condition before its time is known. */
export type ConditionInput = Omit<Condition, 'lastTransitionTime'>;

/** The condition of a type, or undefined. */
export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** True when the condition is there and `True`. */
export function isConditionTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === 'True';
}

/**
 * The next list of conditions: each input keeps the old transition time unless its status changed.
 * Conditions of other types are dropped: a status function lists all it wants. Kubernetes API conventions, "Typical status properties".
 */
export function nextConditions(before: readonly Condition[] | undefined, wanted: readonly ConditionInput[], now: Date): Condition[] {
  return wanted.map((input) => {
    const old = findCondition(before, input.type);
    const lastTransitionTime = old !== undefined && old.status === input.status ? old.lastTransitionTime : `${now.toISOString().slice(0, 19)}Z`;
    return { ...input, lastTransitionTime };
  });
}
