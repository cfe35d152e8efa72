import { isJsonObject } from '../../../src/lib/json.ts';
import { compareText } from '../../../src/lib/sort.ts';

/** By which field the items of a list are told apart; a list without such a field is compared as a whole. */
const KEYS = ['mountPath', 'containerPort', 'name', 'path'] as const;

function keyed(list: readonly unknown[]): readonly (readonly [string, unknown])[] | undefined {
  const key = KEYS.find((candidate) => list.every((item) => isJsonObject(item) && item[candidate] !== undefined));
  if (key === undefined || list.length === 0) return undefined;
  return list.map((item) => [String(isJsonObject(item) ? item[key] : ''), item]);
}

/** JSON inside of a text (the annotation with the injector's report, PROXY_CONFIG) is compared as what it says. */
function parsedText(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The injector's report lists names; their order means nothing. */
const isReport = (path: string): boolean => path.includes('/sidecar.istio.io/status/');

/** What a value consists of, by path; undefined for one that is compared as a whole. */
function childrenOf(value: unknown, path: string): readonly (readonly [string, unknown])[] | undefined {
  if (Array.isArray(value)) return keyed(value)?.map(([key, item]) => [`${path}[${key}]`, item]);
  return isJsonObject(value) ? Object.entries(value).map(([key, item]) => [`${path}/${key}`, item]) : undefined;
}

function shown(value: unknown, path: string): string {
  const isList = Array.isArray(value) && isReport(path);
  return JSON.stringify(isList ? value.map(String).toSorted(compareText) : value);
}

function flatten(given: unknown, path: string, into: Map<string, string>): void {
  const value = typeof given === 'string' ? parsedText(given) ?? given : given;
  const children = childrenOf(value, path) ?? [];
  if (children.length === 0) into.set(path, shown(value, path));
  for (const [childPath, item] of children) flatten(item, childPath, into);
}

/** Order of containers is kept, which flattening would lose. */
function orderOf(pod: unknown): Record<string, unknown> {
  const spec = isJsonObject(pod) && isJsonObject(pod['spec']) ? pod['spec'] : {};
  const names = (list: unknown): string[] => (Array.isArray(list) ? list.map((item) => (isJsonObject(item) ? String(item['name']) : '')) : []);
  return { containers: names(spec['containers']).join(','), initContainers: names(spec['initContainers']).join(',') };
}

/** How two pods differ, `path: ours | theirs`, sorted; `-` for what one of them does not have. Law: equal pods have no difference. */
export function podDifference(ours: unknown, theirs: unknown): readonly string[] {
  const [left, right] = [ours, theirs].map((pod) => {
    const fields = new Map<string, string>();
    flatten(pod, '', fields);
    flatten(orderOf(pod), '/order', fields);
    return fields;
  });
  const paths = new Set([...left?.keys() ?? [], ...right?.keys() ?? []]);
  return [...paths].filter((path) => left?.get(path) !== right?.get(path)).map((path) => `${path}: ${left?.get(path) ?? '-'} | ${right?.get(path) ?? '-'}`).toSorted();
}
