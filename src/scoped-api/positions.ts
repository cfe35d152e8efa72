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
  /** While a watch moves it. */
  isLive?: boolean;
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
 * Laws: 1. a watch is accepted only from a position that is known and unambiguous; everything else is "410, list anew", which is always right.
 * 2. Nobody comes back to where a watch still is. 3. Where two informers with equal queries were seen in one process, a place where a watch was left says
 * nothing: it may be the other one's. Only lists are gone on from there.
 */
export class Positions {
  readonly #now: () => number;
  readonly #held = new Map<string, Position[]>();
  readonly #live = new Map<string, Set<Position>>();
  /** Queries of which two watches were live at once, until when that counts. */
  readonly #doubled = new Map<string, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Remembers the position of a watch, which moves it until it says that it is over. Out: the way to say so. */
  open(key: string, position: Position): () => void {
    const live = this.#live.get(key) ?? new Set();
    this.#live.set(key, live.add(position));
    const note = (): void => { if (live.size > 1) this.#doubled.set(key, this.#now() + KEEP_MS); };
    position.isLive = true;
    this.add(key, position);
    note();
    return () => {
      note();
      position.isLive = false;
      live.delete(position);
      if (live.size === 0) this.#live.delete(key);
    };
  }

  /** Remembers a position; it stays the caller's to move. */
  add(key: string, position: Position): void {
    const held = [...(this.#held.get(key) ?? []).filter((other) => other !== position && this.#isFresh(other)), position].slice(-PER_QUERY);
    // Set anew so that the order of the map is the order of use.
    this.#held.delete(key);
    this.#held.set(key, held);
    for (const some of [this.#held, this.#doubled]) {
      for (const [oldest] of some) {
        if (some.size <= MAX_QUERIES) break;
        some.delete(oldest);
      }
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
    const isDoubled = this.#isDoubled(key);
    const [first] = found.filter(({ isLive }) => isLive === undefined || !isLive && !isDoubled);
    if (first === undefined || found.some((other) => !isSame(first, other))) return undefined;
    if (isDoubled) this.#keep(key, held.filter((position) => position !== first));
    else this.#held.delete(key);
    const { isLive: _, ...copy } = first;
    return { ...copy, ...(first.gathered === undefined ? {} : { gathered: copyOf(first.gathered) }) };
  }

  /** Forgets all other positions of a query: its client's store is being rebuilt. */
  keepOnly(key: string, position: Position): void {
    // Another live watch, or what it was listed from, is another client's.
    this.#held.set(key, this.#isDoubled(key) ? [...(this.#held.get(key) ?? []).filter((other) => other !== position), position].slice(-PER_QUERY) : [position]);
  }

  /** Nobody may resume there: what the client holds is no longer known. */
  drop(key: string, position: Position): void {
    this.#keep(key, (this.#held.get(key) ?? []).filter((other) => other !== position));
  }

  #keep(key: string, left: Position[]): void {
    if (left.length === 0) this.#held.delete(key);
    else this.#held.set(key, left);
  }

  #isDoubled(key: string): boolean {
    const until = this.#doubled.get(key);
    if (until === undefined) return false;
    const counts = until > this.#now() || (this.#live.get(key)?.size ?? 0) > 1;
    if (!counts) this.#doubled.delete(key);
    return counts;
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
