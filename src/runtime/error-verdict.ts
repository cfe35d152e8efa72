import { messageOf } from '../lib/result.ts';
import { ApiError } from './rest.ts';

/** What was being done when the server said no. */
export type WriteVerb = 'apply' | 'patch' | 'remove' | 'mint' | 'status' | 'finalizer';

/**
 * What an error means for the pass.
 * - `done`: not an error at all; the wanted state is there.
 * - `backoff`: it will pass by itself; try again soon, later each time, not before `atLeastMs`.
 * - `recheck`: the same request will fail again until somebody changes something; look again after `afterMs`, events wake sooner.
 */
export type ErrorVerdict =
  | { readonly next: 'done' }
  | { readonly next: 'backoff'; readonly atLeastMs: number }
  | { readonly next: 'recheck'; readonly afterMs: number };

/** Time until a refused request (invalid, forbidden) is tried again unasked. */
export const REFUSED_RECHECK_MS = 60_000;
/** The same for a kind that is not served or a namespace that is not there: these appear during an installation. */
export const ABSENT_RECHECK_MS = 10_000;

const DONE: ErrorVerdict = { next: 'done' };

/** 4xx answers that only ask for patience: token about to be reloaded, timeout, conflict, gone, too early, too many requests. */
const PASSING: ReadonlySet<number> = new Set([401, 408, 409, 410, 425, 429]);

/** Verbs for which "not found" is what we wanted or no longer matters: the object is gone, and its own event tells the rest. */
const CONTENT_WHEN_ABSENT: ReadonlySet<WriteVerb> = new Set<WriteVerb>(['remove', 'status', 'finalizer']);

/**
 * Sorts an API error, by status code only, never by text (examples.md, "A reconciler").
 * In: the verb, the HTTP status (0 = not reached) and the server's Retry-After in ms.
 */
export function verdictOf(verb: WriteVerb, status: number, retryAfterMs = 0): ErrorVerdict {
  if (status === 404 && CONTENT_WHEN_ABSENT.has(verb)) return DONE;
  if (status === 409 && verb === 'mint') return DONE;
  if (status < 400 || status >= 500 || PASSING.has(status)) return { next: 'backoff', atLeastMs: retryAfterMs };
  // A patch of something that is gone was planned on an old cache: the next pass plans anew.
  if (status === 404) return verb === 'patch' ? { next: 'backoff', atLeastMs: 0 } : { next: 'recheck', afterMs: ABSENT_RECHECK_MS };
  return { next: 'recheck', afterMs: REFUSED_RECHECK_MS };
}

/** The worse of two verdicts: back-off before recheck before done; of equals, the longer back-off and the sooner recheck. */
export function worseVerdict(a: ErrorVerdict, b: ErrorVerdict): ErrorVerdict {
  if (a.next === 'backoff') return b.next === 'backoff' && b.atLeastMs > a.atLeastMs ? b : a;
  if (b.next === 'backoff') return b;
  if (a.next === 'recheck') return b.next === 'recheck' && b.afterMs < a.afterMs ? b : a;
  return b;
}

/** Anything thrown by an API call as an ApiError: what is not one (an abort, a broken socket) counts as "not reached". */
export function asApiError(thrown: unknown): ApiError {
  return thrown instanceof ApiError ? thrown : new ApiError(0, '', messageOf(thrown), { cause: thrown });
}
