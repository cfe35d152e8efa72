import { isJsonObject, valueAt } from '../lib/json.ts';
import { messageOf } from '../lib/result.ts';
import { ApiError } from './rest.ts';

/** What is needed of an answer outside 2xx to say what went wrong. */
export interface FailedAnswer {
  readonly status: number;
  /** The Retry-After header as sent. */
  readonly retryAfter?: string | undefined;
  readonly body: string;
  /** `GET /path`, for messages. */
  readonly what: string;
}

/**
 * The error of an answer outside 2xx. The body is a Status object (Kubernetes doc "API concepts") or, from proxies, any text:
 * that text stays out of the message, but for its first line.
 */
export function answerError(answer: FailedAnswer, nowMs: number): ApiError {
  const retryAfterMs = parseRetryAfter(answer.retryAfter, nowMs);
  const error = statusError(parseJson(answer.body), answer.status, retryAfterMs);
  if (error !== undefined) return error;
  const line = answer.body.trim().split('\n', 1)[0]?.slice(0, 200) ?? '';
  return new ApiError(answer.status, '', `HTTP ${answer.status} on ${answer.what}${line === '' ? '' : `: ${line}`}`, optional(retryAfterMs));
}

/** The error in a Status object, also as it comes in an ERROR event of a watch; undefined when it is none. */
export function statusError(value: unknown, httpStatus = 0, retryAfterMs?: number): ApiError | undefined {
  if (!isJsonObject(value) || value['kind'] !== 'Status') return undefined;
  const { code, reason, message } = value;
  const seconds = valueAt(value, 'details', 'retryAfterSeconds');
  const wait = retryAfterMs ?? (typeof seconds === 'number' ? seconds * 1000 : undefined);
  const status = typeof code === 'number' ? code : httpStatus;
  const text = typeof message === 'string' && message !== '' ? message : `HTTP ${status}`;
  return new ApiError(status, typeof reason === 'string' ? reason : '', text, optional(wait));
}

/**
 * The error of a call that got no whole answer: status 0.
 * In: what was thrown, `GET /path`, and why we gave up ourselves, if we did.
 */
export function brokenCall(thrown: unknown, what: string, gaveUp: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  const why = gaveUp === undefined ? describeNetworkError(thrown) : messageOf(gaveUp);
  return new ApiError(0, '', `${what}: ${why}`, { cause: gaveUp ?? thrown });
}

/** Seconds or an HTTP date (RFC 9110, 10.2.3), as milliseconds from now; undefined when absent or unreadable. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined || value.trim() === '') return undefined;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

/** Node wraps several attempts into one AggregateError without a message; the code says most. */
function describeNetworkError(thrown: unknown): string {
  const message = messageOf(thrown);
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  if (code === '' || message.includes(code)) return message === '' ? 'the connection failed' : message;
  return message === '' ? code : `${message} (${code})`;
}

function optional(retryAfterMs: number | undefined): { retryAfterMs?: number } {
  return retryAfterMs === undefined ? {} : { retryAfterMs };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
