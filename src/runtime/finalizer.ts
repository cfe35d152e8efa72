import type { KubeObject } from '../k8s/object.ts';
import { isDeleting } from '../k8s/object.ts';
import type { Plan } from '../k8s/plan.ts';
import type { ObjectRef } from '../k8s/ref.ts';
import type { LiveObjects } from './live-objects.ts';
import type { PatchStep } from './apply.ts';

/*
 * The expected flow of an object that needs cleaning up (model: kube-rs finalizer.rs):
 *  1. A user creates the object.
 *  2. The planner sees no finalizer: its plan is only `ensure`.
 *  3. The finalizer is added. The change wakes the key again.
 *  4. The planner sees the finalizer: it plans the real work, and `ensure` needs no request.
 *  5. Steps 4 repeats for every change.
 *  6. A user deletes the object; the server sets deletionTimestamp and keeps it.
 *  7. The planner sees it deleting: stages remove everything in reverse order, finalizer `release`.
 *  8. The stages are carried out. One failed step: the finalizer stays, the key comes back.
 *  9. All stages succeeded: the finalizer is taken off, and only ours.
 * 10. The last finalizer is gone: the server drops the object. The key is woken once more and observes "gone".
 *
 * Guarantee: nothing outside the object is written before the finalizer is on it, and it does not go away before the cleaning up succeeded once.
 * Assumptions: stages of step 4 and 7 can be repeated after being cut off anywhere; step 7 also works when step 4 never ran.
 * Caveat: while the operator does not run, deletion waits. Whoever uninstalls the operator first takes the finalizer off by hand.
 */

/**
 * The patch that puts our finalizer on the plan's primary object or takes it off; undefined when nothing is to be done.
 * A list is replaced whole by a merge patch, so it carries the resourceVersion: another change in between is answered with 409 and planned anew.
 */
export function finalizerStep(plan: Plan, finalizer: string, live: LiveObjects): PatchStep | undefined {
  if (plan.finalizer === 'leave' || plan.primary === undefined) return undefined;
  const object = live.find(plan.primary)?.object;
  if (object === undefined || (plan.primary.uid !== undefined && object.metadata.uid !== plan.primary.uid)) return undefined;
  const before = object.metadata.finalizers ?? [];
  const has = before.includes(finalizer);
  if (plan.finalizer === 'release') return has ? patchOf(plan.primary, object, before.filter((name) => name !== finalizer)) : undefined;
  // The server refuses new finalizers on an object that is being deleted.
  return has || isDeleting(object) ? undefined : patchOf(plan.primary, object, [...before, finalizer]);
}

function patchOf(ref: ObjectRef, object: KubeObject, finalizers: readonly string[]): PatchStep {
  const { uid, resourceVersion } = object.metadata;
  return { do: 'patch', ref: { ...ref, ...(uid === undefined ? {} : { uid }) }, patch: { metadata: { resourceVersion, finalizers } } };
}
