import { FIRST_WAIT_MS, LONGEST_WAIT_MS } from './drift-fuse.ts';

/** A field that a webhook changes in our own request, the words for it, and what was sent. */
export interface Rewrite {
  readonly field: string;
  readonly message: string;
  readonly payload: string;
}

interface Hold extends Rewrite {
  readonly waitMs: number;
  readonly untilMs: number;
}

const MOST_HOLDS = 1_000;

/**
 * Objects with a field that came back otherwise than it was sent: they are left alone for one minute, then for two, up to ten, with one try between.
 * Memory of this process only: a restart makes one more try.
 */
export class RewriteHolds {
  readonly #holds = new Map<string, Hold>();

  /** The words, and how long still not to send this payload; undefined: it may be tried. Another payload always may. */
  open(id: string, payload: string, nowMs: number): { readonly message: string; readonly afterMs: number } | undefined {
    const hold = this.#holds.get(id);
    return hold === undefined || nowMs >= hold.untilMs || hold.payload !== payload ? undefined : { message: hold.message, afterMs: hold.untilMs - nowMs };
  }

  /** The words that were found for this field of it. */
  messageOf(id: string, field: string): string | undefined {
    const hold = this.#holds.get(id);
    return hold?.field === field ? hold.message : undefined;
  }

  /** It happened, once more. Out: how long to leave the object alone. */
  hold(id: string, rewrite: Rewrite, nowMs: number): number {
    const before = this.#holds.get(id);
    const waitMs = before === undefined ? FIRST_WAIT_MS : Math.min(before.waitMs * 2, LONGEST_WAIT_MS);
    this.#holds.delete(id);
    this.#holds.set(id, { ...rewrite, waitMs, untilMs: nowMs + waitMs });
    const oldest = this.#holds.size > MOST_HOLDS ? this.#holds.keys().next() : undefined;
    if (oldest?.done === false) this.#holds.delete(oldest.value);
    return waitMs;
  }

  /** A write of it came back as it was sent. */
  forget(id: string): void {
    this.#holds.delete(id);
  }

  /** Objects that are left alone at this time. */
  openCount(nowMs: number): number {
    return [...this.#holds.values()].filter(({ untilMs }) => nowMs < untilMs).length;
  }
}
