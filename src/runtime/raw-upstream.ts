import { Connections } from './connections.ts';
import type { Credentials, TlsMaterial } from './credentials.ts';
import { headerOf, type Answer } from './http-body.ts';
import type { ClusterAccess } from './kube-config.ts';
import { NoSession, StreamSessions, type StreamAnswer } from './stream-sessions.ts';

/** One request, bytes in and bytes out. */
export interface RawRequest {
  readonly method: string;
  /** Path and query, as they go over the wire. */
  readonly url: string;
  readonly accept?: string;
  readonly contentType?: string;
  readonly body?: Uint8Array;
  /** The token to ask with. Left out: our own credentials. */
  readonly bearer?: string;
  /** A GET of which there are many at once: shares connections with others of its kind (HTTP/2), where the server can. */
  readonly isShared?: boolean;
  readonly signal?: AbortSignal;
}

/** An answer whose headers have come; the body comes as it is read. */
export interface RawAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly retryAfter: string | undefined;
  readonly body: AsyncIterable<Uint8Array>;
  /** Throws the body away. */
  dump(): Promise<void>;
}

/** An API server to pass bytes to. */
export interface RawUpstream {
  /** Rejects when no headers come: not reached, or broken off. */
  send(request: RawRequest): Promise<RawAnswer>;
  close(): Promise<void>;
}

interface Way { readonly tls: TlsMaterial; readonly headers: Readonly<Record<string, string>> }

/**
 * A client that passes bytes. Requests with somebody else's token go over connections of their own, without our client certificate:
 * an API server that sees both would believe the certificate.
 */
export function createRawUpstream(access: ClusterAccess, userAgent: string): RawUpstream {
  const { origin, pathname } = new URL(access.server);
  const prefix = pathname.replace(/\/+$/, '');
  const endpoint = { origin, proxyUrl: access.proxyUrl, connections: 64 };
  const own = new Connections(endpoint);
  const others = new Connections(endpoint);
  const bare = new WeakMap<TlsMaterial, TlsMaterial>();
  const withoutIdentity = (tls: TlsMaterial): TlsMaterial => {
    const known = bare.get(tls) ?? anonymous(tls);
    bare.set(tls, known);
    return known;
  };
  const sessions = new StreamSessions(origin);
  const wayOf = (credentials: Credentials, bearer: string | undefined): Way => bearer === undefined
    ? credentials
    : { tls: withoutIdentity(credentials.tls), headers: { authorization: `Bearer ${bearer}` } };
  const sendWith = async (credentials: Credentials, { method, url, accept, contentType, body, bearer, isShared, signal }: RawRequest): Promise<RawAnswer> => {
    const { tls, headers: identity } = wayOf(credentials, bearer);
    const headers = { ...identity, 'user-agent': userAgent, accept: accept ?? 'application/json', ...(contentType === undefined ? {} : { 'content-type': contentType }) };
    if (isShared === true && bearer !== undefined && access.proxyUrl === undefined) {
      const answer = await sessions.get({ path: `${prefix}${url}`, headers, ...(signal === undefined ? {} : { signal }) }, tls).catch((error: unknown) => { if (!(error instanceof NoSession)) throw error; });
      if (answer !== undefined) return streamAnswer(answer);
    }
    const dispatcher = (bearer === undefined ? own : others).under(tls).streams;
    return rawAnswer(await dispatcher.request({
      origin, method, path: `${prefix}${url}`, headers, reset: false, ...(body === undefined ? {} : { body }), ...(signal === undefined ? {} : { signal }),
    }));
  };
  return {
    async send(request) {
      const answer = await sendWith(await access.credentials(), request);
      if (answer.status !== 401 || request.bearer !== undefined) return answer;
      await answer.dump();
      return sendWith(await access.credentials({ fresh: true }), request);
    },
    async close() {
      sessions.close();
      await Promise.all([own.close(), others.close()]);
    },
  };
}

function anonymous({ cert: _cert, key: _key, ...tls }: TlsMaterial): TlsMaterial {
  return tls;
}

function rawAnswer(answer: Answer): RawAnswer {
  return {
    status: answer.statusCode, contentType: headerOf(answer, 'content-type') ?? 'application/json', retryAfter: headerOf(answer, 'retry-after'),
    body: answer.body, dump: async () => { await answer.body.dump(); },
  };
}

function streamAnswer({ status, headers, body, cancel }: StreamAnswer): RawAnswer {
  return { status, contentType: headers['content-type'] ?? 'application/json', retryAfter: headers['retry-after'], body, dump: async () => { cancel(); } };
}
