import { isJsonObject, type Json, type JsonObject } from '../../lib/json.ts';
import { compareText } from '../../lib/sort.ts';
import { Draft } from './draft.ts';
import { Remainder } from './remainder.ts';
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

function hasKeys(value: Json | undefined): value is JsonObject {
  if (!isJsonObject(value)) return false;
  for (const _ in value) return true;
  return false;
}

function leafAt(tree: JsonObject, path: Path): Json | undefined {
  const value = get(tree, path);
  return hasKeys(value) ? undefined : value;
}

/** The keys down to a place, last first: a path is only made for what differs. */
interface Trail {
  readonly key: string;
  readonly above: Trail | undefined;
}

function pathTo(trail: Trail | undefined): string[] {
  return trail === undefined ? [] : [...pathTo(trail.above), trail.key];
}

function difference(trail: Trail, converted: Json | undefined, original: Json | undefined): Difference {
  return { path: pointerOf(pathTo(trail)), ...(converted === undefined ? {} : { converted }), ...(original === undefined ? {} : { original }) };
}

const NO_KEYS: JsonObject = {};

/** What differs below two maps, onto a list. */
function below(converted: JsonObject, original: JsonObject, above: Trail | undefined, found: Difference[]): void {
  for (const key of Object.keys(converted)) between(converted[key], get(original, [key]), { key, above }, found);
  for (const key of Object.keys(original)) if (own(converted, key) === undefined) between(undefined, original[key], { key, above }, found);
}

function between(converted: Json | undefined, original: Json | undefined, trail: Trail, found: Difference[]): void {
  const [before, after] = [hasKeys(converted) ? converted : undefined, hasKeys(original) ? original : undefined];
  const [leaf, wanted] = [before === undefined ? converted : undefined, after === undefined ? original : undefined];
  if (!same(leaf, wanted)) found.push(difference(trail, leaf, wanted));
  if (before !== undefined || after !== undefined) below(before ?? NO_KEYS, after ?? NO_KEYS, trail, found);
}

/** The leaves in which two trees differ, sorted by path: equal trees give equal lists, whatever the order of their keys. */
export function differences(converted: JsonObject, original: JsonObject): Difference[] {
  const found: Difference[] = [];
  below(converted, original, undefined, found);
  return found.toSorted((a, b) => compareText(a.path, b.path));
}

function stillHolds({ field, is }: Difference, other: JsonObject): boolean {
  const path = field === undefined ? undefined : pathOf(field);
  return path === undefined || same(get(other, path), is);
}

/** Which leaves of a tree become what, by pointer; undefined: nothing. */
type Changes = ReadonlyMap<string, { readonly path: Path; readonly value: Json | undefined }>;

function changesOf(tree: JsonObject, noted: readonly Difference[], other: JsonObject): Changes {
  const changes = new Map<string, { readonly path: Path; readonly value: Json | undefined }>();
  for (const entry of noted) {
    const path = pathOf(entry.path);
    if (path === undefined) continue;
    const changed = changes.get(entry.path);
    const now = changed === undefined ? leafAt(tree, path) : changed.value;
    if (same(now, entry.converted) && stillHolds(entry, other)) changes.set(entry.path, { path, value: entry.original });
  }
  return changes;
}

/**
 * A tree with differences undone, each where the tree still has what the conversion gave when the difference was noted.
 * In: the converted tree, the differences, and the tree of the other version for their `field`.
 */
export function apply(tree: JsonObject, noted: readonly Difference[], other: JsonObject): JsonObject {
  const changes = [...changesOf(tree, noted, other).values()].toSorted((a, b) => a.path.length - b.path.length);
  const left = new Remainder(tree);
  for (const { path, value } of changes) if (value === undefined && leafAt(tree, path) !== undefined) left.take(path);
  const draft = new Draft(left.tree);
  for (const { path, value } of changes) {
    // A leaf does not replace a map that has leaves of its own.
    if (value !== undefined && !hasKeys(draft.get(path))) draft.set(path, value);
  }
  return draft.tree;
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
