import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import { messageOf } from '../lib/result.ts';
import type { CacheObserver } from './reflector.ts';
import type { RequestSeen } from './rest-client.ts';

/** For RestOptions.onRequest: counts requests by method, kind (plural name) and HTTP status. */
export function requestCounter(metrics: Metrics): (seen: RequestSeen) => void {
  return ({ method, path, status }) => metrics.apiRequests.inc({ method, kind: pluralOf(path), code: status });
}

/** The plural name in a resource path: `/apis/apps/v1/namespaces/a/deployments/b` is about deployments. */
export function pluralOf(path: string): string {
  const parts = path.split('?')[0]?.split('/').slice(1) ?? [];
  const [first = '', , third] = parts.slice(parts[0] === 'api' ? 2 : 3);
  // Of a namespace itself only subresources of these names exist.
  return first === 'namespaces' && third !== undefined && third !== 'status' && third !== 'finalize' ? third : first;
}

/** Ends of watches that happen every day; the others are worth a warning. */
const EVERYDAY: ReadonlySet<string> = new Set(['end', 'expired', 'poked', 'absent']);

/** For CacheOptions.observer: counts and logs what the reflectors tell. */
export function cacheObserver(metrics: Metrics, logger: Logger): CacheObserver {
  return {
    onEnd: ({ id }, cause, error) => {
      metrics.watchRestarts.inc({ source: id, cause });
      const line = { source: id, cause, ...(error === undefined ? {} : { reason: messageOf(error) }) };
      if (EVERYDAY.has(cause)) logger.debug(line, 'watch ended');
      else logger.warn(line, 'watch ended');
    },
    onListed: ({ id }, { objects, pages, missed }) => {
      if (missed > 0) metrics.relistFoundMissed.inc({ source: id }, missed);
      logger.debug({ source: id, objects, pages, missed }, 'listed');
    },
    onServed: ({ id }, isServed) => logger.info({ source: id, isServed }, 'kind came or went'),
    onFault: ({ id }, error) => logger.error({ source: id, err: error }, 'a listener, index or slim function threw'),
  };
}

/** Brings the watch gauges up to date at each reading. `silence`: ms since the last byte, per source (CachePool.silence). */
export function watchGauges(metrics: Metrics, silence: () => ReadonlyMap<string, number>): void {
  metrics.onRead(() => {
    for (const [source, ms] of silence()) {
      if (Number.isFinite(ms)) metrics.watchLastByteSeconds.set({ source }, ms / 1000);
    }
  });
}
