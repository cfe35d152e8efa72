import type { StatusWrite } from '../k8s/plan.ts';

/** Until the first news of something under way. */
const SETTLE_MS = 300;

/**
 * When news of something under way may go out: each object's at most once in its `holdBackMs`. The first news waits a moment: what is put right within
 * that, such as a Deployment that somebody deleted, makes no news at all. A write without `holdBackMs` is a last word and never waits.
 */
export class NewsHold {
  readonly #nowMs: () => number;
  /** When objects that hold back progress were last written, by uid; forgotten with their last word. */
  readonly #lastMs = new Map<string, number>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Milliseconds until this write may go out; 0 for now. */
  waitMs({ object, holdBackMs }: StatusWrite): number {
    if (holdBackMs === undefined) return 0;
    const uid = object.metadata.uid ?? '';
    const nowMs = this.#nowMs();
    const last = this.#lastMs.get(uid) ?? nowMs - holdBackMs + Math.min(holdBackMs, SETTLE_MS);
    this.#lastMs.set(uid, last);
    return Math.max(0, last + holdBackMs - nowMs);
  }

  /** The write goes out. */
  sent(write: StatusWrite): void {
    if (write.holdBackMs === undefined) this.forget(write);
    else this.#lastMs.set(write.object.metadata.uid ?? '', this.#nowMs());
  }

  /** There was nothing to say: what comes next is the first news again. */
  forget({ object }: StatusWrite): void {
    this.#lastMs.delete(object.metadata.uid ?? '');
  }
}
