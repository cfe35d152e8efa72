import type { KubeObject } from './object.ts';

/** What a queue holds: `namespace/name`, or `name` alone for cluster-scoped things. */
export type ObjectKey = string;

/** The key of a namespace and name. */
export function keyOf(name: string, namespace?: string): ObjectKey {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** The key of an object. */
export function keyOfObject(object: KubeObject): ObjectKey {
  return keyOf(object.metadata.name, object.metadata.namespace);
}

/** The parts of a key. */
export function splitKey(key: ObjectKey): { readonly name: string; readonly namespace?: string } {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
