import { isJsonObject, type JsonObject } from '../../lib/json.ts';
import { apply, differences, keep, split, type Difference } from './difference.ts';
import { own, same, without, type Path } from './tree.ts';

/*
 * Makes a pair of lossy mappings lossless. What a mapping does not bring back by itself is noted beside what it gives,
 * and undone on the way back.
 *
 * Laws, for every JSON object: toV1(toV2(x)) equals x, and toV2(toV1(y)) equals y.
 * Only notes themselves may change: those that went stale, because the object was edited after they were made, are renewed.
 */

/** The field that a v1 leaf is read into, and its value. */
export type FieldOf = (v1Leaf: string) => Pick<Difference, 'field' | 'is'>;

/** Two mappings that may lose things, and where notes about losses are kept. */
export interface LossyPair {
  readonly toV2: (v1: JsonObject) => JsonObject;
  readonly toV1: (v2: JsonObject) => JsonObject;
  /** In v2: what v1 said and v2 cannot. */
  readonly notesInV2: Path;
  /** In v1: what v2 said and v1 cannot. */
  readonly notesInV1: Path;
  /** The v2 field that a v1 leaf is read into, if any: an edit of that field makes the note void. In: the v2 tree, then pointers to v1 leaves. */
  readonly fieldsOf: (v2: JsonObject) => FieldOf;
}

/** The lossless pair. */
export interface LosslessPair {
  readonly toV2: (v1: JsonObject) => JsonObject;
  readonly toV1: (v2: JsonObject) => JsonObject;
}

/** A converted tree and what has to be noted beside it. */
interface Converted {
  readonly tree: JsonObject;
  readonly noted: readonly Difference[];
}

function withNotes({ tree, noted }: Converted, at: Path): JsonObject {
  return noted.length === 0 ? tree : keep(tree, at, noted);
}

/** A tree as it is after notes were kept in it and taken out again: what is in their place, and empty maps around it, are gone. */
function afterNotes(tree: JsonObject, at: Path): JsonObject {
  return bearsNotes(tree, at) ? tree : without(keep(tree, at, []), at);
}

/** True when nothing is in the place of notes, and no empty map around it: notes can come and go. */
function bearsNotes(tree: JsonObject, [key = '', ...rest]: Path): boolean {
  const below = own(tree, key);
  if (below === undefined) return true;
  return isJsonObject(below) && rest.length > 0 && Object.keys(below).length > 0 && bearsNotes(below, rest);
}

/** What the mapping to v2 gives, without anything that looks like notes. */
function readV2(pair: LossyPair, v1: JsonObject): JsonObject {
  return split(pair.toV2(v1), pair.notesInV2).tree;
}

/** v1 without notes → v2. In: also what `readV2` gives for it. */
function forward(pair: LossyPair, v1: JsonObject, v2 = readV2(pair, v1)): Converted {
  const lost = differences(pair.toV1(v2), v1);
  if (lost.length === 0) return { tree: v2, noted: [] };
  const base = afterNotes(v2, pair.notesInV2);
  const fieldOf = pair.fieldsOf(base);
  const noted = (base === v2 ? lost : differences(pair.toV1(base), v1)).map((entry) => ({ ...entry, ...fieldOf(entry.path) }));
  return { tree: base, noted };
}

/** v2 → v1 without notes, by the notes in v2. */
function readV1(pair: LossyPair, v2: JsonObject): { readonly v1: JsonObject; readonly bare: JsonObject } {
  const { tree: bare, noted: losses } = split(v2, pair.notesInV2);
  const mapped = pair.toV1(bare);
  return { v1: split(losses === undefined ? mapped : apply(mapped, losses, bare), pair.notesInV1).tree, bare };
}

function backward(pair: LossyPair, v2: JsonObject, { v1, bare } = readV1(pair, v2)): Converted {
  const mapped = readV2(pair, v1);
  // Compared without notes: those that went stale by an edit of v2 are dropped here, not carried along.
  const isKept = bearsNotes(mapped, pair.notesInV2) ? same(mapped, bare) : same(forward(pair, v1, mapped).tree, bare);
  if (isKept) return { tree: v1, noted: [] };
  const base = afterNotes(v1, pair.notesInV1);
  return { tree: base, noted: differences(withNotes(base === v1 ? forward(pair, v1, mapped) : forward(pair, base), pair.notesInV2), v2) };
}

/** The v1 tree of a v2 tree, without what is noted beside it. */
function bareV1(pair: LossyPair, v2: JsonObject): JsonObject {
  const read = readV1(pair, v2);
  return bearsNotes(read.v1, pair.notesInV1) ? read.v1 : backward(pair, v2, read).tree;
}

/** The lossless pair of a lossy one. */
export function lossless(pair: LossyPair): LosslessPair {
  const toV2 = (v1: JsonObject): JsonObject => {
    const { tree, noted } = split(v1, pair.notesInV1);
    const plain = withNotes(forward(pair, tree), pair.notesInV2);
    if (noted === undefined) return plain;
    const restored = apply(plain, noted, tree);
    // Notes are honoured only while they do not change what v1 says.
    return same(bareV1(pair, restored), tree) ? restored : plain;
  };
  return { toV2, toV1: (v2) => withNotes(backward(pair, v2), pair.notesInV1) };
}

/** No v2 field is known for any v1 leaf. */
export const noField: LossyPair['fieldsOf'] = () => () => ({});
