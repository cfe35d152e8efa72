import { isJsonObject, type Json } from '../../lib/json.ts';
import type { Row } from './row.ts';
import type { Path } from './tree.ts';

/* Rows by the paths that they are about: a tree of their keys, which is walked side by side with an object. */

interface Node {
  readonly places: number[];
  readonly below: Map<string, Node>;
}

/** Rows of a table by path. */
export interface RowIndex {
  readonly rows: readonly Row[];
  readonly root: Node;
}

const emptyNode = (): Node => ({ places: [], below: new Map() });

function nodeAt(root: Node, path: Path): Node {
  return path.reduce((node, key) => {
    const below = node.below.get(key) ?? emptyNode();
    node.below.set(key, below);
    return below;
  }, root);
}

/** In: rows, and the paths that each is to be found under. */
export function indexRows(rows: readonly Row[], pathsOf: (row: Row) => readonly Path[]): RowIndex {
  const root = emptyNode();
  for (const [place, row] of rows.entries()) for (const path of pathsOf(row)) nodeAt(root, path).places.push(place);
  return { rows, root };
}

function mark(node: Node, value: Json, marks: Uint8Array): void {
  for (const place of node.places) marks[place] = 1;
  if (node.below.size === 0 || !isJsonObject(value)) return;
  for (const key of Object.keys(value)) {
    const below = node.below.get(key);
    const nested = value[key];
    if (below !== undefined && nested !== undefined) mark(below, nested, marks);
  }
}

/** The rows that have a value in a tree at one of their paths, in the order of the table. */
export function rowsAt({ rows, root }: RowIndex, tree: Json): Row[] {
  const marks = new Uint8Array(rows.length);
  mark(root, tree, marks);
  return rows.filter((_, place) => marks[place] === 1);
}
