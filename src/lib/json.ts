/** Plain JSON values: what travels to and from the API server. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/** A JSON object. A key whose value is `undefined` counts as absent, as in `JSON.stringify`. */
export type JsonObject = { readonly [key: string]: Json | undefined };

/** True for objects that are neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The value at a path of keys, or undefined as soon as a step is not an object.
 * In: any value and the keys. Out: the value found. Never throws.
 */
export function valueAt(root: unknown, ...path: readonly string[]): unknown {
  let current: unknown = root;
  for (const key of path) {
    if (!isJsonObject(current)) return undefined;
    current = current[key];
  }
  return current;
}

/** The text or number at a path, as a text; '' for anything else. */
export function textAt(root: unknown, ...path: readonly string[]): string {
  const value = valueAt(root, ...path);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** The number at a path; 0 for anything else. */
export function numberAt(root: unknown, ...path: readonly string[]): number {
  const value = valueAt(root, ...path);
  return typeof value === 'number' ? value : 0;
}

/** The texts in a list at a path; [] where there is no list. */
export function textsAt(root: unknown, ...path: readonly string[]): readonly string[] {
  const value = valueAt(root, ...path);
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

/** The objects of the list at a path; none for anything else. */
export function objectsAt(root: unknown, ...path: readonly string[]): readonly JsonObject[] {
  const value = valueAt(root, ...path);
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function sameObjects(a: JsonObject, b: JsonObject): boolean {
  let shared = 0;
  for (const key of Object.keys(a)) {
    if (a[key] === undefined) continue;
    if (!Object.hasOwn(b, key) || !sameJson(a[key], b[key])) return false;
    shared += 1;
  }
  return Object.keys(b).filter((key) => b[key] !== undefined).length === shared;
}

/** Law: `sameJson(a, b)` is deep equality where an absent key equals an undefined one. The order of keys does not count. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => sameJson(item, b[i]));
  return isJsonObject(a) && isJsonObject(b) && sameObjects(a, b);
}
