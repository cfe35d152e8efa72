import { isJsonObject } from '../lib/json.ts';

/** Times of a condition; they say when, not what. */
const CONDITION_TIMES: ReadonlySet<string> = new Set(['lastTransitionTime', 'lastUpdateTime', 'lastProbeTime', 'lastHeartbeatTime']);
const NOTHING: ReadonlySet<string> = new Set();

type Fields = Readonly<Record<string, unknown>>;

function isCondition(value: Fields): boolean {
  return typeof value['type'] === 'string' && typeof value['status'] === 'string';
}

/** Deep equality that ignores the times of conditions, wherever conditions are. An absent key equals an undefined and a null one. */
export function sameStatus(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, index) => sameStatus(item, b[index]));
  if (!isJsonObject(a) || !isJsonObject(b)) return (a ?? undefined) === (b ?? undefined);
  const ignored = isCondition(a) && isCondition(b) ? CONDITION_TIMES : NOTHING;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => ignored.has(name) || sameStatus(a[name], b[name]));
}
