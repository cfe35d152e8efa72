import { isJsonObject, sameJson, valueAt } from '../../lib/json.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { sameScalar } from '../../k8s/server-defaults.ts';
import type { PlanRow } from './row.ts';

/** `Kind namespace/name` of an object. */
export function shownObject({ kind, metadata: { namespace, name } }: Pick<KubeObject, 'kind' | 'metadata'>): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

/** Fields that the API server lets nobody change. */
const FIXED: Readonly<Record<string, readonly (readonly string[])[]>> = {
  Deployment: [['spec', 'selector']], DaemonSet: [['spec', 'selector']], StatefulSet: [['spec', 'selector']], RoleBinding: [['roleRef']], ClusterRoleBinding: [['roleRef']],
};

/** Paths of what is wanted and is otherwise now, two levels deep: enough to say what changes. What others added does not count. */
function differences(live: unknown, wanted: unknown, path: readonly string[] = []): readonly string[] {
  if (isJsonObject(wanted) && isJsonObject(live) && path.length < 2) {
    return Object.entries(wanted).filter(([name]) => path.length > 0 || !['metadata', 'status', 'apiVersion', 'kind'].includes(name)).flatMap(([name, value]) => differences(live[name], value, [...path, name]));
  }
  return contains(live, wanted) ? [] : [path.join('.')];
}

function contains(live: unknown, wanted: unknown, name = '', above = ''): boolean {
  if (wanted === undefined || (isEmpty(wanted) && live === undefined)) return true;
  if (Array.isArray(wanted)) return Array.isArray(live) && live.length === wanted.length && wanted.every((item, at) => contains(live[at], item, '', name));
  if (!isJsonObject(wanted)) return sameJson(live, wanted) || sameScalar(wanted, live, { name, above });
  return isJsonObject(live) && Object.entries(wanted).every(([key, value]) => contains(live[key], value, key, name));
}

function isEmpty(value: unknown): boolean {
  return value === null || (Array.isArray(value) ? value.length === 0 : isJsonObject(value) && Object.keys(value).length === 0);
}

/** A field that is another and that the API server lets nobody change; undefined for none. */
export function fixedFieldOf(live: KubeObject, wanted: KubeObject): string | undefined {
  const path = FIXED[live.kind]?.find((field) => !sameJson(valueAt(live, ...field), valueAt(wanted, ...field)));
  return path?.join('.');
}

/** Kubernetes doc "Deployments": a new one takes over the ReplicaSets that its selector finds, and rolls their pods; so nothing stops serving. */
function waysOut({ kind, metadata: { namespace, name } }: KubeObject): string {
  const place = namespace === undefined ? '' : ` -n ${namespace}`;
  if (kind === 'Deployment') return `kubectl delete deployment ${name}${place} --cascade=orphan; its pods serve on, and the new one takes them over`;
  return `kubectl delete ${kind.toLowerCase()} ${name}${place}; it is made anew at once`;
}

/** What becomes of an object that the new operator wants too. In: whether the operator removes it, too, by itself. */
export function adoptionRow(live: KubeObject, wanted: KubeObject, isRemoved: boolean): PlanRow {
  const what = shownObject(live);
  const fixed = fixedFieldOf(live, wanted);
  if (fixed !== undefined) return { fate: 'replaced', what, why: `${fixed} is another, and cannot be changed in place`, instead: isRemoved ? 'the operator deletes it and makes it anew' : waysOut(live) };
  const changed = differences(live, wanted);
  return changed.length === 0 ? { fate: 'adopted', what, why: 'is as the operator wants it', instead: '' } : { fate: 'changed', what, why: `other content in ${changed.join(', ')}`, instead: '' };
}
