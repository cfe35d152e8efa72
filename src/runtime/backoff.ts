/** Bounds of a back-off in milliseconds. */
export interface BackoffBounds {
  readonly baseMs: number;
  readonly maxMs: number;
}

/** client-go's reflector: 0.8 s doubling up to 30 s (tools/cache/reflector.go). */
export const WATCH_BACKOFF: BackoffBounds = { baseMs: 800, maxMs: 30_000 };

/**
 * Exponential back-off with jitter.
 * Law: the n-th delay lies in [d/2, d] for d = min(max, base·2ⁿ), so many clients that fail together do not return together.
 */
export class Backoff {
  readonly #bounds: BackoffBounds;
  readonly #random: () => number;
  #steps = 0;

  constructor(bounds: BackoffBounds, random: () => number) {
    this.#bounds = bounds;
    this.#random = random;
  }

  /** The next delay in milliseconds. */
  next(): number {
    const whole = Math.min(this.#bounds.maxMs, this.#bounds.baseMs * 2 ** this.#steps);
    if (whole < this.#bounds.maxMs) this.#steps += 1;
    return whole * (1 - this.#random() / 2);
  }

  /** Starts over. */
  reset(): void {
    this.#steps = 0;
  }
}
