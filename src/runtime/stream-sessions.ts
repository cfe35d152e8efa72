import { connect, constants, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2';
import { PassThrough, pipeline, type Readable } from 'node:stream';
import type { TlsMaterial } from './credentials.ts';

/** An answer over HTTP/2 whose head has come. */
export interface StreamAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
  /** Throws the body away, and its stream with it. */
  readonly cancel: () => void;
}

export interface StreamRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** No connection with HTTP/2 came about. */
export class NoSession extends Error {}

/** Servers allow 100 streams of one connection at least (Kubernetes: as a guard against rapid resets); the next one is opened before. */
const STREAMS_EACH = 90;
/** What may be under way on one connection: each stream its 64 kB, so that one that is read slowly holds up no other. */
const WINDOW_BYTES = 16 * 1024 * 1024;
/** A connection without streams is kept that long for the next. */
const IDLE_MS = 5000;
const KEEP_ALIVE_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;

interface Open { readonly session: ClientHttp2Session; readonly tls: TlsMaterial; streams: number }

/**
 * Many answers at once over few connections. A watch over HTTP/1.1 has a connection with TLS of its own, which costs 100 kB and more on either side: fine for one per kind,
 * not for one per namespace.
 */
export class StreamSessions {
  readonly #origin: string;
  readonly #open = new Set<Open>();
  #isClosed = false;

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** How many connections there are. */
  get size(): number {
    return this.#open.size;
  }

  /** GETs. @throws NoSession when no connection comes about; otherwise what broke the stream off before its head */
  get({ path, headers, signal }: StreamRequest, tls: TlsMaterial): Promise<StreamAnswer> {
    if (this.#isClosed) throw new Error('the client is closed');
    const open = [...this.#open].find((one) => one.tls === tls && one.streams < STREAMS_EACH) ?? this.#connect(tls);
    open.streams += 1;
    return new Promise((resolve, reject) => {
      const stream = open.session.request({ ':method': 'GET', ':path': path, ...headers }, signal === undefined ? {} : { signal });
      stream.once('response', (headers) => {
        // At once: whoever begins to read a stream of node:http2 that has come to its end meanwhile is told that it broke off.
        const body = pipeline(stream, new PassThrough(), () => undefined);
        resolve({ status: headers[':status'] ?? 0, headers, body, cancel: () => { stream.close(constants.NGHTTP2_CANCEL); } });
      });
      stream.on('error', (error) => { reject(open.session.connecting || open.session.alpnProtocol !== 'h2' ? new NoSession(error.message) : error); });
      stream.once('close', () => {
        open.streams -= 1;
        reject(new Error('the stream ended before its head'));
        if (open.streams === 0) setTimeout(() => { this.#closeIdle(open); }, IDLE_MS).unref();
      });
    });
  }

  /** Breaks everything off. */
  close(): void {
    this.#isClosed = true;
    for (const { session } of this.#open) session.destroy();
  }

  #closeIdle(open: Open): void {
    if (open.streams > 0) return;
    this.#open.delete(open);
    open.session.close();
  }

  #connect(tls: TlsMaterial): Open {
    const session = connect(this.#origin, { ...tls, settings: { enablePush: false } });
    const open: Open = { session, tls, streams: 0 };
    this.#open.add(open);
    const forget = (): void => { this.#open.delete(open); };
    const late = setTimeout(() => { session.destroy(new NoSession('no connection in time')); }, CONNECT_TIMEOUT_MS);
    session.once('connect', (_session, socket) => {
      clearTimeout(late);
      socket.setKeepAlive(true, KEEP_ALIVE_MS);
      session.setLocalWindowSize(WINDOW_BYTES);
    });
    session.once('close', () => { clearTimeout(late); });
    // Each stream hears of it itself.
    session.on('error', () => undefined);
    for (const end of ['close', 'error', 'goaway'] as const) session.once(end, forget);
    return open;
  }
}
