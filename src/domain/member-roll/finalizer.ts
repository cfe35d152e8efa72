import { FINALIZER } from '../../api/names.ts';
import { isDeleting, type KubeObject } from '../../k8s/object.ts';
import type { Step } from '../../k8s/plan.ts';
import { refOf } from '../../k8s/ref.ts';
import type { ResourceType } from '../../k8s/resource.ts';

/**
 * Rolls and members carry no finalizer of ours. One left by the old operator would make their deletion hang for ever
 * (maistra/istio issue 222), so it is taken off as soon as somebody deletes the object.
 * In: an object of the kind. Out: the patch, pinned to uid and resourceVersion because it replaces the whole list.
 */
export function releaseOldFinalizer(type: ResourceType, object: KubeObject): Step[] {
  const finalizers = object.metadata.finalizers ?? [];
  if (!isDeleting(object) || !finalizers.includes(FINALIZER)) return [];
  const { resourceVersion } = object.metadata;
  const pinned = resourceVersion === undefined ? {} : { resourceVersion };
  return [{ do: 'patch', ref: refOf(type, object), patch: { metadata: { ...pinned, finalizers: finalizers.filter((name) => name !== FINALIZER) } } }];
}
