import type { KubeObject } from './object.ts';
import type { ResourceType } from './resource.ts';

/** Names a live object. With `uid`, that incarnation only. */
export interface ObjectRef {
  readonly type: ResourceType;
  readonly namespace?: string;
  readonly name: string;
  readonly uid?: string;
}

/** The reference to an object read from the cluster, pinned to its uid. */
export function refOf(type: ResourceType, object: KubeObject): ObjectRef {
  const { name, namespace, uid } = object.metadata;
  return { type, name, ...(namespace === undefined ? {} : { namespace }), ...(uid === undefined ? {} : { uid }) };
}

/** `Kind namespace/name` for messages. */
export function describeRef(ref: ObjectRef): string {
  return `${ref.type.kind} ${ref.namespace === undefined ? '' : `${ref.namespace}/`}${ref.name}`;
}
