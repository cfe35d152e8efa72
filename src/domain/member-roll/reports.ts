import { NAMESPACE_CONDITION_PREFIX } from '../../api/names.ts';
import { isJsonObject, valueAt } from '../../lib/json.ts';
import type { Condition } from '../../k8s/condition.ts';
import type { KubeObject } from '../../k8s/object.ts';

function isCondition(value: unknown): value is Condition {
  return isJsonObject(value) && typeof value['type'] === 'string' && typeof value['status'] === 'string' && typeof value['lastTransitionTime'] === 'string';
}

/** The conditions found at a path of an object; malformed ones are skipped. */
export function conditionsAt(root: unknown, ...path: readonly string[]): Condition[] {
  const conditions = valueAt(root, ...path);
  return Array.isArray(conditions) ? conditions.filter(isCondition) : [];
}

/** What the member controller says on a namespace that has no ServiceMeshMember to say it, without the prefix. */
export function reportsOf(namespace: KubeObject | undefined): Condition[] {
  return conditionsAt(namespace, 'status', 'conditions').filter(({ type }) => type.startsWith(NAMESPACE_CONDITION_PREFIX))
    .map((condition) => ({ ...condition, type: condition.type.slice(NAMESPACE_CONDITION_PREFIX.length) }));
}
