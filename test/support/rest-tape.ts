import { ApiError, type Rest, type RestRequest } from '../../src/runtime/rest.ts';

/** One recorded answer. A watch plays its chunks and then ends, breaks with the error, or stays silent. */
export type TapeAnswer =
  | { readonly json: unknown }
  | { readonly fail: Error }
  | { readonly chunks: readonly (string | Uint8Array)[]; readonly last: 'end' | 'silence' | Error };

/** What the server sends for a page of a list. */
export function listPage(resourceVersion: string, items: readonly object[], next?: string): TapeAnswer {
  return { json: { kind: 'List', metadata: { resourceVersion, ...(next === undefined ? {} : { continue: next }) }, items } };
}

/** Events as lines. */
export function watchTape(events: readonly object[], last: 'end' | 'silence' | Error = 'end'): TapeAnswer {
  return { chunks: events.map((event) => `${JSON.stringify(event)}\n`), last };
}

/** An event of a watch. */
export function event(type: string, object: object): { readonly type: string; readonly object: object } {
  return { type, object };
}

/** A bookmark. */
export function bookmark(resourceVersion: string): object {
  return event('BOOKMARK', { metadata: { resourceVersion } });
}

/** An answer outside 2xx. */
export function refusal(status: number, reason = '', retryAfterMs?: number): TapeAnswer {
  return { fail: new ApiError(status, reason, `HTTP ${status}`, retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/**
 * Plays recorded answers, one per request, each path from its own tape; it knows nothing of objects or positions.
 * A request beyond the end of its tape waits until it is aborted.
 */
export class RestTape implements Rest {
  readonly requests: RestRequest[] = [];
  readonly #tapes: ReadonlyMap<string, TapeAnswer[]>;

  constructor(tapes: Readonly<Record<string, readonly TapeAnswer[]>>) {
    this.#tapes = new Map(Object.entries(tapes).map(([path, answers]) => [path, [...answers]]));
  }

  /** Requests of a path that were watches, or that were not. */
  sent(path: string, watch: boolean): readonly RestRequest[] {
    return this.requests.filter((request) => request.path === path && (request.query?.['watch'] === true) === watch);
  }

  /** Puts more answers at the end of a tape. */
  record(path: string, ...answers: readonly TapeAnswer[]): void {
    this.#tapes.get(path)?.push(...answers);
  }

  /** Answers not played yet. */
  left(path: string): number {
    return this.#tapes.get(path)?.length ?? 0;
  }

  async call<T>(request: RestRequest): Promise<T> {
    const answer = await this.#play(request);
    if (!('json' in answer)) throw new Error(`the tape has a watch where ${request.path} is listed`);
    return answer.json as T;
  }

  async stream(request: RestRequest): Promise<AsyncIterable<Uint8Array>> {
    const answer = await this.#play(request);
    if (!('chunks' in answer)) throw new Error(`the tape has a list where ${request.path} is watched`);
    return playChunks(answer, request.signal);
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }

  async #play(request: RestRequest): Promise<TapeAnswer> {
    this.requests.push(request);
    const answer = this.#tapes.get(request.path)?.shift();
    if (answer === undefined) throw await aborted(request.signal);
    if ('fail' in answer) throw answer.fail;
    return answer;
  }
}

async function* playChunks(answer: Extract<TapeAnswer, { chunks: unknown }>, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  for (const chunk of answer.chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  if (answer.last === 'silence') throw await aborted(signal);
  if (answer.last !== 'end') throw answer.last;
}

function aborted(signal: AbortSignal | undefined): Promise<ApiError> {
  return new Promise((resolve) => {
    const end = (): void => resolve(new ApiError(0, '', 'aborted'));
    if (signal?.aborted === true) end();
    else signal?.addEventListener('abort', end, { once: true });
  });
}
