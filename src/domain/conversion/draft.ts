import { isJsonObject, type Json, type JsonObject } from '../../lib/json.ts';
import { get, merged, own, type Path } from './tree.ts';

/** A map that is being written. */
interface Open {
  [key: string]: Json | undefined;
}

function write(map: Open, key: string, value: Json): void {
  // An assignment would set the prototype.
  if (key === '__proto__') Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
  else map[key] = value;
}

/**
 * A tree that is being written. The tree it begins with is not changed: each map is copied when the first change reaches it, and once.
 * Laws: `set` and `put` do to the draft what the functions of the same name in tree.ts give as a new tree.
 */
export class Draft {
  readonly #copies = new Map<JsonObject, Open>();
  readonly #root: Open;

  constructor(start: JsonObject) {
    this.#root = this.#opened(start);
  }

  /** What has been written so far; not to be kept while the draft is written on. */
  get tree(): JsonObject {
    return this.#root;
  }

  get(path: Path): Json | undefined {
    return get(this.#root, path);
  }

  set(path: Path, value: Json): void {
    const last = path.length - 1;
    const key = path[last];
    if (key !== undefined) write(this.#mapAt(path, last), key, value);
  }

  put(path: Path, value: Json): void {
    this.set(path, isJsonObject(value) ? merged(this.get(path), value) : value);
  }

  #opened(map: JsonObject): Open {
    const known = this.#copies.get(map);
    if (known !== undefined) return known;
    const copy = { ...map };
    this.#copies.set(copy, copy);
    return copy;
  }

  /** The map at the first steps of a path, ready to be written; maps on the way are made. */
  #mapAt(path: Path, steps: number): Open {
    let map = this.#root;
    for (let step = 0; step < steps; step += 1) {
      const key = path[step] ?? '';
      const below = own(map, key);
      const open = this.#opened(isJsonObject(below) ? below : {});
      if (open !== below) write(map, key, open);
      map = open;
    }
    return map;
  }
}
