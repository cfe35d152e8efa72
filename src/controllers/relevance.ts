import type { KubeObject } from '../k8s/object.ts';
import { sameJson, valueAt } from '../lib/json.ts';

/** Which changes of an object wake a controller (`Watch.isRelevant`). */
export type IsRelevant = (before: KubeObject | undefined, after: KubeObject | undefined) => boolean;

/** Relevant: additions, deletions, and updates in which what `pick` gives has changed. */
export function changesIn(pick: (object: KubeObject) => unknown): IsRelevant {
  return (before, after) => before === undefined || after === undefined || !sameJson(pick(before), pick(after));
}

/** What users and other controllers say with labels and annotations, and whether the object is going. */
export const marks = (object: KubeObject): unknown => {
  const { uid, labels, annotations, deletionTimestamp } = object.metadata;
  return [uid, labels ?? {}, annotations ?? {}, deletionTimestamp];
};

/** What was asked for: the spec, finalizers, and whether the object is going. Status is left out. */
export const intent = (object: KubeObject): unknown => {
  const { uid, deletionTimestamp, finalizers } = object.metadata;
  return [uid, deletionTimestamp, finalizers ?? [], object['spec']];
};

/** What users and tools write on an object that has neither finalizers nor a status. */
export const annotationsAndSpec = (object: KubeObject): unknown => [object.metadata.annotations ?? {}, object['spec']];

/** What members repeat of a control plane, beside its intent: profiles fill it in, and may change by themselves. */
export const meshIntent = (object: KubeObject): unknown =>
  [intent(object), valueAt(object, 'status', 'appliedSpec'), valueAt(object, 'status', 'reconciledGeneration') ?? valueAt(object, 'status', 'observedGeneration'), valueAt(object, 'status', 'operatorVersion')];
