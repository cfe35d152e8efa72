/**
 * Where a client stands: what it was last sent, and of which namespaces. A live watch moves its own position on; a resource version alone
 * would not do, since it does not say which namespaces the client has seen.
 */
export interface Position {
  /** The last resource version the client was given; what it resumes from. */
  revision: string;
  /** Namespaces whose objects the client holds. */
  view: ReadonlySet<string>;
  /** Gathered kinds: what the client holds of each namespace it is in. */
  readonly gathered?: Map<string, Gathered>;
  /** When it was last moved, for forgetting. */
  touchedMs: number;
}

/** One namespace of a gathered kind. */
export interface Gathered {
  /** How far it is. */
  revision: string;
  /** Names of its objects that the client holds: when it leaves nobody can be asked for them. */
  readonly names: Set<string>;
}

/** A client that resumes later lists anew; the API server itself forgets after five minutes. */
const KEEP_MS = 10 * 60_000;
/** Of one client and one query: its live watch, and what it listed or broke off just before. */
const PER_QUERY = 8;
const MAX_QUERIES = 20_000;

/**
 * The positions handed out by this process, by client and query.
 * Law: a watch is accepted only from a position that is known and unambiguous; everything else is "410, list anew", which is always right.
 */
export class Positions {
  readonly #now: () => number;
  readonly #held = new Map<string, Position[]>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Remembers a position; it stays the caller's to move. */
  add(key: string, position: Position): void {
    const held = [...(this.#held.get(key) ?? []).filter((other) => this.#isFresh(other)), position].slice(-PER_QUERY);
    // Set anew so that the order of the map is the order of use.
    this.#held.delete(key);
    this.#held.set(key, held);
    for (const [oldest] of this.#held) {
      if (this.#held.size <= MAX_QUERIES) break;
      this.#held.delete(oldest);
    }
  }

  /**
   * The position of a client that stands at a revision, taken away: from now on only the watch that starts there moves it.
   * Undefined when there is none, or when there are several that differ. All other positions of the query end with it: its client has left them,
   * and what he holds now is not what they say, even if he comes back to the same resource version.
   */
  take(key: string, revision: string): Position | undefined {
    const held = this.#held.get(key) ?? [];
    const found = held.filter((position) => position.revision === revision && this.#isFresh(position));
    const [first] = found;
    if (first === undefined || found.some((other) => !isSame(first, other))) return undefined;
    this.#held.delete(key);
    return { ...first, ...(first.gathered === undefined ? {} : { gathered: copyOf(first.gathered) }) };
  }

  /** Forgets all other positions of a query: its client's store is being rebuilt. */
  keepOnly(key: string, position: Position): void {
    this.#held.set(key, [position]);
  }

  /** Nobody may resume there: what the client holds is no longer known. */
  drop(key: string, position: Position): void {
    const left = (this.#held.get(key) ?? []).filter((other) => other !== position);
    if (left.length === 0) this.#held.delete(key);
    else this.#held.set(key, left);
  }

  /** For metrics and tests. */
  get size(): number {
    return this.#held.size;
  }

  #isFresh(position: Position): boolean {
    return this.#now() - position.touchedMs < KEEP_MS;
  }
}

/** The one it was taken from may still be moved by a watch that has not noticed its end. */
function copyOf(gathered: ReadonlyMap<string, Gathered>): Map<string, Gathered> {
  return new Map([...gathered].map(([name, { revision, names }]) => [name, { revision, names: new Set(names) }]));
}

function isSame(a: Position, b: Position): boolean {
  if (!sameNames(a.view, b.view)) return false;
  const [left, right] = [a.gathered, b.gathered];
  return left === right || left !== undefined && right !== undefined && left.size === right.size && [...left].every(([name, { revision }]) => right.get(name)?.revision === revision);
}

function sameNames(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((name) => b.has(name));
}
