import type { RawAnswer, RawUpstream } from '../runtime/raw-upstream.ts';
import { isJsonObject, valueAt } from '../lib/json.ts';
import type { Caller } from './authentication.ts';
import type { ScopedKind } from '../api/istiod-calls.ts';
import type { ListQuery } from './list-query.ts';
import type { MeshViews } from './mesh-views.ts';
import type { Outgoing } from './outgoing.ts';
import type { Gathered, Position, Positions } from './positions.ts';
import type { SharedWatches } from './shared-watches.ts';
import { statusObject, type Refusal } from './refusal.ts';

/** What all answers share. */
export interface ScopedParts {
  readonly upstream: RawUpstream;
  readonly watches: SharedWatches;
  readonly views: MeshViews;
  readonly positions: Positions;
  readonly now: () => number;
  /** Aborts when watches are to end so that their clients go to another replica. */
  readonly stopping: AbortSignal;
}

/** One list or watch over the mesh. */
export interface ScopedCall {
  readonly caller: Caller;
  readonly kind: ScopedKind;
  readonly query: ListQuery;
  readonly out: Outgoing;
}

/** A failure with the answer it means for the caller. */
export class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

export const JSON_TYPE = 'application/json';
/** client-go asks for 5 to 10 minutes. Each new watch is authenticated anew. */
const MAX_WATCH_SECONDS = 600;
const MAX_STATUS_BYTES = 64 * 1024;

/** How long a watch may last. */
export function watchSeconds({ timeoutSeconds = MAX_WATCH_SECONDS }: ListQuery): number {
  return Math.min(timeoutSeconds, MAX_WATCH_SECONDS);
}

/** Calls `end` when a watch has had its time, or when this process stops. Out: the way to call that off. */
export function whenOver(query: ListQuery, { stopping }: ScopedParts, end: () => void): () => void {
  const timer = setTimeout(end, watchSeconds(query) * 1000);
  stopping.addEventListener('abort', end);
  if (stopping.aborted) end();
  return () => {
    clearTimeout(timer);
    stopping.removeEventListener('abort', end);
  };
}

/**
 * Under which positions of one informer are kept: process, kind and selectors. A process should have one informer for a kind and its selectors, as client-go's
 * factories share them (and istiod 1.31 was seen to); where there are two, they list anew instead of going on (positions.ts).
 */
export function positionKey({ caller, kind: { type }, query }: ScopedCall): string {
  return JSON.stringify([caller.home, caller.process, type.group, type.version, type.plural, query.labelSelector, query.fieldSelector]);
}

/** A position at a resource version, with a view. */
export function positionAt(parts: ScopedParts, revision: string, view: ReadonlySet<string>, gathered?: Map<string, Gathered>): Position {
  return { revision, view, touchedMs: parts.now(), ...(gathered === undefined ? {} : { gathered }) };
}

/** What an answer outside 2xx says, for the caller. */
export async function refusalOf(answer: RawAnswer): Promise<Refusal> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of answer.body) {
    size += part.length;
    if (size > MAX_STATUS_BYTES) break;
    parts.push(part);
  }
  const status = parsedStatus(Buffer.concat(parts).toString('utf8'));
  const text = (name: string, fallback: string): string => {
    const value: unknown = valueAt(status, name);
    return typeof value === 'string' ? value : fallback;
  };
  return { code: answer.status, reason: text('reason', ''), message: text('message', `the API server answered ${answer.status}`) };
}

function parsedStatus(body: string): unknown {
  try {
    const value: unknown = JSON.parse(body);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** An event of a watch that ends it (Kubernetes doc "API concepts"): clients read the code in it. */
export function errorEvent(refusal: Refusal): string {
  return `${JSON.stringify({ type: 'ERROR', object: statusObject(refusal) })}\n`;
}
