import { Backoff, type BackoffBounds } from './backoff.ts';
import { FrameError } from './frame-decoder.ts';
import { ApiError } from './rest.ts';

/**
 * Why a list or a watch ended.
 * - `end` the server closed an open watch properly; expected every few minutes
 * - `idle` no byte for too long, a half-open connection; `poked` we were told that the kind has changed
 * - `expired` 410: our position is too old; expected after a compaction
 * - `throttled` 429; `unauthorized` 401 or 403; `absent` 404: the kind is not served
 * - `server-error` 5xx; `rejected` any other answer
 * - `unreachable` no answer; `broken` an open stream was reset; `cut` it ended inside a line
 * - `malformed` a line that is not a watch event, or is too long
 * - `internal` a mistake in our own code
 */
export type EndCause =
  | 'end' | 'idle' | 'poked' | 'expired' | 'throttled' | 'unauthorized' | 'absent' | 'server-error' | 'rejected'
  | 'unreachable' | 'broken' | 'cut' | 'malformed' | 'internal';

/** The cause in something thrown. `open`: the watch had been opened before. */
export function causeOf(thrown: unknown, open: boolean): EndCause {
  if (thrown instanceof FrameError) return thrown.fault === 'cut' ? 'cut' : 'malformed';
  if (!(thrown instanceof ApiError)) return 'internal';
  if (thrown.status === 0) return open ? 'broken' : 'unreachable';
  if (thrown.status >= 500) return 'server-error';
  return CAUSE_BY_STATUS[thrown.status] ?? 'rejected';
}

const CAUSE_BY_STATUS: Readonly<Record<number, EndCause>> = {
  401: 'unauthorized', 403: 'unauthorized', 404: 'absent', 410: 'expired', 429: 'throttled',
};

/** Ends that are no fault of the position: asking for a new list would not help. */
const BLAMELESS: ReadonlySet<EndCause> = new Set<EndCause>(['idle', 'poked', 'throttled', 'unauthorized', 'unreachable']);
/** Ends after which a useful watch goes on at once. */
const EXPECTED: ReadonlySet<EndCause> = new Set<EndCause>(['end', 'expired', 'poked']);

/** What to do after a list or a watch ended. */
export interface NextStep {
  /** The position is lost or suspect: list again. */
  readonly relist: boolean;
  readonly waitMs: number;
}

/** Limits of the decisions. */
export interface ProgressLimits {
  readonly backoff: BackoffBounds;
  /** A watch that lived this long was useful even if it said nothing. */
  readonly usefulMs: number;
  /** So many fruitless watches at one position, and it is given up (fabric8 kubernetes-client#7896: closed without a 410). */
  readonly fruitlessLimit: number;
  /** No server makes us wait longer than this. */
  readonly maxRetryAfterMs: number;
}

/**
 * Decides how a reflector goes on. Pure but for what it remembers.
 * Laws: the back-off starts over only after a useful watch, one that delivered something or lived long enough;
 * two ends in a row without a useful watch never both have a wait of 0; a position that keeps failing is given up.
 */
export class WatchProgress {
  readonly #limits: ProgressLimits;
  readonly #backoff: Backoff;
  #openedAt: number | undefined;
  #delivered = false;
  #fruitless = 0;

  constructor(limits: ProgressLimits, random: () => number) {
    this.#limits = limits;
    this.#backoff = new Backoff(limits.backoff, random);
  }

  /** A watch was opened at this time. */
  opened(nowMs: number): void {
    this.#openedAt = nowMs;
  }

  /** The open watch delivered an event or a bookmark: our position moved. */
  delivered(): void {
    this.#delivered = true;
  }

  /** A list gave a new position. The back-off stays: a list that works beside a watch that never does must not spin. */
  listed(): void {
    this.#fruitless = 0;
  }

  /** The list or watch ended. `retryAfterMs` is what the server asked for. */
  ended(cause: EndCause, nowMs: number, retryAfterMs?: number): NextStep {
    const useful = this.#wasUseful(nowMs);
    this.#openedAt = undefined;
    this.#delivered = false;
    if (useful) {
      this.#backoff.reset();
      this.#fruitless = 0;
    } else if (!BLAMELESS.has(cause)) {
      this.#fruitless += 1;
    }
    const relist = cause === 'expired' || cause === 'absent' || this.#fruitless >= this.#limits.fruitlessLimit;
    const waitMs = useful && EXPECTED.has(cause) ? 0 : this.#backoff.next();
    return { relist, waitMs: Math.max(waitMs, Math.min(retryAfterMs ?? 0, this.#limits.maxRetryAfterMs)) };
  }

  #wasUseful(nowMs: number): boolean {
    return this.#delivered || (this.#openedAt !== undefined && nowMs - this.#openedAt >= this.#limits.usefulMs);
  }
}
