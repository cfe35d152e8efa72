import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Cancel, TimeSource } from '../../src/runtime/time-source.ts';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** Lets everything that waits on promises alone go on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await nextTurn();
}

/** Time that stands still until told to go on. Wall and monotonic time run alike, from 2026-01-01 and from 0. */
export class FakeTime implements TimeSource {
  #nowMs = 0;
  #order = 0;
  readonly #timers = new Set<Timer>();
  readonly #random: () => number;

  constructor(random: () => number = () => 0.5) {
    this.#random = random;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  wallDate(): Date {
    return new Date(Date.UTC(2026, 0, 1) + this.#nowMs);
  }

  random(): number {
    return this.#random();
  }

  after(ms: number, run: () => void): Cancel {
    const timer = { at: this.#nowMs + Math.max(0, ms), order: this.#order++, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Goes on by some time, firing timers at their moments, in order; nothing asynchronous happens in between. */
  advanceSync(ms: number): void {
    const end = this.#nowMs + ms;
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) this.#fire(timer);
    this.#nowMs = end;
  }

  /** Goes on without firing any timer: what a process sees that was stopped by a signal and woken. */
  skip(ms: number): void {
    this.#nowMs += ms;
  }

  /** The same as `advanceSync`, letting promises settle after each timer; `look` is called each time. */
  async advance(ms: number, look: () => void = () => undefined): Promise<void> {
    const end = this.#nowMs + ms;
    await settle();
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
      this.#fire(timer);
      await settle();
      look();
    }
    this.#nowMs = Math.max(this.#nowMs, end);
    look();
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer);
    this.#nowMs = Math.max(this.#nowMs, timer.at);
    timer.run();
  }

  #next(end: number): Timer | undefined {
    return [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at || a.order - b.order)[0];
  }
}
