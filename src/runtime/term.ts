import { setImmediate as nextTurn } from 'node:timers/promises';
import { keyOfObject, type ObjectKey } from '../k8s/key.ts';
import type { KubeObject } from '../k8s/object.ts';
import type { BackoffBounds } from './backoff.ts';
import type { Controller, Source, Watch } from './controller.ts';
import { Queue, type Claim } from './queue.ts';
import { Reconciler, type LoopContext } from './reconcile.ts';
import { Settling } from './settling.ts';
import { keysToWake } from './wake-keys.ts';
import { runWorkers } from './worker.ts';

/** A controller whatever it observes. */
export type AnyController = Controller<unknown>;

export interface TermOptions {
  readonly controllers: readonly AnyController[];
  readonly context: LoopContext;
  readonly backoff?: BackoffBounds;
  /** Everything is woken again this often, as a safety net. */
  readonly resyncMs: number;
}

const WORKERS = 8;

/**
 * One time of leading, from taking the lease to losing or giving it back: queues, workers, and the memory of what was applied.
 * A new term starts from nothing, because others may have written in between: it wakes every key there is.
 */
export class Term {
  readonly #options: TermOptions;
  readonly #abort = new AbortController();
  readonly #queues: ReadonlyMap<string, Queue>;
  readonly #settling: Settling;
  #isAwake = false;
  #ended: Promise<void> | undefined;

  constructor(options: TermOptions) {
    const { controllers, context: { time }, backoff } = options;
    this.#options = options;
    this.#settling = new Settling(time);
    this.#queues = new Map(controllers.map(({ name, minIntervalMs }) => [name, new Queue({
      time, ...(minIntervalMs === undefined ? {} : { minIntervalMs }), ...(backoff === undefined ? {} : { backoff }),
    })]));
  }

  /** Waits until the caches are complete, wakes everything, and works until `drain` or `abort`. Never rejects. */
  run(): Promise<void> {
    this.#ended ??= this.#run();
    return this.#ended;
  }

  queueOf(controller: string): Queue | undefined {
    return this.#queues.get(controller);
  }

  /** A cache changed: wakes the keys that the watch names for the old and the new object. */
  changed(controller: AnyController, watch: Watch, before: KubeObject | undefined, after: KubeObject | undefined): void {
    if (!this.#isAwake) return;
    try {
      const keys = keysToWake(watch, before, after, this.#options.context.cache);
      const object = after ?? before;
      if (object !== undefined) this.#wake(controller, watch, new Set(keys), causeOf(watch, object, before === undefined ? 'added' : after === undefined ? 'deleted' : 'changed'));
    } catch (error) {
      this.#reportThrow(controller, error);
    }
  }

  /** A kind began or ceased to be served: whoever watches it looks at everything again, for no object tells them. */
  kindChanged(source: Source): void {
    if (!this.#isAwake) return;
    for (const controller of this.#options.controllers) {
      if (controller.watches.some((watch) => watch.source.id === source.id)) this.#wakeAllOf(controller, `${source.id} came or went`);
    }
  }

  /** Takes no new key and lets the passes under way finish; after the time they are aborted. Resolves when no worker is left. */
  async drain(ms: number): Promise<void> {
    // Before the first key nothing is under way that could finish.
    if (!this.#isAwake) this.#abort.abort();
    this.#isAwake = false;
    this.#settling.stop();
    for (const queue of this.#queues.values()) queue.close();
    const cancel = this.#options.context.time.after(ms, () => this.#abort.abort());
    await (this.#ended ?? Promise.resolve());
    cancel();
    this.#abort.abort();
  }

  /** Stops at once: calls under way are aborted. */
  abort(): Promise<void> {
    this.#abort.abort();
    return this.drain(0);
  }

  async #run(): Promise<void> {
    const { controllers, context } = this.#options;
    try {
      await context.cache.whenSynced(this.#abort.signal);
    } catch {
      return;
    }
    this.#isAwake = !this.#abort.signal.aborted;
    this.#wakeAll('start');
    const cancelResync = this.#planResync();
    await Promise.all(controllers.map((controller) => this.#work(controller)));
    cancelResync();
  }

  async #work(controller: AnyController): Promise<void> {
    const queue = this.#queues.get(controller.name);
    if (queue === undefined) return;
    const reconciler = new Reconciler(controller, this.#options.context, queue);
    const work = async (claim: Claim): Promise<void> => {
      await reconciler.pass(claim, this.#abort.signal);
      // Passes that find nothing to do never wait for I/O; without this turn a thousand of them would hold up probes, watches and the lease.
      await nextTurn();
    };
    await runWorkers(queue, controller.workers ?? WORKERS, work, (error, { key }) => {
      this.#reportThrow(controller, error);
      queue.backoff(key, 0, 'after a fault of the loop');
    });
  }

  #wakeAll(cause: string): void {
    for (const controller of this.#options.controllers) this.#wakeAllOf(controller, cause);
  }

  #wakeAllOf(controller: AnyController, cause: string): void {
    for (const watch of controller.watches) {
      for (const object of this.#options.context.cache.list(watch.source)) this.#wakeGuarded(controller, watch, object, cause);
    }
  }

  #wakeGuarded(controller: AnyController, watch: Watch, object: KubeObject, cause: string): void {
    try {
      this.#wake(controller, watch, watch.toKeys(object, this.#options.context.cache), causeOf(watch, object, cause));
    } catch (error) {
      this.#reportThrow(controller, error);
    }
  }

  #wake(controller: AnyController, watch: Watch, keys: Iterable<ObjectKey>, cause: string): void {
    const queue = this.#queues.get(controller.name);
    for (const key of keys) {
      if (watch.quietMs === undefined) queue?.addAfter(key, watch.delayMs ?? 0, cause);
      else this.#settling.push(`${controller.name} ${key}`, watch.quietMs, () => queue?.add(key, cause));
    }
  }

  #planResync(): () => void {
    const { resyncMs, context: { time } } = this.#options;
    let cancel = (): void => undefined;
    const plan = (): void => {
      cancel = time.after(resyncMs * (1 + time.random() * 0.1), () => {
        this.#wakeAll('resync');
        plan();
      });
    };
    plan();
    return () => cancel();
  }

  #reportThrow(controller: AnyController, error: unknown): void {
    this.#options.context.metrics.reconcile.inc({ controller: controller.name, result: 'fault' });
    this.#options.context.logger.error({ controller: controller.name, err: error }, 'a function of the controller or the loop threw');
  }
}

function causeOf(watch: Watch, object: KubeObject, change: string): string {
  return `${watch.source.id} ${keyOfObject(object)} ${change}`;
}
