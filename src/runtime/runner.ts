import type { ObjectKey } from '../k8s/key.ts';
import type { BackoffBounds } from './backoff.ts';
import type { Cache } from './cache.ts';
import type { ConditionPolicy } from './condition-events.ts';
import { Consistency } from './consistency.ts';
import { EventRecorder } from './events.ts';
import type { Minter } from './execute.ts';
import { Election, type LeaseTimes } from './lease.ts';
import { restLeaseLock } from './lease-lock.ts';
import { Limiter } from './limiter.ts';
import { LiveObjects } from './live-objects.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import type { LoopContext } from './reconcile.ts';
import { guardWrites } from './rest-guard.ts';
import type { Rest } from './rest.ts';
import { Term, type AnyController } from './term.ts';
import { pause, SYSTEM_TIME, type TimeSource } from './time-source.ts';

export interface RunnerOptions {
  readonly rest: Rest;
  /** Not started yet. The runner adds the sources of the watch tables and starts it; sources that are only read must be added before. */
  readonly cache: Cache;
  readonly controllers: readonly AnyController[];
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly minter: Minter;
  /** The finalizer that plans ensure and release. */
  readonly finalizer: string;
  /** Left out: this process leads from the start, alone. */
  readonly lease?: { readonly namespace: string; readonly name: string; readonly identity: string; readonly times?: LeaseTimes };
  readonly time?: TimeSource;
  /** Requests at the same time, all controllers together; no more than the Rest has connections. Default 32. */
  readonly maxRequests?: number;
  readonly passDeadlineMs?: number;
  readonly backoff?: BackoffBounds;
  readonly conditionPolicy?: ConditionPolicy;
  /** Default 10 h. */
  readonly resyncMs?: number;
}

/** The running machinery: caches always, controllers while this process leads. */
export interface Runner {
  /** Starts caches, election and controllers; returns at once. Aborting the signal is the same as `stop`. */
  start(signal?: AbortSignal): void;
  /** Lets passes finish, gives the lease back, stops the caches; within 10 s. Resolves when all is still; the same promise when asked again. */
  stop(): Promise<void>;
  /** True once all caches had their first list. */
  isSynced(): boolean;
  /** True while this process may write. */
  isLeader(): boolean;
  /** Wakes a key of a controller by hand; nothing while not leading. */
  wake(controller: string, key: ObjectKey, cause: string): void;
  /** Why a key was woken, oldest first, at most 20. */
  causesOf(controller: string, key: ObjectKey): readonly string[];
  /** The Rest through which only a leader writes, for other writers of this process. */
  readonly rest: Rest;
}

const RESYNC_MS = 36_000_000;
const MAX_REQUESTS = 32;
/** Shares of the 10 s that a graceful end may take: passes, then events, then the lease. */
const DRAIN_MS = 6_000;
const FLUSH_MS = 1_000;
const RELEASE_MS = 2_000;

/** Puts the machinery together. Nothing happens before `start`. */
export function createRunner(options: RunnerOptions): Runner {
  return new ControllerRunner(options);
}

class ControllerRunner implements Runner {
  readonly rest: Rest;
  readonly #options: RunnerOptions;
  readonly #time: TimeSource;
  readonly #context: LoopContext;
  readonly #election: Election | undefined;
  readonly #events: EventRecorder;
  readonly #stopCaches = new AbortController();
  readonly #stopElection = new AbortController();
  #electing: Promise<void> = Promise.resolve();
  #term: Term | undefined;
  /** Ends when the last term of the past has ended; a new term waits for it. */
  #pastTerms: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;

  constructor(options: RunnerOptions) {
    const { cache, metrics, logger, minter, finalizer, conditionPolicy, passDeadlineMs: deadlineMs } = options;
    this.#options = options;
    this.#time = options.time ?? SYSTEM_TIME;
    const time = this.#time;
    this.rest = guardWrites(options.rest, () => this.isLeader());
    this.#election = this.#electionOn(options.rest);
    this.#events = new EventRecorder({ rest: this.rest, time, metrics, logger });
    const live = new LiveObjects(cache);
    const consistency = new Consistency({ cache, live, time, wake: (waiter) => this.#wakeWaiter(waiter) });
    this.#context = {
      rest: this.rest, cache, live, consistency, limiter: new Limiter(options.maxRequests ?? MAX_REQUESTS), metrics, time, logger, minter, finalizer,
      events: this.#events,
      ...(conditionPolicy === undefined ? {} : { conditionPolicy }), ...(deadlineMs === undefined ? {} : { deadlineMs }),
    };
    metrics.onRead(() => this.#refreshGauges());
  }

  start(signal?: AbortSignal): void {
    const { cache, controllers } = this.#options;
    for (const controller of controllers) for (const { source } of controller.watches) cache.add(source);
    for (const controller of controllers) {
      for (const watch of controller.watches) {
        cache.onChange(watch.source, (before, after) => this.#term?.changed(controller, watch, before, after));
      }
    }
    cache.onServed((source) => this.#term?.kindChanged(source));
    cache.start(this.#stopCaches.signal);
    if (this.#election === undefined) this.#beginTerm();
    else this.#electing = this.#election.run(this.#stopElection.signal);
    if (signal?.aborted === true) void this.stop();
    else signal?.addEventListener('abort', () => void this.stop(), { once: true });
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  isSynced(): boolean {
    return this.#options.cache.hasSynced();
  }

  isLeader(): boolean {
    return this.#election === undefined || this.#election.isLeader();
  }

  wake(controller: string, key: ObjectKey, cause: string): void {
    this.#term?.queueOf(controller)?.add(key, cause);
  }

  causesOf(controller: string, key: ObjectKey): readonly string[] {
    return this.#term?.queueOf(controller)?.causesOf(key) ?? [];
  }

  #electionOn(rest: Rest): Election | undefined {
    const { lease, logger } = this.#options;
    if (lease === undefined) return undefined;
    return new Election({
      lock: restLeaseLock(rest, lease), time: this.#time, logger, identity: lease.identity, ...(lease.times === undefined ? {} : { times: lease.times }),
      onChange: (isLeading) => {
        if (isLeading) this.#beginTerm();
        else this.#endTerm();
      },
    });
  }

  #beginTerm(): void {
    if (this.#stopped !== undefined) return;
    const { controllers, backoff, resyncMs } = this.#options;
    const term = new Term({ controllers, context: this.#context, resyncMs: resyncMs ?? RESYNC_MS, ...(backoff === undefined ? {} : { backoff }) });
    this.#term = term;
    // Two terms must not overlap: a key would have two workers.
    this.#pastTerms = this.#pastTerms
      .then(() => (this.#term === term ? term.run() : undefined))
      .catch((error: unknown) => this.#options.logger.error({ err: error }, 'a term of leading ended with an error'));
  }

  /** The lease is lost: what is under way is cut off, and the guard refuses what comes after. */
  #endTerm(): void {
    const term = this.#term;
    this.#term = undefined;
    void term?.abort();
  }

  async #stop(): Promise<void> {
    const term = this.#term;
    await this.#within(DRAIN_MS + FLUSH_MS, async () => {
      await term?.drain(DRAIN_MS);
      await this.#events.flush();
    });
    this.#stopElection.abort();
    await this.#within(RELEASE_MS, async () => {
      await this.#electing;
      await this.#election?.release();
    });
    this.#term = undefined;
    this.#stopCaches.abort();
  }

  /** Does something, but goes on after the time at the latest. */
  async #within(ms: number, work: () => Promise<void>): Promise<void> {
    const done = new AbortController();
    const finish = work().finally(() => done.abort());
    await Promise.race([finish, pause(this.#time, ms, done.signal)]);
  }

  #wakeWaiter(waiter: string): void {
    const space = waiter.indexOf(' ');
    this.wake(waiter.slice(0, space), waiter.slice(space + 1), 'the cache caught up');
  }

  #refreshGauges(): void {
    const { metrics, controllers, cache } = this.#options;
    metrics.leader.set(this.isLeader() ? 1 : 0);
    for (const [source, size] of cache.sizes()) metrics.cacheObjects.set({ source }, size);
    for (const { name: controller } of controllers) {
      const queue = this.#term?.queueOf(controller);
      metrics.queueDepth.set({ controller }, queue?.depth ?? 0);
      metrics.queueOldestSeconds.set({ controller }, (queue?.oldestMs ?? 0) / 1000);
    }
  }
}
