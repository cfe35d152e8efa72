/** One call to the API server. */
export interface RestRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute path, already encoded; see `resourcePath`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Content-Type of the body; default `application/json`. */
  readonly contentType?: string;
  readonly accept?: string;
  readonly signal?: AbortSignal;
  /** Whole call; default 30 s. */
  readonly timeoutMs?: number;
  /** Asked at the moment the request is written to its connection; false = it is not sent, and the call fails with status 0. */
  readonly maySend?: () => boolean;
}

/**
 * The only door to the API server. Knows credentials, TLS and connections; knows no kinds.
 * Both calls throw ApiError for an answer outside 2xx and for a server that was not reached (status 0).
 */
export interface Rest {
  /** Sends and parses the JSON answer. */
  call<T>(request: RestRequest): Promise<T>;
  /** Opens a stream (a watch): the raw bytes as they come; ends when the server ends it, throws when it breaks. */
  stream(request: RestRequest): Promise<AsyncIterable<Uint8Array>>;
  /** Closes all connections. */
  close(): Promise<void>;
}

/**
 * An API call that did not succeed. `status` is the HTTP status; 0 means the server was not reached or the connection broke.
 * `reason` is the machine-readable word of the Status object (`Conflict`, `Expired`, …) or ''.
 */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;
  /** From Retry-After, if the server sent one. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, reason: string, message: string, options: { retryAfterMs?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'ApiError';
    this.status = status;
    this.reason = reason;
    this.retryAfterMs = options.retryAfterMs;
  }
}
