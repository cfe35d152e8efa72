import { hash } from 'node:crypto';
import type { KubeObject } from '../k8s/object.ts';
import { resourcePath, type ResourceType } from '../k8s/resource.ts';
import type { EventNote } from './condition-events.ts';
import { asApiError } from './error-verdict.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import type { Rest } from './rest.ts';
import type { TimeSource } from './time-source.ts';

const EVENT: ResourceType = { group: '', version: 'v1', kind: 'Event', plural: 'events', namespaced: true };
/** Namespace of events about cluster-scoped objects, as client-go's recorder does it. */
const CLUSTER_NAMESPACE = 'default';
/** The same event again within this time raises its count instead of making another (client-go, events_cache.go). */
const SAME_WITHIN_MS = 600_000;
/** Per object: this many at once, then one each refill (client-go's spam filter: 25, one per 5 min). */
const BURST = 25;
const REFILL_MS = 300_000;
const LONGEST_MESSAGE = 1_000;
const MOST_WAITING = 1_000;
const MOST_REMEMBERED = 4_096;

/** An event as it was last sent. */
interface Sent {
  readonly name: string;
  readonly firstMs: number;
  count: number;
}

/** A token bucket of one object. */
interface Bucket {
  tokens: number;
  atMs: number;
}

interface Waiting {
  readonly about: KubeObject;
  readonly component: string;
  readonly note: EventNote;
}

/**
 * Writes core/v1 Events, one after the other, beside the reconciling: a pass never waits for them and never fails because of them.
 * Repeats are counted up on the same Event; an object that makes too many is silenced for a while. Best effort: what does not fit is dropped and counted.
 */
export class EventRecorder {
  readonly #rest: Rest;
  readonly #time: TimeSource;
  readonly #metrics: Metrics;
  readonly #logger: Logger;
  readonly #waiting: Waiting[] = [];
  readonly #sent = new Map<string, Sent>();
  readonly #buckets = new Map<string, Bucket>();
  #writing: Promise<void> | undefined;

  constructor(options: { readonly rest: Rest; readonly time: TimeSource; readonly metrics: Metrics; readonly logger: Logger }) {
    this.#rest = options.rest;
    this.#time = options.time;
    this.#metrics = options.metrics;
    this.#logger = options.logger;
  }

  /** Queues an event about an object (with its uid). `component` is who says it. Never throws. */
  record(about: KubeObject, component: string, note: EventNote): void {
    if (this.#waiting.length >= MOST_WAITING || !this.#isAllowed(about.metadata.uid ?? '')) {
      this.#metrics.events.inc({ result: 'dropped' });
      return;
    }
    this.#waiting.push({ about, component, note });
    this.#writing ??= this.#writeAll();
  }

  /** Resolves when everything recorded so far was sent or given up. Never rejects. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      try {
        await this.#write(next);
        this.#metrics.events.inc({ result: 'sent' });
      } catch (error) {
        this.#metrics.events.inc({ result: 'failed' });
        this.#logger.debug({ status: asApiError(error).status, reason: next.note.reason, err: error }, 'event not written');
      }
    }
    this.#writing = undefined;
  }

  async #write(waiting: Waiting): Promise<void> {
    const { about, note } = waiting;
    const id = JSON.stringify([about.metadata.uid, note.type, note.reason, note.message]);
    const known = this.#sent.get(id);
    const nowMs = this.#time.monotonicMs();
    if (known !== undefined && nowMs - known.firstMs < SAME_WITHIN_MS && await this.#raise(about, known)) return;
    const name = `${about.metadata.name.slice(0, 200)}.${hash('sha256', `${id} ${this.#time.random()}`, 'hex').slice(0, 16)}`;
    const namespace = about.metadata.namespace ?? CLUSTER_NAMESPACE;
    await this.#rest.call({ method: 'POST', path: resourcePath(EVENT, { namespace }), body: eventOf(waiting, name, stampOf(this.#time)) });
    keep(this.#sent, id, { name, firstMs: nowMs, count: 1 });
  }

  /** Counts a repeat on the Event that is there. False if it has expired on the server. */
  async #raise(about: KubeObject, known: Sent): Promise<boolean> {
    const path = resourcePath(EVENT, { namespace: about.metadata.namespace ?? CLUSTER_NAMESPACE, name: known.name });
    try {
      const body = { count: known.count + 1, lastTimestamp: stampOf(this.#time) };
      await this.#rest.call({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json' });
      known.count += 1;
      return true;
    } catch (error) {
      if (asApiError(error).status === 404) return false;
      throw error;
    }
  }

  #isAllowed(uid: string): boolean {
    const nowMs = this.#time.monotonicMs();
    const bucket = this.#buckets.get(uid) ?? { tokens: BURST, atMs: nowMs };
    const refilled = Math.floor((nowMs - bucket.atMs) / REFILL_MS);
    bucket.tokens = Math.min(BURST, bucket.tokens + refilled);
    bucket.atMs += refilled * REFILL_MS;
    keep(this.#buckets, uid, bucket);
    if (bucket.tokens === 0) return false;
    bucket.tokens -= 1;
    return true;
  }
}

/** Remembers under a bound: the entry used longest ago goes first. */
function keep<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= MOST_REMEMBERED) return;
  const oldest = map.keys().next();
  if (oldest.done !== true) map.delete(oldest.value);
}

function stampOf(time: TimeSource): string {
  return `${time.wallDate().toISOString().slice(0, 19)}Z`;
}

function eventOf({ about, component, note }: Waiting, name: string, stamp: string): KubeObject {
  const { uid, resourceVersion, namespace } = about.metadata;
  return {
    apiVersion: 'v1', kind: 'Event',
    metadata: { name, namespace: namespace ?? CLUSTER_NAMESPACE },
    involvedObject: { apiVersion: about.apiVersion, kind: about.kind, name: about.metadata.name, namespace, uid, resourceVersion },
    type: note.type, reason: note.reason.slice(0, 128), message: cut(note.message),
    source: { component }, reportingComponent: component, reportingInstance: component,
    firstTimestamp: stamp, lastTimestamp: stamp, count: 1,
  };
}

function cut(message: string): string {
  return message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, LONGEST_MESSAGE - 1)}…`;
}
