import { CachePool } from '../runtime/cache-pool.ts';
import type { ClusterAccess } from '../runtime/kube-config.ts';
import { createRawUpstream } from '../runtime/raw-upstream.ts';
import { createRest } from '../runtime/rest-client.ts';
import { Authentication } from './authentication.ts';
import { MeshViews, VIEW_CONTROL_PLANES, VIEW_NAMESPACES } from './mesh-views.ts';
import { Positions } from './positions.ts';
import { SharedWatches } from './shared-watches.ts';
import { startScopedServer, type ScopedCertificates, type ScopedRequestSeen } from './server.ts';

export interface ScopedApiOptions {
  /** The API server, and our own account. */
  readonly access: ClusterAccess;
  readonly userAgent: string;
  readonly certificates: ScopedCertificates;
  readonly address: string;
  readonly port: number;
  readonly onRequest: (seen: ScopedRequestSeen) => void;
}

/** A running scoped API. */
export interface ScopedApi {
  readonly port: number;
  /** True once the members of all meshes are known, until it is drained. */
  isReady(): boolean;
  whenReady(signal: AbortSignal): Promise<void>;
  /**
   * Ends as a replica that is replaced: is not ready from now on, serves all the same for `noticeMs`, for load balancers take a moment to hear of it, and then ends its watches
   * as if their time were up, which no client takes for an error. `close` still has to follow.
   */
  drain(noticeMs: number): Promise<void>;
  close(): Promise<void>;
}

/** Starts it: the caches of who is in which mesh, and the server. Rejects when the address cannot be listened on. */
export async function startScopedApi({ access, userAgent, ...serving }: ScopedApiOptions): Promise<ScopedApi> {
  const rest = createRest(access, { userAgent });
  const upstream = createRawUpstream(access, userAgent);
  const cache = new CachePool(rest);
  for (const source of [VIEW_NAMESPACES, VIEW_CONTROL_PLANES]) cache.add(source);
  const now = (): number => performance.now();
  const views = new MeshViews(cache);
  const stop = new AbortController();
  const stopping = new AbortController();
  let isLeaving = false;
  const watches = new SharedWatches(upstream);
  const server = await startScopedServer({
    ...serving, isReady: () => cache.hasSynced(), parts: { upstream, watches, views, positions: new Positions(now), now, stopping: stopping.signal }, authentication: new Authentication(rest, views, now),
  });
  cache.start(stop.signal);
  return {
    port: server.port, isReady: () => !isLeaving && cache.hasSynced(), whenReady: (signal) => cache.whenSynced(signal),
    async drain(noticeMs) {
      isLeaving = true;
      await server.drain(noticeMs, () => { stopping.abort(); });
    },
    async close() {
      await server.close();
      stop.abort();
      watches.close();
      await cache.whenStopped();
      await Promise.all([upstream.close(), rest.close()]);
    },
  };
}
