import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Every metric of the runtime, in a registry of its own. Names: spec/wishes.md 5.4, with our prefix. */
export interface Metrics {
  readonly registry: Registry;
  readonly reconcile: Counter<'controller' | 'result'>;
  readonly reconcileSeconds: Histogram<'controller'>;
  readonly queueDepth: Gauge<'controller'>;
  readonly queueOldestSeconds: Gauge<'controller'>;
  readonly watchRestarts: Counter<'source' | 'cause'>;
  /** Seconds since the last byte of the watch. */
  readonly watchLastByteSeconds: Gauge<'source'>;
  readonly relistFoundMissed: Counter<'source'>;
  readonly cacheObjects: Gauge<'source'>;
  /** Sent steps of plans; result `changed`, `unchanged` or `failed`. */
  readonly apply: Counter<'kind' | 'result'>;
  readonly applySkipped: Counter;
  readonly statusWrites: Counter<'kind' | 'result'>;
  readonly events: Counter<'result'>;
  readonly apiRequests: Counter<'method' | 'kind' | 'code'>;
  readonly leader: Gauge;
  /** The figures in the Prometheus text format. */
  text(): Promise<string>;
  /** Adds a function that brings gauges up to date just before each reading. */
  onRead(refresh: () => void): void;
  /** Stops measuring the event loop. */
  close(): void;
}

const PASS_BUCKETS = [0.001, 0.005, 0.02, 0.05, 0.1, 0.3, 1, 3, 10, 30, 60];
const NANOSECONDS = 1e9;

/** Makes the metrics of one process (or of one test: nothing is global). */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
    new Counter({ name: `tmesh_${name}`, help, labelNames: [...labelNames], registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> =>
    new Gauge({ name: `tmesh_${name}`, help, labelNames: [...labelNames], registers });
  const reads: (() => void)[] = [];
  const closeLoopDelay = measureLoopDelay(gauge('eventloop_lag_seconds', 'Longest delay of the event loop since the last reading', []), reads);
  return {
    registry,
    reconcile: counter('reconcile_total', 'Passes by result', ['controller', 'result']),
    reconcileSeconds: new Histogram({ name: 'tmesh_reconcile_seconds', help: 'Duration of passes', labelNames: ['controller'], buckets: PASS_BUCKETS, registers }),
    queueDepth: gauge('queue_depth', 'Keys that wait for a worker', ['controller']),
    queueOldestSeconds: gauge('queue_oldest_seconds', 'How long the oldest ready key has waited', ['controller']),
    watchRestarts: counter('watch_restarts_total', 'Watches opened again, by cause', ['source', 'cause']),
    watchLastByteSeconds: gauge('watch_last_byte_seconds', 'Seconds since the last byte of the watch', ['source']),
    relistFoundMissed: counter('relist_found_missed_total', 'Changes that a relist found and the watch had not brought', ['source']),
    cacheObjects: gauge('cache_objects', 'Objects held', ['source']),
    apply: counter('apply_total', 'Writes sent for plans, by result', ['kind', 'result']),
    applySkipped: counter('apply_skipped_total', 'Writes that needed no request', []),
    statusWrites: counter('status_writes_total', 'Status writes sent, by result', ['kind', 'result']),
    events: counter('events_total', 'Kubernetes Events, by what became of them', ['result']),
    apiRequests: counter('api_requests_total', 'Requests to the API server', ['method', 'kind', 'code']),
    leader: gauge('leader', '1 while this process leads', []),
    text: () => {
      for (const refresh of reads) refresh();
      return registry.metrics();
    },
    onRead: (refresh) => reads.push(refresh),
    close: closeLoopDelay,
  };
}

function measureLoopDelay(lag: Gauge, reads: (() => void)[]): () => void {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  reads.push(() => {
    lag.set(delay.max / NANOSECONDS);
    delay.reset();
  });
  return () => {
    delay.disable();
  };
}
