import type { Cancel, TimeSource } from './time-source.ts';

/** Whatever comes, nobody waits longer than this many quiet times. */
const MOST_QUIETS = 10;

interface Wait {
  readonly firstMs: number;
  lastMs: number;
  cancel: Cancel;
}

/**
 * Waits until something has been quiet for a while. Laws: `done` is called once for all pushes of an id that come while it waits; not before
 * `quietMs` after the last of them, unless ten times that has passed since the first; and never before `quietMs` after the first.
 */
export class Settling {
  readonly #time: TimeSource;
  readonly #waits = new Map<string, Wait>();

  constructor(time: TimeSource) {
    this.#time = time;
  }

  push(id: string, quietMs: number, done: () => void): void {
    const now = this.#time.monotonicMs();
    const wait = this.#waits.get(id);
    if (wait !== undefined) {
      // The timer looks at this when it fires: a thousand pushes arm it a few times.
      wait.lastMs = now;
      return;
    }
    const begun: Wait = { firstMs: now, lastMs: now, cancel: () => undefined };
    this.#waits.set(id, begun);
    this.#arm(id, begun, { quietMs, done });
  }

  /** Forgets everything that waits. */
  stop(): void {
    for (const { cancel } of this.#waits.values()) cancel();
    this.#waits.clear();
  }

  #arm(id: string, wait: Wait, what: { readonly quietMs: number; readonly done: () => void }): void {
    const dueMs = Math.min(wait.lastMs + what.quietMs, wait.firstMs + what.quietMs * MOST_QUIETS);
    const leftMs = dueMs - this.#time.monotonicMs();
    if (leftMs <= 0) {
      this.#waits.delete(id);
      what.done();
      return;
    }
    wait.cancel = this.#time.after(leftMs, () => { this.#arm(id, wait, what); });
  }
}
