import { isJsonObject, sameJson, valueAt } from '../lib/json.ts';
import type { KubeObject, ManagedFieldsEntry } from '../k8s/object.ts';

/** A field of ours that somebody else has changed. */
export interface Drift {
  /** Path, for example `spec.ingress`. */
  readonly field: string;
  /** Field manager that owns it now: what `kubectl get --show-managed-fields` shows. */
  readonly manager: string;
}

type Fields = Readonly<Record<string, unknown>>;

const NOTHING: Fields = {};

function fieldsOf(entry: ManagedFieldsEntry | undefined): Fields {
  return entry?.fieldsV1 ?? NOTHING;
}

/** The item of a list that has these keys, in the words of managedFields: `k:{"port":80}`. */
function itemOf(list: unknown, name: string): unknown {
  if (!Array.isArray(list)) return undefined;
  try {
    const keys: unknown = JSON.parse(name.slice(2));
    return isJsonObject(keys) ? list.find((item) => Object.entries(keys).every(([key, value]) => valueAt(item, key) === value)) : undefined;
  } catch {
    return undefined;
  }
}

/** Owned as a whole: a scalar, or a list or map that is not split. */
function isLeaf(fields: Fields): boolean {
  return Object.keys(fields).every((name) => name === '.');
}

/** What is wanted at a place, and what is there. */
interface Spot {
  readonly wanted: unknown;
  readonly live: unknown;
}

/** First path that `theirs` owns, `ours` (any of several sets) does not, and that is to get another value. */
function takenPath(theirs: Fields, ours: readonly Fields[], spot: Spot, path: readonly string[]): readonly string[] | undefined {
  for (const [name, nested] of Object.entries(theirs)) {
    const isField = name.startsWith('f:');
    const [wanted, live] = [spot.wanted, spot.live].map((value) => (isField ? valueAt(value, name.slice(2)) : itemOf(value, name)));
    if (name === '.' || wanted === undefined || wanted === null || sameJson(wanted, live)) continue;
    const here = isField ? [...path, name.slice(2)] : path;
    const own = ours.map((set) => set[name]).filter(isJsonObject);
    if (!isJsonObject(nested)) continue;
    if (own.length === 0 && isLeaf(nested)) return here;
    const deeper = takenPath(nested, own, { wanted, live }, here);
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

/**
 * Who has taken a field of ours? Whoever changes a field takes it out of the sets of all other managers (Kubernetes doc "Server-Side Apply"), so
 * a field that we write, that another manager owns and that we own no more was changed by that manager.
 * In: what we write (a whole object, or a merge patch), the object as it is, our field manager. Out: the first such field, of the latest writer.
 * A patch may have had one field only, and with it our whole entry is gone: there any value of another manager that is to change counts.
 */
export function driftOf(wanted: unknown, live: KubeObject, manager: string, isPatch = false): Drift | undefined {
  const entries = (live.metadata.managedFields ?? []).filter((entry) => entry.subresource === undefined || entry.subresource === '');
  const ours = entries.filter((entry) => entry.manager === manager).map(fieldsOf);
  if (ours.length === 0 && !isPatch) return undefined;
  const others = entries.filter((entry) => entry.manager !== manager).toSorted((a, b) => ((a.time ?? '') < (b.time ?? '') ? 1 : -1));
  for (const entry of others) {
    const path = takenPath(fieldsOf(entry), ours, { wanted, live }, []);
    if (path !== undefined) return { field: path.join('.'), manager: entry.manager ?? 'unknown' };
  }
  return undefined;
}
