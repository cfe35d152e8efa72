import type { ObjectKey } from '../k8s/key.ts';
import type { KubeObject } from '../k8s/object.ts';
import type { Reader, Watch } from './controller.ts';

/** Which keys a change of an object wakes, by one row of a watch table. `before` is undefined for additions, `after` for deletions. */
export function keysToWake(watch: Watch, before: KubeObject | undefined, after: KubeObject | undefined, read: Reader): readonly ObjectKey[] {
  if (watch.isRelevant !== undefined && !watch.isRelevant(before, after)) return [];
  if (before !== undefined && after !== undefined && watch.changeToKeys !== undefined) return watch.changeToKeys(before, after, read);
  return [after, before].flatMap((object) => (object === undefined ? [] : watch.toKeys(object, read)));
}
