import type { SidecarsObserved } from '../../domain/sidecars/observed.ts';
import { splitKey, type ObjectKey } from '../../k8s/key.ts';
import type { Reader } from '../../runtime/controller.ts';
import * as sources from '../sources.ts';

/** Reads the pods of a mesh. In: key `namespace/name` of the SMCP. Out: undefined when it is gone. */
export function observeSidecars(key: ObjectKey, read: Reader): SidecarsObserved | undefined {
  const { name, namespace = '' } = splitKey(key);
  const controlPlane = read.get(sources.CONTROL_PLANES, name, namespace);
  if (controlPlane === undefined) return undefined;
  const members = read.indexed(sources.NAMESPACES, sources.BY_MEMBER_OF, namespace).filter(({ metadata }) => metadata.name !== namespace);
  return {
    controlPlane,
    webhooks: read.indexed(sources.MANAGED_MUTATING_WEBHOOKS, sources.BY_OWNER, namespace),
    members: members.map((member) => ({ namespace: member, pods: read.list(sources.PODS, member.metadata.name) })),
  };
}
