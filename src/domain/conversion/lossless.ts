import type { JsonObject } from '../../lib/json.ts';
import { apply, differences, keep, split, type Difference } from './difference.ts';
import { same, without, type Path } from './tree.ts';

/*
 * Makes a pair of lossy mappings lossless. What a mapping does not bring back by itself is noted beside what it gives,
 * and undone on the way back.
 *
 * Laws, for every JSON object: toV1(toV2(x)) equals x, and toV2(toV1(y)) equals y.
 * Only notes themselves may change: those that went stale, because the object was edited after they were made, are renewed.
 */

/** Two mappings that may lose things, and where notes about losses are kept. */
export interface LossyPair {
  readonly toV2: (v1: JsonObject) => JsonObject;
  readonly toV1: (v2: JsonObject) => JsonObject;
  /** In v2: what v1 said and v2 cannot. */
  readonly notesInV2: Path;
  /** In v1: what v2 said and v1 cannot. */
  readonly notesInV1: Path;
  /** The v2 field that a v1 leaf is read into, if any: an edit of that field makes the note void. */
  readonly fieldOf: (v1Leaf: string, v2: JsonObject) => Pick<Difference, 'field' | 'is'>;
}

/** The lossless pair. */
export interface LosslessPair {
  readonly toV2: (v1: JsonObject) => JsonObject;
  readonly toV1: (v2: JsonObject) => JsonObject;
}

/** A tree as it is after notes were kept in it and taken out again: empty maps around the notes are gone. */
function afterNotes(tree: JsonObject, at: Path): JsonObject {
  return without(keep(tree, at, []), at);
}

/** v1 without notes → v2, with notes where needed. */
function forward(pair: LossyPair, v1: JsonObject): JsonObject {
  const v2 = split(pair.toV2(v1), pair.notesInV2).tree;
  if (same(pair.toV1(v2), v1)) return v2;
  const base = afterNotes(v2, pair.notesInV2);
  const noted = differences(pair.toV1(base), v1).map((entry) => ({ ...entry, ...pair.fieldOf(entry.path, base) }));
  return noted.length === 0 ? base : keep(base, pair.notesInV2, noted);
}

function backward(pair: LossyPair, v2: JsonObject): JsonObject {
  const { tree, noted: losses } = split(v2, pair.notesInV2);
  const v1 = split(losses === undefined ? pair.toV1(tree) : apply(pair.toV1(tree), losses, tree), pair.notesInV1).tree;
  // Compared without notes: those that went stale by an edit of v2 are dropped here, not carried along.
  if (same(split(forward(pair, v1), pair.notesInV2).tree, tree)) return v1;
  const base = afterNotes(v1, pair.notesInV1);
  const noted = differences(forward(pair, base), v2);
  return noted.length === 0 ? base : keep(base, pair.notesInV1, noted);
}

/** The lossless pair of a lossy one. */
export function lossless(pair: LossyPair): LosslessPair {
  const toV2 = (v1: JsonObject): JsonObject => {
    const { tree, noted } = split(v1, pair.notesInV1);
    const plain = forward(pair, tree);
    if (noted === undefined) return plain;
    const restored = apply(plain, noted, tree);
    // Notes are honoured only while they do not change what v1 says.
    return same(split(backward(pair, restored), pair.notesInV1).tree, tree) ? restored : plain;
  };
  return { toV2, toV1: (v2) => backward(pair, v2) };
}

/** No v2 field is known for any v1 leaf. */
export const noField: LossyPair['fieldOf'] = () => ({});
