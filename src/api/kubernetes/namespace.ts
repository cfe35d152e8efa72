import { isDeleting, type KubeObject } from '../../k8s/object.ts';
import { valueAt } from '../../lib/json.ts';

/** True while a namespace is being deleted: nothing can be created in it any more (Kubernetes doc "Namespaces"). */
export function isTerminating(namespace: KubeObject): boolean {
  return isDeleting(namespace) || valueAt(namespace, 'status', 'phase') === 'Terminating';
}
