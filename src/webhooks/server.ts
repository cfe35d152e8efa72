import { createServer, type Server, type ServerOptions } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf, type Result } from '../lib/result.ts';
import { readBody } from './request-body.ts';

/** Key, certificate and trust of the server; `src/pki` keeps them fresh. */
export interface ServingCertificates {
  current(): { readonly key: string; readonly cert: string; readonly caBundlePem: string };
  /** Calls back after every change; returns the way to stop that. */
  onChange(listener: () => void): () => void;
}

/** What came of one request; `bad-request` never reached a handler. */
export type ReviewOutcome = 'allowed' | 'denied' | 'converted' | 'failed' | 'bad-request';

/** The review to send back. */
export interface ReviewAnswer {
  readonly review: unknown;
  readonly outcome: ReviewOutcome;
}

/**
 * Answers one review. In: the parsed body, and a signal that aborts shortly before the API server stops waiting.
 * An error is a sentence for whoever sent a body that is no review (400).
 */
export type ReviewHandler = (body: unknown, deadline: AbortSignal) => Promise<Result<ReviewAnswer, string>>;

/** One request, for metrics and logs. */
export interface RequestObservation {
  readonly path: string;
  readonly outcome: ReviewOutcome;
  readonly seconds: number;
  /** What went wrong inside, if something did. */
  readonly error?: unknown;
}

/** How a server is started. */
export interface WebhookServerOptions {
  readonly certificates: ServingCertificates;
  /** By path. */
  readonly handlers: ReadonlyMap<string, ReviewHandler>;
  readonly address: string;
  /** 0: any free one. */
  readonly port: number;
  readonly monotonicMs: () => number;
  readonly onRequest?: (observation: RequestObservation) => void;
  /** A new certificate could not be loaded; the old one stays in use. */
  readonly onReloadError?: (error: unknown) => void;
}

/** A running server. */
export interface WebhookServer {
  readonly port: number;
  /** For readiness: true from start to close. */
  isListening(): boolean;
  /** Still answers, and has each connection end after its answer: the pod is about to go, and callers must find another one. */
  drain(): void;
  /** Takes no new requests, lets running ones end for up to five seconds, then cuts them off. */
  close(): Promise<void>;
}

/** Also the largest list of objects the API server can have converted in one go. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;
const DRAIN_MS = 5_000;
const DEFAULT_DEADLINE_MS = 9_000;
const DEADLINE_MARGIN_MS = 500;

/** The API server's client drops idle connections after 90 s; if we dropped them first, a request could meet a closing connection. */
const TIMEOUTS: ServerOptions = { keepAliveTimeout: 120_000, headersTimeout: 10_000, requestTimeout: 15_000, connectionsCheckingInterval: 2_000 };

/** A request that is answered without a review. */
class BadRequest extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** `?timeout=10s` is the API server's patience (Kubernetes doc "Dynamic Admission Control"). */
function deadlineOf(url: URL): number {
  const seconds = /^(\d{1,3})s$/.exec(url.searchParams.get('timeout') ?? '')?.[1];
  return seconds === undefined ? DEFAULT_DEADLINE_MS : Math.max(Number(seconds) * 1000 - DEADLINE_MARGIN_MS, DEADLINE_MARGIN_MS);
}

function send(response: ServerResponse, status: number, body: string, contentType: string): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

async function parsedBody(request: IncomingMessage): Promise<unknown> {
  const body = await readBody(request, MAX_BODY_BYTES);
  if (body === undefined) throw new BadRequest(413, `the body is larger than ${MAX_BODY_BYTES} bytes`);
  try {
    return JSON.parse(body) as unknown;
  } catch (error) {
    throw new BadRequest(400, `the body is not JSON: ${messageOf(error)}`);
  }
}

async function answerTo(request: IncomingMessage, url: URL, handlers: WebhookServerOptions['handlers']): Promise<ReviewAnswer> {
  const handler = handlers.get(url.pathname);
  if (handler === undefined) throw new BadRequest(404, `nothing is served at ${url.pathname}; there is ${[...handlers.keys()].join(', ')}`);
  if (request.method !== 'POST') throw new BadRequest(405, `${request.method} is not understood here; POST a review`);
  const body = await parsedBody(request);
  const result = await handler(body, AbortSignal.timeout(deadlineOf(url)));
  if (!result.ok) throw new BadRequest(400, result.error);
  return result.value;
}

function requestListener({ handlers, monotonicMs, onRequest }: WebhookServerOptions): (request: IncomingMessage, response: ServerResponse, isDraining: () => boolean) => Promise<void> {
  return async (request, response, isDraining) => {
    const start = monotonicMs();
    const url = new URL(URL.canParse(request.url ?? '', 'https://webhook') ? request.url ?? '' : '/', 'https://webhook');
    // An unknown path would make a metric of its own for everything a scanner tries.
    const path = handlers.has(url.pathname) ? url.pathname : 'other';
    const observe = (outcome: ReviewOutcome, error?: unknown): void =>
      onRequest?.({ path, outcome, seconds: (monotonicMs() - start) / 1000, ...(error === undefined ? {} : { error }) });
    try {
      const { review, outcome } = await answerTo(request, url, handlers);
      // A connection that stayed open would keep the server from closing.
      if (isDraining()) response.setHeader('connection', 'close');
      send(response, 200, JSON.stringify(review), 'application/json');
      observe(outcome);
    } catch (error) {
      const isTheirs = error instanceof BadRequest;
      if (isTheirs) response.setHeader('connection', 'close');
      send(response, isTheirs ? error.status : 500, isTheirs ? `${error.message}\n` : 'the webhook failed; see the log of the operator\n', 'text/plain; charset=utf-8');
      observe(isTheirs ? 'bad-request' : 'failed', error);
    }
  };
}

async function listen(server: Server, port: number, address: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, address, () => { resolve(); });
  await promise;
  server.off('error', reject);
  return (server.address() as AddressInfo).port;
}

async function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => { resolve(); });
  const cut = setTimeout(() => { server.closeAllConnections(); }, DRAIN_MS);
  await promise;
  clearTimeout(cut);
}

/**
 * Starts the HTTPS server that answers the API server's reviews. New certificates are used for new connections at once, without a restart.
 * A request can make it answer 4xx with a sentence, never stop it. Rejects when the address cannot be listened on.
 */
export async function startWebhookServer(options: WebhookServerOptions): Promise<WebhookServer> {
  const { certificates, onReloadError } = options;
  const contextOf = (): { key: string; cert: string } => {
    const { key, cert } = certificates.current();
    return { key, cert };
  };
  const listener = requestListener(options);
  let isDraining = false;
  const server = createServer({ ...TIMEOUTS, ...contextOf(), minVersion: 'TLSv1.2' }, (request, response) => { void listener(request, response, () => isDraining || !server.listening); });
  // Half-open handshakes and port scans; without a listener Node would not mind, but it must never be ours to mind either.
  server.on('tlsClientError', () => {});
  const stopReloading = certificates.onChange(() => {
    try {
      server.setSecureContext(contextOf());
    } catch (error) {
      onReloadError?.(error);
    }
  });
  const port = await listen(server, options.port, options.address);
  return {
    port,
    isListening: () => server.listening,
    drain() { isDraining = true; },
    async close() {
      stopReloading();
      await close(server);
    },
  };
}
