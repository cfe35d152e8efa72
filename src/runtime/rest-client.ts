import type { Dispatcher } from 'undici';
import { memoized } from '../lib/memo.ts';
import { answerError, brokenCall } from './api-answer.ts';
import { Connections, type Channels } from './connections.ts';
import type { Credentials } from './credentials.ts';
import { headerOf, readParts, readText, type Answer } from './http-body.ts';
import type { ClusterAccess } from './kube-config.ts';
import { lastWord } from './last-word.ts';
import { LinkedAbort } from './linked-abort.ts';
import { ApiError, type Rest, type RestRequest } from './rest.ts';

/** One request as seen from outside; for metrics. */
export interface RequestSeen {
  readonly method: RestRequest['method'];
  readonly path: string;
  /** HTTP status; 0 when there was none. */
  readonly status: number;
  /** To the end of the answer, or of its headers for streams. */
  readonly ms: number;
}

/** How a client behaves. */
export interface RestOptions {
  /** `name/version`, shown in audit logs. */
  readonly userAgent: string;
  /** Connections for calls at the same time; default 32. */
  readonly connections?: number;
  /** Called once per call, sent or not; must not throw. */
  readonly onRequest?: (seen: RequestSeen) => void;
}

const DEFAULT_CONNECTIONS = 32;
const DEFAULT_TIMEOUT_MS = 30_000;

/** Opens a client for the API server. Connects with the first call, not before. */
export function createRest(access: ClusterAccess, options: RestOptions): Rest {
  return new RestClient(access, options);
}

/** Connections that ask before they send; made once for all writes of a process. */
const asking = memoized((connections: Dispatcher) => memoized((maySend: () => boolean) => connections.compose(lastWord(maySend))));

/** An abort of ours, for the reason that its error states. */
type Deadline = LinkedAbort<Error>;

class RestClient implements Rest {
  readonly #access: ClusterAccess;
  readonly #options: RestOptions;
  readonly #connections: Connections;
  readonly #origin: string;
  readonly #prefix: string;

  constructor(access: ClusterAccess, options: RestOptions) {
    const { origin, pathname } = new URL(access.server);
    this.#access = access;
    this.#options = options;
    this.#origin = origin;
    // Behind a gateway an API server may live under a path.
    this.#prefix = pathname.replace(/\/+$/, '');
    this.#connections = new Connections({ origin, proxyUrl: access.proxyUrl, connections: options.connections ?? DEFAULT_CONNECTIONS });
  }

  async call<T>(request: RestRequest): Promise<T> {
    const deadline: Deadline = new LinkedAbort(request.signal);
    try {
      return await this.#exchange(request, 'calls', deadline, async (answer) => parseBody(answer, await readText(answer)) as T);
    } finally {
      deadline.unlink();
    }
  }

  async stream(request: RestRequest): Promise<AsyncIterable<Uint8Array>> {
    const deadline: Deadline = new LinkedAbort(request.signal);
    try {
      return await this.#exchange(request, 'streams', deadline, async (answer) => chunksOf(answer, deadline, nameOf(request)));
    } catch (error) {
      deadline.unlink();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#connections.close();
  }

  /** Sends, hands a good answer to `use`, and turns everything else into an ApiError. The time limit ends with `use`. */
  async #exchange<T>(request: RestRequest, channel: keyof Channels, deadline: Deadline, use: (answer: Answer) => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const limitMs = request.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const timer = setTimeout(() => deadline.abort(new Error(`no answer within ${limitMs / 1000} s`)), limitMs);
    let status = 0;
    try {
      const answer = await this.#send(request, channel, deadline.signal);
      status = answer.statusCode;
      if (status >= 200 && status < 300) return await use(answer);
      throw answerError({ status, retryAfter: headerOf(answer, 'retry-after'), body: await readText(answer), what: nameOf(request) }, Date.now());
    } catch (error) {
      throw brokenCall(error, nameOf(request), deadline.reason);
    } finally {
      clearTimeout(timer);
      this.#options.onRequest?.({ method: request.method, path: request.path, status, ms: performance.now() - startedAt });
    }
  }

  /** A 401 may mean that the token was renewed: once, the files are read again and the request is repeated. */
  async #send(request: RestRequest, channel: keyof Channels, signal: AbortSignal): Promise<Answer> {
    const answer = await this.#sendWith(await this.#access.credentials(), request, channel, signal);
    if (answer.statusCode !== 401) return answer;
    await answer.body.dump();
    return this.#sendWith(await this.#access.credentials({ fresh: true }), request, channel, signal);
  }

  #sendWith(credentials: Credentials, request: RestRequest, channel: keyof Channels, signal: AbortSignal): Promise<Answer> {
    // Without `reset: false` undici gives up the connection after each DELETE with a body, since other servers may misread those (client-h1.js).
    const body = request.body === undefined ? {} : { body: JSON.stringify(request.body), reset: false };
    const headers = {
      ...credentials.headers,
      'user-agent': this.#options.userAgent,
      accept: request.accept ?? 'application/json',
      ...(request.body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
    };
    const path = `${this.#prefix}${request.path}${queryText(request.query)}`;
    const connections = this.#connections.under(credentials.tls)[channel];
    const dispatcher = request.maySend === undefined ? connections : asking(connections)(request.maySend);
    return dispatcher.request({ origin: this.#origin, method: request.method, path, headers, signal, ...body });
  }
}

function queryText(query: RestRequest['query']): string {
  const given = Object.entries(query ?? {}).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as [string, string]]));
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

function nameOf(request: RestRequest): string {
  return `${request.method} ${request.path}`;
}

/** JSON where the server says so, else the text (`/readyz`). An empty body is undefined. */
function parseBody(answer: Answer, text: string): unknown {
  if (text === '') return undefined;
  if (headerOf(answer, 'content-type')?.includes('json') !== true) return text;
  try {
    return JSON.parse(text);
  } catch {
    // No cause: JSON.parse quotes the text, which may be a Secret.
    throw new ApiError(0, '', `the answer of ${text.length} characters broke off or is not JSON`);
  }
}

/** The body of a stream with its errors as ApiError; the parent signal is let go when it ends. */
async function* chunksOf(answer: Answer, deadline: Deadline, what: string): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* readParts(answer);
  } catch (error) {
    throw brokenCall(error, what, deadline.reason);
  } finally {
    deadline.unlink();
  }
}
