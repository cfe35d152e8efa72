import { objectsAt, type JsonObject } from '../../lib/json.ts';

export { objectsAt, textAt, textsAt } from '../../lib/json.ts';

/* Reading foreign objects: whatever is not as expected counts as absent. */

/** States of a pod's containers, those that run first at the front. */
export function containerStatuses(pod: unknown): readonly JsonObject[] {
  return [...objectsAt(pod, 'status', 'initContainerStatuses'), ...objectsAt(pod, 'status', 'containerStatuses')];
}

/** True if a condition of the object has this state. */
export function hasCondition(object: unknown, type: string, status: string): boolean {
  return objectsAt(object, 'status', 'conditions').some((condition) => condition['type'] === type && condition['status'] === status);
}
