import { isJsonObject, type Json, type JsonObject } from '../../lib/json.ts';
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

function collect(node: Node, value: Json, found: Set<number>): void {
  for (const place of node.places) found.add(place);
  if (node.below.size === 0 || !isJsonObject(value)) return;
  for (const [key, nested] of Object.entries(value)) {
    const below = node.below.get(key);
    if (below !== undefined && nested !== undefined) collect(below, nested, found);
  }
}

/** The rows that have a value in a tree at one of their paths, in the order of the table. */
export function rowsAt({ rows, root }: RowIndex, tree: JsonObject): Row[] {
  const found = new Set<number>();
  collect(root, tree, found);
  return [...found].toSorted((a, b) => a - b).flatMap((place) => rows[place] ?? []);
}
