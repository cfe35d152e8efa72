import { Connections } from './connections.ts';
import type { Credentials, TlsMaterial } from './credentials.ts';
import { headerOf, type Answer } from './http-body.ts';
import type { ClusterAccess } from './kube-config.ts';

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
  const wayOf = (credentials: Credentials, bearer: string | undefined): Way => bearer === undefined
    ? credentials
    : { tls: withoutIdentity(credentials.tls), headers: { authorization: `Bearer ${bearer}` } };
  const sendWith = async (credentials: Credentials, { method, url, accept, contentType, body, bearer, signal }: RawRequest): Promise<Answer> => {
    const { tls, headers: identity } = wayOf(credentials, bearer);
    const headers = { ...identity, 'user-agent': userAgent, accept: accept ?? 'application/json', ...(contentType === undefined ? {} : { 'content-type': contentType }) };
    const dispatcher = (bearer === undefined ? own : others).under(tls).streams;
    return dispatcher.request({
      origin, method, path: `${prefix}${url}`, headers, reset: false, ...(body === undefined ? {} : { body }), ...(signal === undefined ? {} : { signal }),
    });
  };
  return {
    async send(request) {
      const answer = await sendWith(await access.credentials(), request);
      if (answer.statusCode !== 401 || request.bearer !== undefined) return rawAnswer(answer);
      await answer.body.dump();
      return rawAnswer(await sendWith(await access.credentials({ fresh: true }), request));
    },
    async close() {
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
