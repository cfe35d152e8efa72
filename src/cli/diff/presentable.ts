import { SECRET } from '../../api/kinds.ts';
import { isJsonObject } from '../../lib/json.ts';
import type { KubeObject } from '../../k8s/object.ts';

/** Of the server alone, and different in every answer. */
const BOOKKEEPING: ReadonlySet<string> = new Set(['managedFields', 'resourceVersion', 'generation', 'uid', 'creationTimestamp', 'selfLink']);
/** A copy of the whole object, Secrets included. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

function without(fields: Readonly<Record<string, unknown>>, isDropped: (name: string) => boolean): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([name, value]) => value !== undefined && !isDropped(name)));
}

/** The part of an object that a change is about: no status, no bookkeeping. */
export function shown(object: KubeObject): KubeObject {
  const { status: _, ...body } = object;
  const { annotations = {}, ...metadata } = without(object.metadata as unknown as Readonly<Record<string, unknown>>, (name) => BOOKKEEPING.has(name)) as unknown as KubeObject['metadata'];
  const kept = without(annotations, (name) => name === LAST_APPLIED) as Readonly<Record<string, string>>;
  return { ...body, apiVersion: object.apiVersion, kind: object.kind, metadata: { ...metadata, ...(Object.keys(kept).length === 0 ? {} : { annotations: kept }) } };
}

const SECRET_FIELDS = ['data', 'stringData'] as const;

function maskedFields(object: KubeObject, other: KubeObject | undefined, mark: string): KubeObject {
  const fields = SECRET_FIELDS.flatMap((field) => {
    const [values, others] = [object[field], other?.[field]];
    if (!isJsonObject(values)) return [];
    const isSame = (key: string): boolean => isJsonObject(others) && others[key] === values[key];
    return [[field, Object.fromEntries(Object.keys(values).map((key) => [key, isSame(key) ? '***' : `*** (${mark})`]))]];
  });
  return { ...object, ...Object.fromEntries(fields) };
}

/** Both sides with the values of a Secret replaced, so that a difference is seen and the value is not; as `kubectl diff` does it. */
export function masked(before: KubeObject | undefined, after: KubeObject | undefined): readonly [KubeObject | undefined, KubeObject | undefined] {
  if ((before ?? after)?.kind !== SECRET.kind) return [before, after];
  return [before === undefined ? undefined : maskedFields(before, after, 'before'), after === undefined ? undefined : maskedFields(after, before, 'after')];
}
