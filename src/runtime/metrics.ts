import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { MetricMaker } from './metric-maker.ts';

/** Every metric of the runtime, in a registry of its own. Names: spec/wishes.md 5.4, with our prefix. */
export interface Metrics {
  readonly registry: Registry;
  /** For metrics of other rooms: they are served with these. */
  readonly maker: MetricMaker;
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
  /** Fields put right, by the kind of object and who had changed them. */
  readonly driftRepairs: Counter<'kind' | 'manager'>;
  /** Fields that are left alone now, because another writer would not stop. */
  readonly driftFuseOpen: Gauge<'controller'>;
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
  const maker = new MetricMaker();
  const { registry } = maker;
  const reads: (() => void)[] = [memoryReader(maker.gauge('resident_memory_bytes', 'Memory of the process', []))];
  const closeLoopDelay = measureLoopDelay(maker.gauge('eventloop_lag_seconds', 'Longest delay of the event loop since the last reading', []), reads);
  return {
    registry,
    maker,
    reconcile: maker.counter('reconcile_total', 'Passes by result', ['controller', 'result']),
    reconcileSeconds: maker.histogram({ name: 'reconcile_seconds', help: 'Duration of passes', labels: ['controller'] }, PASS_BUCKETS),
    queueDepth: maker.gauge('queue_depth', 'Keys that wait for a worker', ['controller']),
    queueOldestSeconds: maker.gauge('queue_oldest_seconds', 'How long the oldest ready key has waited', ['controller']),
    watchRestarts: maker.counter('watch_restarts_total', 'Watches opened again, by cause', ['source', 'cause']),
    watchLastByteSeconds: maker.gauge('watch_last_byte_seconds', 'Seconds since the last byte of the watch', ['source']),
    relistFoundMissed: maker.counter('relist_found_missed_total', 'Changes that a relist found and the watch had not brought', ['source']),
    cacheObjects: maker.gauge('cache_objects', 'Objects held', ['source']),
    apply: maker.counter('apply_total', 'Writes sent for plans, by result', ['kind', 'result']),
    applySkipped: maker.counter('apply_skipped_total', 'Writes that needed no request', []),
    driftRepairs: maker.counter('drift_repairs_total', 'Fields put right after somebody else had changed them, by who it was', ['kind', 'manager']),
    driftFuseOpen: maker.gauge('drift_fuse_open', 'Fields left alone for now because another writer changes them as often as they are put right', ['controller']),
    statusWrites: maker.counter('status_writes_total', 'Status writes sent, by result', ['kind', 'result']),
    events: maker.counter('events_total', 'Kubernetes Events, by what became of them', ['result']),
    apiRequests: maker.counter('api_requests_total', 'Requests to the API server', ['method', 'kind', 'code']),
    leader: maker.gauge('leader', '1 while this process leads', []),
    text: () => {
      for (const refresh of reads) refresh();
      return registry.metrics();
    },
    onRead: (refresh) => reads.push(refresh),
    close: closeLoopDelay,
  };
}

function memoryReader(memory: Gauge): () => void {
  return () => { memory.set(process.memoryUsage.rss()); };
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
