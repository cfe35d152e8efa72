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

function isLeaf(value: Json): boolean {
  return !isJsonObject(value) || Object.keys(value).length === 0;
}

function leafAt(tree: JsonObject, path: Path): Json | undefined {
  const value = get(tree, path);
  return value !== undefined && isLeaf(value) ? value : undefined;
}

function difference(path: Path, converted: Json | undefined, original: Json | undefined): Difference {
  return { path: pointerOf(path), ...(converted === undefined ? {} : { converted }), ...(original === undefined ? {} : { original }) };
}

function entriesOf(tree: Json | undefined): readonly (readonly [string, Json | undefined])[] {
  return isJsonObject(tree) ? Object.entries(tree) : [];
}

/** What differs below two maps. A value that is no map stands for one without keys. */
function below(converted: Json | undefined, original: Json | undefined, path: Path): Difference[] {
  const came = entriesOf(original).filter(([key]) => own(converted, key) === undefined);
  return [
    ...entriesOf(converted).flatMap(([key, value]) => between(value, get(original, [key]), [...path, key])),
    ...came.flatMap(([key, value]) => between(undefined, value, [...path, key])),
  ];
}

function between(converted: Json | undefined, original: Json | undefined, path: Path): Difference[] {
  if (same(converted, original)) return [];
  const [before, after] = [converted, original].map((value) => (value !== undefined && isLeaf(value) ? value : undefined));
  const here = before === undefined && after === undefined ? [] : [difference(path, before, after)];
  return [...here, ...below(converted, original, path)];
}

/** The leaves in which two trees differ, sorted by path: equal trees give equal lists, whatever the order of their keys. */
export function differences(converted: JsonObject, original: JsonObject): Difference[] {
  return below(converted, original, []).toSorted((a, b) => compareText(a.path, b.path));
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
    if (value !== undefined && isLeaf(draft.get(path) ?? null)) draft.set(path, value);
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
