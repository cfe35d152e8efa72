import { Pool, ProxyAgent, type Dispatcher } from 'undici';
import type { TlsMaterial } from './credentials.ts';

/** Where to connect to. */
export interface Endpoint {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly proxyUrl: string | undefined;
  /** Connections for calls; more calls than that wait in line, which keeps us a polite client of API priority and fairness. */
  readonly connections: number;
}

/** Connections for calls, and others for streams: a hundred watches must not keep a write waiting. */
export interface Channels {
  readonly calls: Dispatcher;
  readonly streams: Dispatcher;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** Below the API server's 90 s and what load balancers usually allow. */
const KEEP_ALIVE_MS = 30_000;

/** Open connections under the current TLS material. New material opens new ones; the old end when their work is done. */
export class Connections {
  readonly #endpoint: Endpoint;
  readonly #open = new Set<Dispatcher>();
  #tls: TlsMaterial | undefined;
  #channels: Channels | undefined;
  #isClosed = false;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  /** The connections to use with this material. Throws after `close`. */
  under(tls: TlsMaterial): Channels {
    if (this.#isClosed) throw new Error('the client is closed');
    if (this.#channels !== undefined && this.#tls === tls) return this.#channels;
    for (const old of this.#open) void old.close().finally(() => this.#open.delete(old));
    this.#tls = tls;
    this.#channels = { calls: this.#dispatcher(tls, this.#endpoint.connections), streams: this.#dispatcher(tls, null) };
    return this.#channels;
  }

  /** Breaks everything off. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#open].map((dispatcher) => dispatcher.destroy()));
  }

  /**
   * HTTP/1.1 on purpose: one connection per watch, so that a slow one holds up no other, and one lost connection is one lost watch.
   * Timeouts are the caller's: a watch may be silent for a minute.
   */
  #dispatcher(tls: TlsMaterial, connections: number | null): Dispatcher {
    const { origin, proxyUrl } = this.#endpoint;
    const settings = { connections, allowH2: false, keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: 0, bodyTimeout: 0 };
    const connect = { ...tls, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS, timeout: CONNECT_TIMEOUT_MS };
    const dispatcher = proxyUrl === undefined
      ? new Pool(origin, { ...settings, connect })
      : new ProxyAgent({ uri: proxyUrl, ...settings, requestTls: connect });
    this.#open.add(dispatcher);
    return dispatcher;
  }
}
