import { isJsonObject, sameJson, type Json, type JsonObject } from '../../lib/json.ts';

/*
 * Trees of JSON and the paths into them. Keys come from users: `__proto__` and `constructor` are keys like any other,
 * so keys are only read with hasOwn and only written into object literals.
 */

/** Keys from the root down. */
export type Path = readonly string[];

/** The value of an own key. */
export function own(tree: unknown, key: string): unknown {
  return isJsonObject(tree) && Object.hasOwn(tree, key) ? tree[key] : undefined;
}

/** The value at a path, or undefined. */
export function get(tree: unknown, path: Path): Json | undefined {
  let value = tree;
  for (const key of path) value = own(value, key);
  // Everything below a JSON tree is JSON.
  return value as Json | undefined;
}

/** Deep equality of JSON; the order of keys does not count, an absent key is not a null. */
export function same(a: Json | undefined, b: Json | undefined): boolean {
  return sameJson(a, b);
}

/** Maps merged key by key, `over` wins; anything else is replaced whole. */
export function merged(base: Json | undefined, over: Json): Json {
  if (!isJsonObject(base) || !isJsonObject(over)) return over;
  return Object.entries(over).reduce<JsonObject>((tree, [key, value]) => (value === undefined ? tree : { ...tree, [key]: merged(get(tree, [key]), value) }), base);
}

/** The tree with a value at a path. Maps on the way are made; something else on the way is replaced by a map. */
export function set(tree: JsonObject, path: Path, value: Json): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined) return isJsonObject(value) ? value : tree;
  if (rest.length === 0) return { ...tree, [key]: value };
  const below = own(tree, key);
  return { ...tree, [key]: set(isJsonObject(below) ? below : {}, rest, value) };
}

/** As `set`, but a map is merged into the map that is there. */
export function put(tree: JsonObject, path: Path, value: Json): JsonObject {
  return set(tree, path, merged(get(tree, path), value));
}

function withoutKey(tree: JsonObject, gone: string): JsonObject {
  return Object.fromEntries(Object.entries(tree).filter(([key]) => key !== gone));
}

/** The tree without what is at a path. Maps that become empty by it go too; maps that were empty stay. */
export function without(tree: JsonObject, path: Path): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined || !Object.hasOwn(tree, key)) return tree;
  if (rest.length === 0) return withoutKey(tree, key);
  const below = tree[key];
  if (!isJsonObject(below)) return tree;
  const cut = without(below, rest);
  if (cut === below) return tree;
  return Object.keys(cut).length === 0 ? withoutKey(tree, key) : { ...tree, [key]: cut };
}

/** Only these keys of a tree. */
export function pick(tree: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(tree).filter(([key]) => keys.includes(key)));
}

/** All but these keys of a tree. */
export function omit(tree: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(tree).filter(([key]) => !keys.includes(key)));
}

/** A path as a JSON pointer (RFC 6901). */
export function pointerOf(path: Path): string {
  return path.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The path of a JSON pointer; undefined when the text is none. */
export function pathOf(pointer: string): Path | undefined {
  if (!pointer.startsWith('/')) return undefined;
  return pointer.slice(1).split('/').map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}
