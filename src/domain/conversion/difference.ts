import { isJsonObject, type Json, type JsonObject } from '../../lib/json.ts';
import { compareText } from '../../lib/sort.ts';
import { get, own, pathOf, pointerOf, same, set, without, type Path } from './tree.ts';

/*
 * Differences between two trees, leaf by leaf, as data that can be kept inside an object.
 * A leaf is anything but a map with keys: scalars, null, lists, and empty maps. A tree is the set of its leaves, so
 * law: apply(a, differences(a, b)) equals b.
 */

/** One leaf that a conversion does not bring back by itself. */
export interface Difference {
  /** JSON pointer to the leaf. */
  readonly path: string;
  /** What the conversion gives there; absent: nothing. */
  readonly converted?: Json;
  /** What was there; absent: nothing. */
  readonly original?: Json;
  /** JSON pointer to the field of the other version that the leaf was read into. */
  readonly field?: string;
  /** The value of that field then. A difference only counts while the field still has it. */
  readonly is?: Json;
}

type Leaf = readonly [path: Path, value: Json];

function leavesOf(value: Json, path: Path = []): Leaf[] {
  const entries = isJsonObject(value) ? Object.entries(value) : [];
  if (entries.length === 0) return path.length === 0 ? [] : [[path, value]];
  return entries.flatMap(([key, nested]) => (nested === undefined ? [] : leavesOf(nested, [...path, key])));
}

function leafMapOf(tree: JsonObject): Map<string, Leaf> {
  return new Map(leavesOf(tree).map((leaf) => [pointerOf(leaf[0]), leaf]));
}

function difference(path: string, converted: Json | undefined, original: Json | undefined): Difference {
  return { path, ...(converted === undefined ? {} : { converted }), ...(original === undefined ? {} : { original }) };
}

/** The leaves in which two trees differ, sorted by path: equal trees give equal lists, whatever the order of their keys. */
export function differences(converted: JsonObject, original: JsonObject): Difference[] {
  const before = leafMapOf(converted);
  const after = leafMapOf(original);
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => !same(before.get(path)?.[1], after.get(path)?.[1]))
    .toSorted(compareText)
    .map((path) => difference(path, before.get(path)?.[1], after.get(path)?.[1]));
}

function stillHolds({ field, is }: Difference, other: JsonObject): boolean {
  const path = field === undefined ? undefined : pathOf(field);
  return path === undefined || same(get(other, path), is);
}

/**
 * A tree with differences undone, each where the tree still has what the conversion gave when the difference was noted.
 * In: the converted tree, the differences, and the tree of the other version for their `field`.
 */
export function apply(tree: JsonObject, noted: readonly Difference[], other: JsonObject): JsonObject {
  const leaves = leafMapOf(tree);
  for (const entry of noted) {
    const path = pathOf(entry.path);
    if (path === undefined || !same(leaves.get(entry.path)?.[1], entry.converted) || !stillHolds(entry, other)) continue;
    if (entry.original === undefined) leaves.delete(entry.path);
    else leaves.set(entry.path, [path, entry.original]);
  }
  return [...leaves.values()].toSorted(([a], [b]) => a.length - b.length).reduce<JsonObject>((built, [path, value]) => set(built, path, value), {});
}

function isDifference(value: unknown): value is Difference {
  const path = own(value, 'path');
  const field = own(value, 'field');
  return typeof path === 'string' && path.startsWith('/') && (field === undefined || typeof field === 'string');
}

/** A tree and the differences kept in it at a path. A value there that is no list of differences is data of the user. */
export function split(tree: JsonObject, at: Path): { readonly tree: JsonObject; readonly noted?: readonly Difference[] } {
  const value = get(tree, at);
  if (!Array.isArray(value) || value.length === 0 || !value.every(isDifference)) return { tree };
  return { tree: without(tree, at), noted: value };
}

/** A tree with differences kept in it at a path. */
export function keep(tree: JsonObject, at: Path, noted: readonly Difference[]): JsonObject {
  return set(tree, at, noted.map((entry) => ({ ...entry })));
}
