import type { Condition } from '../k8s/condition.ts';
import { isJsonObject } from '../lib/json.ts';

/** A Kubernetes Event to be, without the object it is about. */
export interface EventNote {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** How conditions are read. Names that are in no list have Ready-like polarity: `True` is good. */
export interface ConditionPolicy {
  /** Conditions whose `True` is bad. */
  readonly inverted: ReadonlySet<string>;
  /** Conditions that come and go with every change; they make no events. */
  readonly quiet: ReadonlySet<string>;
  /** Reasons of things under way: told once, as Normal, whatever their message counts. */
  readonly progress: ReadonlySet<string>;
}

/** The condition that a throw in observe, plan or status is reported under. */
export const INTERNAL_ERROR = 'InternalError';

/** kstatus polarity (`Reconciling`, `Stalled`) and our own report of a bug. */
export const DEFAULT_POLICY: ConditionPolicy = { inverted: new Set(['Reconciling', 'Stalled', INTERNAL_ERROR]), quiet: new Set(['Reconciling']), progress: new Set() };

/** The conditions in a status; anything that is none is left out. */
export function conditionsOf(status: unknown): readonly Condition[] {
  const list = isJsonObject(status) ? status['conditions'] : undefined;
  return Array.isArray(list) ? list.filter(isCondition) : [];
}

function isCondition(value: unknown): value is Condition {
  return isJsonObject(value) && typeof value['type'] === 'string' && typeof value['status'] === 'string';
}

/**
 * Events for the difference between two statuses: a condition that is new, has another status or another reason, or is bad with another message.
 * Never for a change of time alone, nor for an inverted condition that starts out good. Conditions that say the same make one event.
 */
export function eventsOf(before: unknown, after: unknown, policy: ConditionPolicy = DEFAULT_POLICY): readonly EventNote[] {
  const old = new Map(conditionsOf(before).map((condition) => [condition.type, condition]));
  const notes = conditionsOf(after)
    .filter((condition) => !policy.quiet.has(condition.type) && isNews(old.get(condition.type), condition, policy))
    .map((condition): EventNote => ({
      type: isBad(condition, policy) && !policy.progress.has(condition.reason) ? 'Warning' : 'Normal',
      reason: condition.reason || condition.type, message: condition.message || condition.type,
    }));
  return [...new Map(notes.map((note) => [`${note.reason} ${note.message}`, note])).values()];
}

function isBad(condition: Condition, { inverted }: ConditionPolicy): boolean {
  return inverted.has(condition.type) ? condition.status !== 'False' : condition.status !== 'True';
}

function isNews(old: Condition | undefined, now: Condition, policy: ConditionPolicy): boolean {
  if (old === undefined) return isBad(now, policy) || !policy.inverted.has(now.type);
  if (old.status !== now.status || old.reason !== now.reason) return true;
  return isBad(now, policy) && !policy.progress.has(now.reason) && old.message !== now.message;
}
