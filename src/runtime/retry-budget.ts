/** How many retries one queue may have: so many per second over time, and so many at once after a quiet time. */
export interface RetryRate {
  readonly perSecond: number;
  readonly burst: number;
}

/** client-go's default for controllers (util/workqueue, DefaultTypedControllerRateLimiter). */
export const CONTROLLER_RETRIES: RetryRate = { perSecond: 10, burst: 100 };

/**
 * A token bucket over all keys of a queue, besides the back-off of each: when thousands of keys fail together, as in an outage, their retries
 * come as a stream and not as a wave. Law: in any window of t seconds at most burst + perSecond · t retries become due.
 */
export class RetryBudget {
  readonly #intervalMs: number;
  readonly #toleranceMs: number;
  /** When the bucket is full again. */
  #fullAt = -Infinity;

  constructor({ perSecond, burst }: RetryRate) {
    this.#intervalMs = 1000 / perSecond;
    this.#toleranceMs = burst * this.#intervalMs;
  }

  /** Takes a token, if need be one of the future. In: monotonic time in ms. Out: ms until the retry may happen. */
  take(nowMs: number): number {
    this.#fullAt = Math.max(this.#fullAt, nowMs) + this.#intervalMs;
    return Math.max(0, this.#fullAt - nowMs - this.#toleranceMs);
  }
}
