import { sameJson } from '../lib/json.ts';
import { messageOf } from '../lib/result.ts';
import type { LeaseLock, LeaseRecord, LeaseState } from './lease-lock.ts';
import type { Logger } from './logger.ts';
import { pause, type TimeSource } from './time-source.ts';

/** Client-go's numbers, in ms. Law needed: renewDeadline < duration, and retry well below renewDeadline. */
export interface LeaseTimes {
  /** Others wait this long without seeing a change before they take the lease. */
  readonly durationMs: number;
  /** Leading ends this long after the last renewal that succeeded. The distance to `durationMs` is for requests under way. */
  readonly renewDeadlineMs: number;
  readonly retryMs: number;
}

/** Client-go's proportions for a lease of so many seconds. */
export function leaseTimes(seconds: number): LeaseTimes {
  return { durationMs: seconds * 1000, renewDeadlineMs: Math.round(seconds * 1000 * 2 / 3), retryMs: Math.round(seconds * 1000 * 2 / 15) };
}

export const LEASE_TIMES: LeaseTimes = leaseTimes(15);

/** Node may fire a timer a little early. */
const TIMER_SLACK_MS = 5;

export interface ElectionOptions {
  readonly lock: LeaseLock;
  readonly time: TimeSource;
  readonly logger: Logger;
  /** Who we are; unique per process, not per machine: a restarted process must not think it still leads. */
  readonly identity: string;
  readonly times?: LeaseTimes;
  /** Told on each change. Must not throw. */
  readonly onChange: (isLeading: boolean) => void;
}

/**
 * Leader election on one lease (model: client-go tools/leaderelection).
 *
 * Law, held by test/property/lease-one-writer.test.ts: at no moment do two candidates say `isLeader`, whatever pauses they take.
 * Why it holds: we lead until `renewDeadlineMs` after we *sent* the last renewal that succeeded. Another candidate takes the lease only after it
 * watched it unchanged for `durationMs` on its own clock, and it saw that renewal no earlier than we sent it. No two clocks are compared, only how far
 * each has run; the two may differ in speed by duration / renewDeadline. `isLeader` reads the clock, so a process that was stopped and woken knows at once.
 */
export class Election {
  readonly #lock: LeaseLock;
  readonly #time: TimeSource;
  readonly #logger: Logger;
  readonly #identity: string;
  readonly #times: LeaseTimes;
  readonly #onChange: (isLeading: boolean) => void;
  #seen: LeaseState | undefined;
  /** When `#seen` first looked as it does, on our own clock. */
  #seenAtMs = 0;
  /** When the last successful renewal was sent; undefined while we do not hold the lease. */
  #renewedAtMs: number | undefined;
  #toldLeading = false;
  #isReleased = false;

  constructor(options: ElectionOptions) {
    this.#lock = options.lock;
    this.#time = options.time;
    this.#logger = options.logger;
    this.#identity = options.identity;
    this.#times = options.times ?? LEASE_TIMES;
    this.#onChange = options.onChange;
  }

  /** May this process write now? Ask before every write. */
  isLeader(): boolean {
    return this.#renewedAtMs !== undefined && this.#time.monotonicMs() < this.#renewedAtMs + this.#times.renewDeadlineMs;
  }

  /** The holder last seen; '' if none. */
  get holder(): string {
    return this.#seen?.record.holder ?? '';
  }

  /** Takes and renews the lease until the signal aborts. Never rejects. Does not release: finish your writes first. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#watched(this.#attempt());
      const jitter = this.isLeader() ? 0 : this.#time.random() * 0.2;
      await this.#watched(pause(this.#time, this.#times.retryMs * (1 + jitter), signal));
    }
  }

  /** Gives the lease back if we hold it, so that the next leader need not wait. Call after `run` ended and all writes are done. Never rejects. */
  async release(): Promise<void> {
    const held = this.#seen;
    const wasLeader = this.isLeader();
    this.#isReleased = true;
    this.#renewedAtMs = undefined;
    this.#tell();
    if (!wasLeader || held?.record.holder !== this.#identity) return;
    const stamp = this.#stamp();
    const free: LeaseRecord = { holder: '', durationMs: 1_000, acquireTime: stamp, renewTime: stamp, transitions: held.record.transitions };
    try {
      await this.#lock.write(free, held.version, this.#timeoutMs);
    } catch (error) {
      this.#logger.warn({ reason: messageOf(error) }, 'lease not released; it will run out');
    }
  }

  /** Waits for something, and tells the end of leading on time even if that hangs. */
  async #watched(work: Promise<void>): Promise<void> {
    const endsAtMs = this.#renewedAtMs === undefined ? undefined : this.#renewedAtMs + this.#times.renewDeadlineMs;
    const cancel = endsAtMs === undefined ? undefined : this.#time.after(endsAtMs - this.#time.monotonicMs() + TIMER_SLACK_MS, () => this.#tell());
    await work;
    cancel?.();
    this.#tell();
  }

  async #attempt(): Promise<void> {
    try {
      if (!this.isLeader()) this.#note(await this.#lock.read(this.#timeoutMs));
      if (this.#mayTake()) await this.#take();
    } catch (error) {
      this.#logger.debug({ holder: this.holder, reason: messageOf(error) }, 'lease not renewed');
      await this.#lookAgain();
    }
  }

  /** After a failed write nobody knows what the lease says; the next attempt must not build on the old version. */
  async #lookAgain(): Promise<void> {
    try {
      this.#note(await this.#lock.read(this.#timeoutMs));
    } catch {
      // Still unreachable: the next attempt asks again, and leading ends by the clock.
    }
  }

  #mayTake(): boolean {
    const record = this.#seen?.record;
    if (record === undefined || record.holder === '' || record.holder === this.#identity) return true;
    return this.#time.monotonicMs() >= this.#seenAtMs + Math.max(this.#times.durationMs, record.durationMs);
  }

  async #take(): Promise<void> {
    const old = this.#seen?.record;
    const isOurs = old?.holder === this.#identity;
    const stamp = this.#stamp();
    const record: LeaseRecord = {
      holder: this.#identity, durationMs: this.#times.durationMs, renewTime: stamp,
      acquireTime: isOurs ? old.acquireTime : stamp, transitions: isOurs ? old.transitions : (old?.transitions ?? -1) + 1,
    };
    const sentAtMs = this.#time.monotonicMs();
    this.#note(await this.#lock.write(record, this.#seen?.version, this.#timeoutMs));
    if (!this.#isReleased) this.#renewedAtMs = sentAtMs;
  }

  #note(state: LeaseState | undefined): void {
    if (state === undefined || this.#seen === undefined || state.version !== this.#seen.version || !sameJson(state.record, this.#seen.record)) {
      this.#seenAtMs = this.#time.monotonicMs();
    }
    this.#seen = state;
    if (state?.record.holder !== this.#identity) this.#renewedAtMs = undefined;
  }

  #tell(): void {
    const isLeading = this.isLeader();
    if (isLeading === this.#toldLeading) return;
    this.#toldLeading = isLeading;
    this.#logger.info({ identity: this.#identity, holder: this.holder }, isLeading ? 'leading' : 'not leading');
    this.#onChange(isLeading);
  }

  get #timeoutMs(): number {
    return this.#times.renewDeadlineMs / 2;
  }

  /** MicroTime of the API; only its change matters, and two renewals never share one because two seconds lie between them. */
  #stamp(): string {
    return `${this.#time.wallDate().toISOString().slice(0, -1)}000Z`;
  }
}
