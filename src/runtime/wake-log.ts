import type { ObjectKey } from '../k8s/key.ts';

/** Causes kept per key. */
const CAUSES = 5;
/** Keys: a thousand members that all wake five times would keep megabytes of words that nobody asks for. */
const KEYS = 500;

/**
 * Why keys were woken: the last 5 causes of each, for logs and for people who ask. Reconcilers never see it, so nobody can build on events
 * (kube-rs hides the reason for the same purpose). Bounded: the keys woken longest ago are forgotten first.
 */
export class WakeLog {
  readonly #capacity: number;
  readonly #causes = new Map<ObjectKey, string[]>();

  constructor(capacity = KEYS) {
    this.#capacity = capacity;
  }

  record(key: ObjectKey, cause: string): void {
    const causes = this.#causes.get(key) ?? [];
    if (causes.length === CAUSES) causes.shift();
    causes.push(cause);
    this.#causes.delete(key);
    this.#causes.set(key, causes);
    if (this.#causes.size <= this.#capacity) return;
    const oldest = this.#causes.keys().next();
    if (oldest.done !== true) this.#causes.delete(oldest.value);
  }

  /** The causes of a key, oldest first. */
  of(key: ObjectKey): readonly string[] {
    return this.#causes.get(key) ?? [];
  }
}
