import type { ObjectKey } from '../k8s/key.ts';
import { Backoff, type BackoffBounds } from './backoff.ts';
import { CONTROLLER_RETRIES, RetryBudget, type RetryRate } from './retry-budget.ts';
import type { Cancel, TimeSource } from './time-source.ts';
import { WakeLog } from './wake-log.ts';

/** What a worker gets: the key, why it was woken since its last pass (newest last, at most 20), and how long it was ready. */
export interface Claim {
  readonly key: ObjectKey;
  readonly causes: readonly string[];
  readonly waitedMs: number;
}

export interface QueueOptions {
  readonly time: TimeSource;
  /** A key is handed out again no sooner than this after its last pass ended. Default 0. */
  readonly minIntervalMs?: number;
  /** Per-key back-off; default 200 ms doubling up to 5 min. */
  readonly backoff?: BackoffBounds;
  /** Retries of all keys together; default 10 per second, 100 at once. */
  readonly retries?: RetryRate;
}

const DEFAULT_BACKOFF: BackoffBounds = { baseMs: 200, maxMs: 300_000 };
const CAUSES_PER_CLAIM = 20;

/** One key's place: ready, running or waiting for its due time. Keys without any of these have no entry. */
interface Entry {
  running: boolean;
  readyAt: number | undefined;
  dueAt: number | undefined;
  cancelTimer: Cancel | undefined;
  backoff: Backoff | undefined;
  /** No hand-out before this. */
  notBefore: number;
  causes: string[];
}

/**
 * A queue of keys for one controller (model: kube-rs scheduler.rs and runner.rs, client-go workqueue). Laws, held by test/property/queue-laws.test.ts:
 * - a key waits at most once, however often it was added;
 * - a key is never with two workers at once;
 * - a key added while a worker has it is handed out once more after `done`;
 * - a later add never postpones an earlier one, an earlier one brings the later forward;
 * - ready keys are handed out first in, first out; no key is lost.
 */
export class Queue {
  readonly #time: TimeSource;
  readonly #minIntervalMs: number;
  readonly #bounds: BackoffBounds;
  readonly #retries: RetryBudget;
  readonly #entries = new Map<ObjectKey, Entry>();
  readonly #wakes = new WakeLog();
  /** Ready keys from `#head` on. An array with a head, because deleting at the front of a Map gets slow. */
  #ready: ObjectKey[] = [];
  #head = 0;
  readonly #idleWorkers: ((claim: Claim | undefined) => void)[] = [];
  #isClosed = false;

  constructor(options: QueueOptions) {
    this.#time = options.time;
    this.#minIntervalMs = options.minIntervalMs ?? 0;
    this.#bounds = options.backoff ?? DEFAULT_BACKOFF;
    this.#retries = new RetryBudget(options.retries ?? CONTROLLER_RETRIES);
  }

  /** Wakes a key now (or as soon as its minimum interval allows). */
  add(key: ObjectKey, cause: string): void {
    this.addAfter(key, 0, cause);
  }

  /** Wakes a key after a time; the earliest of several wins. */
  addAfter(key: ObjectKey, ms: number, cause: string): void {
    if (this.#isClosed) return;
    const entry = this.#entryOf(key);
    this.#wakes.record(key, cause);
    if (entry.causes.length === CAUSES_PER_CLAIM) entry.causes.shift();
    entry.causes.push(cause);
    this.#schedule(key, entry, this.#time.monotonicMs() + Math.max(0, ms));
  }

  /** Wakes a key after its next back-off delay, or later if the server asked for it or too many keys fail at once. Out: the delay in ms. */
  backoff(key: ObjectKey, atLeastMs: number, cause: string): number {
    const entry = this.#entryOf(key);
    entry.backoff ??= new Backoff(this.#bounds, () => this.#time.random());
    const delay = Math.max(atLeastMs, entry.backoff.next(), this.#retries.take(this.#time.monotonicMs()));
    this.addAfter(key, delay, cause);
    return delay;
  }

  /** Success: the next back-off starts small again. */
  forget(key: ObjectKey): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined) entry.backoff = undefined;
  }

  /** Resolves with the next ready key, or with undefined once the queue is closed. Every claim must be given back with `done`. */
  next(): Promise<Claim | undefined> {
    if (this.#isClosed) return Promise.resolve(undefined);
    const claim = this.#take();
    if (claim !== undefined) return Promise.resolve(claim);
    return new Promise((resolve) => this.#idleWorkers.push(resolve));
  }

  /** Gives a key back. If it was woken meanwhile, it is due again. */
  done(key: ObjectKey): void {
    const entry = this.#entries.get(key);
    if (entry?.running !== true) return;
    entry.running = false;
    entry.notBefore = this.#time.monotonicMs() + this.#minIntervalMs;
    const due = entry.dueAt;
    if (due !== undefined) {
      this.#unschedule(entry);
      this.#schedule(key, entry, due);
    } else if (entry.backoff === undefined && this.#minIntervalMs === 0) {
      this.#entries.delete(key);
    } else {
      // Kept only to remember the interval; nothing else holds an idle key.
      this.#arm(key, entry, entry.notBefore);
    }
  }

  /** No more hand-outs; waiting workers get undefined, timers are dropped. */
  close(): void {
    this.#isClosed = true;
    for (const entry of this.#entries.values()) this.#unschedule(entry);
    this.#entries.clear();
    this.#ready = [];
    this.#head = 0;
    for (const resolve of this.#idleWorkers.splice(0)) resolve(undefined);
  }

  /** Keys that are ready and wait for a worker. */
  get depth(): number {
    return this.#ready.length - this.#head;
  }

  /** How long the oldest ready key has waited, in ms; 0 without one. */
  get oldestMs(): number {
    const first = this.#ready[this.#head];
    const readyAt = first === undefined ? undefined : this.#entries.get(first)?.readyAt;
    return readyAt === undefined ? 0 : this.#time.monotonicMs() - readyAt;
  }

  /** The last 5 causes of a key, for logs and for people who ask why. */
  causesOf(key: ObjectKey): readonly string[] {
    return this.#wakes.of(key);
  }

  #entryOf(key: ObjectKey): Entry {
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const entry: Entry = { running: false, readyAt: undefined, dueAt: undefined, cancelTimer: undefined, backoff: undefined, notBefore: 0, causes: [] };
    this.#entries.set(key, entry);
    return entry;
  }

  #schedule(key: ObjectKey, entry: Entry, wanted: number): void {
    if (entry.readyAt !== undefined) return;
    const due = entry.dueAt === undefined ? wanted : Math.min(entry.dueAt, wanted);
    if (entry.running) {
      entry.dueAt = due;
      return;
    }
    const effective = Math.max(due, entry.notBefore);
    if (effective <= this.#time.monotonicMs()) {
      this.#unschedule(entry);
      this.#makeReady(key, entry);
    } else if (entry.dueAt === undefined || effective < entry.dueAt) {
      this.#unschedule(entry);
      entry.dueAt = effective;
      this.#arm(key, entry, effective);
    }
  }

  #arm(key: ObjectKey, entry: Entry, at: number): void {
    entry.cancelTimer?.();
    entry.cancelTimer = this.#time.after(at - this.#time.monotonicMs(), () => this.#onTimer(key, entry));
  }

  #onTimer(key: ObjectKey, entry: Entry): void {
    entry.cancelTimer = undefined;
    if (this.#entries.get(key) !== entry || entry.running) return;
    const due = entry.dueAt;
    if (due === undefined) {
      if (entry.readyAt === undefined && entry.backoff === undefined) this.#entries.delete(key);
    } else if (due > this.#time.monotonicMs()) {
      // A timer may fire a fraction of a millisecond early.
      this.#arm(key, entry, due);
    } else {
      entry.dueAt = undefined;
      this.#makeReady(key, entry);
    }
  }

  #unschedule(entry: Entry): void {
    entry.cancelTimer?.();
    entry.cancelTimer = undefined;
    entry.dueAt = undefined;
  }

  #makeReady(key: ObjectKey, entry: Entry): void {
    entry.readyAt = this.#time.monotonicMs();
    this.#ready.push(key);
    const worker = this.#idleWorkers.shift();
    if (worker !== undefined) worker(this.#take());
  }

  #take(): Claim | undefined {
    const key = this.#ready[this.#head];
    if (key === undefined) return undefined;
    this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#ready.length) {
      this.#ready = this.#ready.slice(this.#head);
      this.#head = 0;
    }
    const entry = this.#entryOf(key);
    const waitedMs = this.#time.monotonicMs() - (entry.readyAt ?? 0);
    const { causes } = entry;
    entry.readyAt = undefined;
    entry.running = true;
    entry.causes = [];
    return { key, causes, waitedMs };
  }
}
