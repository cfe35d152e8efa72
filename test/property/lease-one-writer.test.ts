import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { Election, LEASE_TIMES } from '../../src/runtime/lease.ts';
import type { LeaseLock, LeaseRecord, LeaseState } from '../../src/runtime/lease-lock.ts';
import type { Cancel, TimeSource } from '../../src/runtime/time-source.ts';
import { seededRandom } from '../support/chance.ts';
import { FakeTime, settle } from '../support/fake-time.ts';

/*
 * Two or three processes on one lease, each stopped, cut off, slowed down, killed and started again at random moments.
 * Law: at no moment do two say that they may write. Liveness: when the trouble is over, soon exactly one does.
 */

type Trouble =
  | { readonly kind: 'stop'; readonly who: number; readonly ms: number }
  | { readonly kind: 'cut'; readonly who: number; readonly ms: number }
  | { readonly kind: 'slow'; readonly who: number; readonly ms: number }
  | { readonly kind: 'kill'; readonly who: number; readonly ms: number }
  | { readonly kind: 'leave'; readonly who: number; readonly ms: number }
  | { readonly kind: 'calm'; readonly who: number; readonly ms: number };

const LOGGER = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** The lease itself: replaces only the version named. */
class Server {
  state: LeaseState | undefined;
  #version = 0;

  write(record: LeaseRecord, version: string | undefined): LeaseState {
    if (version !== this.state?.version) throw new Error('conflict');
    this.#version += 1;
    this.state = { record, version: `${this.#version}` };
    return this.state;
  }
}

/** One process: its own view of time, which stands while it is stopped, and its own line to the server. */
class Process implements TimeSource, LeaseLock {
  readonly #world: FakeTime;
  readonly #server: Server;
  readonly #abort = new AbortController();
  readonly #late: (() => void)[] = [];
  readonly #running: Promise<void>;
  readonly election: Election;
  isStopped = false;
  isDead = false;
  isCut = false;
  slowMs = 0;

  constructor(world: FakeTime, server: Server, identity: string) {
    this.#world = world;
    this.#server = server;
    this.election = new Election({ lock: this, time: this, identity, logger: LOGGER, onChange: () => undefined });
    this.#running = this.election.run(this.#abort.signal);
  }

  get mayWrite(): boolean {
    return !this.isDead && this.election.isLeader();
  }

  monotonicMs(): number {
    return this.#world.monotonicMs();
  }

  wallDate(): Date {
    return this.#world.wallDate();
  }

  random(): number {
    return this.#world.random();
  }

  after(ms: number, run: () => void): Cancel {
    let isCancelled = false;
    const cancel = this.#world.after(ms, () => this.#whenAwake(() => (isCancelled ? undefined : run())));
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  read(timeoutMs: number): Promise<LeaseState | undefined> {
    return this.#ask(timeoutMs, () => this.#server.state);
  }

  write(record: LeaseRecord, version: string | undefined, timeoutMs: number): Promise<LeaseState> {
    return this.#ask(timeoutMs, () => this.#server.write(record, version));
  }

  /** The request arrives after some time, its answer after some more; each may get lost. What arrived is done, whether we learn it or not. */
  #ask<T>(timeoutMs: number, act: () => T): Promise<T> {
    const way = (): number => this.slowMs * this.random() * 2 + 5;
    return new Promise<T>((resolve, reject) => {
      this.after(timeoutMs, () => reject(new Error('timeout')));
      if (this.isCut) return;
      this.#world.after(way(), () => {
        const outcome = attempt(act);
        if (!this.isCut) this.#world.after(way(), () => this.#whenAwake(() => outcome(resolve, reject)));
      });
    });
  }

  #whenAwake(run: () => void): void {
    if (this.isDead) return;
    if (this.isStopped) this.#late.push(run);
    else run();
  }

  resume(): void {
    this.isStopped = false;
    for (const run of this.#late.splice(0)) run();
  }

  async leave(): Promise<void> {
    this.#abort.abort();
    await this.#running;
    await this.election.release();
    this.isDead = true;
  }
}

type Outcome<T> = (resolve: (value: T) => void, reject: (error: Error) => void) => void;

function attempt<T>(act: () => T): Outcome<T> {
  try {
    const value = act();
    return (resolve) => resolve(value);
  } catch (error) {
    return (_resolve, reject) => reject(error instanceof Error ? error : new Error('failed'));
  }
}

class World {
  readonly time: FakeTime;
  readonly server = new Server();
  readonly processes: Process[] = [];
  readonly faults: string[] = [];
  readonly leaders = new Set<Process>();
  #born = 0;

  constructor(candidates: number, seed: number) {
    this.time = new FakeTime(seededRandom(seed));
    for (let count = 0; count < candidates; count += 1) this.processes.push(this.#birth());
  }

  #birth(): Process {
    this.#born += 1;
    return new Process(this.time, this.server, `process-${this.#born}`);
  }

  readonly look = (): void => {
    const writers = this.processes.filter((process) => process.mayWrite);
    for (const writer of writers) this.leaders.add(writer);
    if (writers.length > 1) this.faults.push(`${writers.length} writers at ${this.time.monotonicMs()} ms`);
  };

  async advance(ms: number): Promise<void> {
    await this.time.advance(ms, this.look);
  }

  async play({ kind, who, ms }: Trouble): Promise<void> {
    const index = who % this.processes.length;
    const process = this.processes[index];
    if (process === undefined) return;
    if (kind === 'stop') process.isStopped = true;
    if (kind === 'cut') process.isCut = true;
    if (kind === 'slow') process.slowMs = ms / 4;
    if (kind === 'leave') void process.leave();
    if (kind === 'kill') process.isDead = true;
    await this.advance(ms);
    process.isCut = false;
    process.slowMs = 0;
    process.resume();
    this.look();
    await settle();
    this.look();
    if (kind === 'kill' || kind === 'leave') this.processes[index] = this.#birth();
  }
}

const troubles: fc.Arbitrary<readonly Trouble[]> = fc.array(fc.record({
  kind: fc.constantFrom('stop', 'cut', 'slow', 'kill', 'leave', 'calm'),
  who: fc.nat({ max: 2 }),
  ms: fc.integer({ min: 100, max: 40_000 }),
}), { minLength: 1, maxLength: 12 });

describe('lease laws', () => {
  test('never two writers, and soon after the trouble exactly one', async () => {
    await fc.assert(fc.asyncProperty(troubles, fc.integer({ min: 2, max: 3 }), fc.integer(), async (list, candidates, seed) => {
      const world = new World(candidates, seed);
      await world.advance(100);
      for (const trouble of list) await world.play(trouble);
      await world.advance(LEASE_TIMES.durationMs + 2 * LEASE_TIMES.retryMs * 1.2 + LEASE_TIMES.renewDeadlineMs);
      assert.deepEqual(world.faults, []);
      assert.equal(world.processes.filter((process) => process.mayWrite).length, 1, 'somebody leads when all is calm');
    }), { numRuns: 60 });
  });

  test('the lease changes hands when the leader is stopped for longer than it lasts', async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: 20_000, max: 60_000 }), fc.integer(), async (ms, seed) => {
      const world = new World(2, seed);
      await world.advance(3_000);
      const first = world.processes.findIndex((process) => process.mayWrite);
      await world.play({ kind: 'stop', who: first, ms });
      assert.deepEqual(world.faults, []);
      assert.equal(world.leaders.size, 2);
      assert.equal(world.processes[first]?.mayWrite, false);
    }), { numRuns: 30 });
  });
});
