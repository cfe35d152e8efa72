import { isJsonObject, type Json, type JsonObject } from '../../lib/json.ts';
import { get, own, type Path } from './tree.ts';

/** A map of which something is gone. */
interface Rest {
  readonly map: JsonObject;
  /** Keys of which nothing is left. */
  readonly gone: Set<string>;
  /** Keys of which something is left, and something is gone. */
  readonly below: Map<string, Rest>;
  /** How many keys are left. */
  left: number;
}

function restOf(map: JsonObject): Rest {
  return { map, gone: new Set(), below: new Map(), left: Object.keys(map).length };
}

function materialized({ map, gone, below }: Rest): JsonObject {
  if (gone.size === 0 && below.size === 0) return map;
  const left = Object.entries(map).filter(([key]) => !gone.has(key));
  return Object.fromEntries(left.map(([key, value]) => {
    const nested = below.get(key);
    return [key, nested === undefined ? value : materialized(nested)];
  }));
}

/**
 * What is left of a tree of which values are taken. The tree itself is not changed.
 * Law: it is what `without` of tree.ts gives for all paths that were taken, one after the other.
 */
export class Remainder {
  readonly #root: Rest;

  constructor(tree: JsonObject) {
    this.#root = restOf(tree);
  }

  /** What is left, as a tree. */
  get tree(): JsonObject {
    return materialized(this.#root);
  }

  /** What is left at a path. */
  get(path: Path): Json | undefined {
    let rest = this.#root;
    for (let step = 0; step < path.length; step += 1) {
      const key = path[step] ?? '';
      if (rest.gone.has(key)) return undefined;
      const below = rest.below.get(key);
      if (below === undefined) return get(own(rest.map, key), path.slice(step + 1));
      rest = below;
    }
    return materialized(rest);
  }

  /** Takes what is at a path. Maps that become empty by it are gone too. */
  take(path: Path): void {
    const way = this.#wayTo(path);
    for (let depth = path.length - 1; depth >= 0; depth -= 1) {
      const [rest, key] = [way[depth], path[depth]];
      if (rest === undefined || key === undefined) return;
      rest.gone.add(key);
      rest.below.delete(key);
      rest.left -= 1;
      if (rest.left > 0) return;
    }
  }

  /** The maps on the way to what is at a path; none when nothing is there. */
  #wayTo(path: Path): readonly Rest[] {
    const way: Rest[] = [];
    let rest: Rest | undefined = this.#root;
    for (const [depth, key] of path.entries()) {
      if (rest === undefined || rest.gone.has(key) || own(rest.map, key) === undefined) return [];
      way.push(rest);
      if (depth < path.length - 1) rest = this.#opened(rest, key);
    }
    return way;
  }

  /** A map below, ready to have something taken from it; undefined when there is something else. */
  #opened(rest: Rest, key: string): Rest | undefined {
    const known = rest.below.get(key);
    if (known !== undefined) return known;
    const map = own(rest.map, key);
    if (!isJsonObject(map)) return undefined;
    const opened = restOf(map);
    rest.below.set(key, opened);
    return opened;
  }
}
