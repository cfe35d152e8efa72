import { createSecureServer, type Http2SecureServer } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../lib/result.ts';
import type { Authentication, Caller } from './authentication.ts';
import { Refused, type ScopedCall, type ScopedParts } from './call.ts';
import { classify, type Decision, type MeshView } from './classify.ts';
import { answerEmpty } from './empty-answer.ts';
import { answerFilteredList } from './filtered-list.ts';
import { answerFilteredWatch } from './filtered-watch.ts';
import { forward, type RawIncoming } from './forwarding.ts';
import { answerGatheredList } from './gathered-list.ts';
import { answerGatheredWatch } from './gathered-watch.ts';
import { Outgoing, type RawResponse } from './outgoing.ts';
import { forbidden, unavailable, type Refusal } from './refusal.ts';
import { answerReview } from './review-answer.ts';

/** One request, for logs and metrics. Holds no query, no token and no body. */
export interface ScopedRequestSeen {
  readonly home: string;
  readonly method: string;
  readonly path: string;
  readonly did: Decision['do'] | 'unknown-caller' | 'failed';
  /** Why it was refused or failed. */
  readonly reason?: string;
}

/** Key and certificate to serve with; asked for anew when they change. */
export interface ScopedCertificates {
  current(): { readonly key: string; readonly cert: string };
  onChange(listener: () => void): () => void;
}

export interface ScopedServerOptions {
  readonly parts: ScopedParts;
  readonly authentication: Authentication;
  readonly certificates: ScopedCertificates;
  readonly address: string;
  readonly port: number;
  /** False: everything is answered 503. */
  readonly isReady: () => boolean;
  readonly onRequest: (seen: ScopedRequestSeen) => void;
}

export interface ScopedServer {
  readonly port: number;
  /** Serves on for `noticeMs`, then listens no more, tells clients to go elsewhere (GOAWAY), has watches ended, and waits until what was asked is answered. */
  drain(noticeMs: number, endWatches: () => void): Promise<void>;
  /** Breaks everything off and closes. */
  close(): Promise<void>;
}

/** Open requests of one mesh: an istiod has about 60, two replicas twice that. */
const MAX_OPEN = 400;
/** What answers under way may take when the server ends, and connections to go when there is none left. */
const LAST_ANSWERS_MS = 5000;
const LAST_BYTES_MS = 500;
const LOOK_MS = 20;
/** HTTP/2 carries istiod's watches on one connection. */
const MAX_STREAMS = 256;

const READS: Readonly<Record<'filter' | 'gather' | 'empty', Readonly<Record<'list' | 'watch', (call: ScopedCall, parts: ScopedParts) => Promise<void>>>>> = {
  filter: { list: answerFilteredList, watch: answerFilteredWatch },
  gather: { list: answerGatheredList, watch: answerGatheredWatch },
  empty: { list: answerEmpty, watch: answerEmpty },
};

/** Carries out a decision. Throws Refused, and what connections throw. */
async function carryOut(decision: Decision, { caller, view, request, out }: { readonly caller: Caller; readonly view: MeshView; readonly request: RawIncoming; readonly out: Outgoing }, parts: ScopedParts): Promise<void> {
  switch (decision.do) {
    case 'refuse':
      throw new Refused(decision.refusal);
    case 'filter':
    case 'gather':
    case 'empty':
      return READS[decision.do][decision.query.isWatch ? 'watch' : 'list']({ caller, kind: decision.kind, query: decision.query, out }, parts);
    case 'whole':
      return forward({ request, url: decision.url }, parts.upstream, out);
    case 'forward':
      return forward({ request, url: decision.url, bearer: caller.token }, parts.upstream, out);
    case 'token-review':
    case 'access-review':
      return answerReview({ what: decision.do, request, view, out }, parts);
  }
}

/** The server: authenticates, binds to a mesh, decides, carries out. */
class Serving {
  readonly #options: ScopedServerOptions;
  readonly #open = new Map<string, number>();
  #isLeaving = false;

  constructor(options: ScopedServerOptions) {
    this.#options = options;
  }

  /** From now on connections of HTTP/1.1 end with their answers. */
  leave(): void {
    this.#isLeaving = true;
  }

  /** True while an answer is under way. */
  get isBusy(): boolean {
    return this.#open.size > 0;
  }

  async answer(request: RawIncoming, response: RawResponse): Promise<void> {
    const out = new Outgoing(response, () => this.#isLeaving);
    let home = '';
    let did: ScopedRequestSeen['did'] = 'unknown-caller';
    let reason: string | undefined;
    try {
      if (!this.#options.isReady()) throw new Refused(unavailable('the members of meshes are not known yet; try again'));
      const caller = await this.#options.authentication.callerOf(request.headers.authorization);
      if ('code' in caller) throw new Refused(caller);
      home = caller.home;
      const view = this.#options.parts.views.of(home);
      if (view === undefined) throw new Refused(forbidden(`there is no control plane in ${home}`));
      const decision = classify({ method: request.method ?? '', url: request.url ?? '', headers: request.headers }, view);
      did = decision.do;
      await this.#counted(home, () => carryOut(decision, { caller, view, request, out }, this.#options.parts));
    } catch (error) {
      reason = messageOf(error);
      if (!(error instanceof Refused)) did = 'failed';
      this.#fail(error, out);
    } finally {
      const path = (request.url ?? '').split('?')[0] ?? '';
      this.#options.onRequest({ home, method: request.method ?? '', path: path.slice(0, 200), did, ...(reason === undefined ? {} : { reason }) });
    }
  }

  async #counted(home: string, work: () => Promise<void>): Promise<void> {
    const open = this.#open.get(home) ?? 0;
    if (open >= MAX_OPEN) throw new Refused({ code: 429, reason: 'TooManyRequests', message: `${home} has ${MAX_OPEN} requests open` });
    this.#open.set(home, open + 1);
    try {
      await work();
    } finally {
      const left = (this.#open.get(home) ?? 1) - 1;
      if (left === 0) this.#open.delete(home);
      else this.#open.set(home, left);
    }
  }

  #fail(error: unknown, out: Outgoing): void {
    const refusal: Refusal = error instanceof Refused ? error.refusal : unavailable('the API server could not be reached; try again');
    out.refuse(refusal, refusal.code === 429 || refusal.code === 503 ? { 'retry-after': '1' } : {});
  }
}

function listen(server: Http2SecureServer, { address, port }: ScopedServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Starts the server. Rejects when its address cannot be listened on. */
export async function startScopedServer(options: ScopedServerOptions): Promise<ScopedServer> {
  const serving = new Serving(options);
  const { key, cert } = options.certificates.current();
  const server = createSecureServer({ key, cert, allowHTTP1: true, minVersion: 'TLSv1.2', settings: { maxConcurrentStreams: MAX_STREAMS } });
  const sockets = new Set<Socket>();
  // From the first byte on: one whose handshake is under way would keep a server that closes for two minutes.
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => { sockets.delete(socket); });
  });
  // A session that breaks has told each of its streams.
  server.on('sessionError', () => undefined);
  server.on('request', (request, response) => { void serving.answer(request, response); });
  const unlisten = options.certificates.onChange(() => {
    const next = options.certificates.current();
    server.setSecureContext({ key: next.key, cert: next.cert });
  });
  await listen(server, options);
  const closed = Promise.withResolvers<void>();
  server.once('close', () => { closed.resolve(); });
  const stopListening = (): void => {
    unlisten();
    // With it go the idle connections of HTTP/1.1 and a GOAWAY to each session of HTTP/2 (Node doc "http2", server.close).
    if (server.listening) server.close();
  };
  const quiet = async (ms: number, isQuiet: () => boolean): Promise<void> => {
    for (const until = performance.now() + ms; !isQuiet() && performance.now() < until;) await sleep(LOOK_MS);
  };
  return {
    port: (server.address() as AddressInfo).port,
    async drain(noticeMs, endWatches) {
      serving.leave();
      await sleep(noticeMs);
      stopListening();
      endWatches();
      await quiet(LAST_ANSWERS_MS, () => !serving.isBusy);
      await quiet(LAST_BYTES_MS, () => sockets.size === 0);
    },
    async close() {
      stopListening();
      for (const socket of sockets) socket.destroy();
      await closed.promise;
    },
  };
}
