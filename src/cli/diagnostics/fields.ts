import { objectsAt, valueAt, type JsonObject } from '../../lib/json.ts';

export { objectsAt, textAt } from '../../lib/json.ts';

/* Reading foreign objects: whatever is not as expected counts as absent. */

/** The texts of the list at a path; none for anything else. */
export function textsAt(object: unknown, ...path: readonly string[]): readonly string[] {
  const value = valueAt(object, ...path);
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

/** States of a pod's containers, those that run first at the front. */
export function containerStatuses(pod: unknown): readonly JsonObject[] {
  return [...objectsAt(pod, 'status', 'initContainerStatuses'), ...objectsAt(pod, 'status', 'containerStatuses')];
}

/** True if a condition of the object has this state. */
export function hasCondition(object: unknown, type: string, status: string): boolean {
  return objectsAt(object, 'status', 'conditions').some((condition) => condition['type'] === type && condition['status'] === status);
}
