import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { Queue, type Claim } from '../../src/runtime/queue.ts';
import { FakeTime, settle } from '../support/fake-time.ts';

/*
 * The queue against a model, on a fake clock. The laws are those that kube-rs states for its scheduler and runner.
 * A run is a list of moves by the outside world; a few workers take keys and give them back when told.
 */

type Move =
  | { readonly move: 'add'; readonly key: string }
  | { readonly move: 'addAfter'; readonly key: string; readonly ms: number }
  | { readonly move: 'backoff'; readonly key: string }
  | { readonly move: 'forget'; readonly key: string }
  | { readonly move: 'finish' }
  | { readonly move: 'pass'; readonly ms: number };

const key = fc.constantFrom('a', 'b', 'c');
const ms = fc.integer({ min: 0, max: 3000 });
const moves: fc.Arbitrary<readonly Move[]> = fc.array(fc.oneof(
  fc.record({ move: fc.constant('add' as const), key }),
  fc.record({ move: fc.constant('addAfter' as const), key, ms }),
  fc.record({ move: fc.constant('backoff' as const), key }),
  fc.record({ move: fc.constant('forget' as const), key }),
  fc.record({ move: fc.constant('finish' as const) }),
  fc.record({ move: fc.constant('pass' as const), ms }),
), { maxLength: 60 });

/** Workers that take whatever is there, and what they saw. */
class World {
  readonly time = new FakeTime();
  readonly queue: Queue;
  readonly running: string[] = [];
  /** Every hand-out: which key, when. */
  readonly handOuts: { readonly key: string; readonly at: number }[] = [];
  /** Per key, the earliest time that somebody asked for and that was not served yet. */
  readonly owed = new Map<string, number>();
  readonly endedAt = new Map<string, number>();
  /** Broken laws, as sentences. */
  readonly faults: string[] = [];
  readonly #minIntervalMs: number;

  constructor(workers: number, minIntervalMs: number) {
    this.#minIntervalMs = minIntervalMs;
    this.queue = new Queue({ time: this.time, minIntervalMs, backoff: { baseMs: 100, maxMs: 2000 } });
    for (let count = 0; count < workers; count += 1) this.#take();
  }

  #take(): void {
    void this.queue.next().then((claim) => (claim === undefined ? undefined : this.#onClaim(claim)));
  }

  #onClaim(claim: Claim): void {
    if (this.running.includes(claim.key)) this.faults.push(`two workers have ${claim.key}`);
    const soonest = (this.endedAt.get(claim.key) ?? -Infinity) + this.#minIntervalMs;
    if (this.time.monotonicMs() < soonest) this.faults.push(`${claim.key} came too soon`);
    this.running.push(claim.key);
    this.handOuts.push({ key: claim.key, at: this.time.monotonicMs() });
    this.owed.delete(claim.key);
  }

  owe(key: string, inMs: number): void {
    const due = this.time.monotonicMs() + inMs;
    this.owed.set(key, Math.min(due, this.owed.get(key) ?? Infinity));
  }

  finish(): void {
    const key = this.running.shift();
    if (key === undefined) return;
    this.endedAt.set(key, this.time.monotonicMs());
    this.queue.done(key);
    this.#take();
  }

  async play(move: Move): Promise<void> {
    switch (move.move) {
      case 'add': this.owe(move.key, 0); this.queue.add(move.key, 'add'); break;
      case 'addAfter': this.owe(move.key, move.ms); this.queue.addAfter(move.key, move.ms, 'later'); break;
      case 'backoff': this.owe(move.key, this.queue.backoff(move.key, 0, 'failed')); break;
      case 'forget': this.queue.forget(move.key); break;
      case 'finish': this.finish(); break;
      case 'pass': await this.time.advance(move.ms); break;
    }
    await settle();
  }

  /** Gives everything back and waits long enough for all that is still owed. */
  async drain(): Promise<void> {
    for (let round = 0; round < 20; round += 1) {
      while (this.running.length > 0) {
        this.finish();
        await settle();
      }
      await this.time.advance(1000);
    }
  }
}

describe('queue laws', () => {
  test('never two workers on one key, and no key is lost', async () => {
    await fc.assert(fc.asyncProperty(moves, fc.integer({ min: 1, max: 4 }), async (list, workers) => {
      const world = new World(workers, 0);
      for (const move of list) await world.play(move);
      await world.drain();
      assert.deepEqual([...world.owed], [], 'somebody asked for a key and nobody got it');
      assert.deepEqual(world.faults, []);
    }), { numRuns: 150 });
  });

  test('with an idle worker a key comes exactly at the earliest time asked for: a later add never postpones it', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.record({ key, ms }), { minLength: 1, maxLength: 20 }), async (asks) => {
      const world = new World(4, 0);
      const earliest = new Map<string, number>();
      for (const ask of asks) {
        world.queue.addAfter(ask.key, ask.ms, 'ask');
        earliest.set(ask.key, Math.min(ask.ms, earliest.get(ask.key) ?? Infinity));
      }
      await world.time.advance(3000);
      assert.deepEqual(new Map(world.handOuts.map(({ key, at }) => [key, at])), earliest);
      assert.equal(world.handOuts.length, earliest.size, 'each key once');
    }), { numRuns: 150 });
  });

  test('a key woken while it is worked on comes once more, however often it was woken', async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 10 }), async (wakes) => {
      const world = new World(4, 0);
      await world.play({ move: 'add', key: 'a' });
      for (let count = 0; count < wakes; count += 1) await world.play({ move: 'add', key: 'a' });
      assert.equal(world.handOuts.length, 1);
      await world.drain();
      assert.equal(world.handOuts.length, 2);
    }), { numRuns: 20 });
  });

  test('with a minimum interval no key comes sooner than that after its last pass, and none is lost', async () => {
    await fc.assert(fc.asyncProperty(moves, fc.integer({ min: 1, max: 1500 }), async (list, interval) => {
      const world = new World(3, interval);
      for (const move of list) await world.play(move);
      await world.drain();
      assert.deepEqual([...world.owed], []);
      assert.deepEqual(world.faults, []);
    }), { numRuns: 150 });
  });

  test('waiting keys are handed out in the order in which they became ready', async () => {
    await fc.assert(fc.asyncProperty(fc.uniqueArray(fc.string(), { maxLength: 50 }), async (keys) => {
      const queue = new Queue({ time: new FakeTime() });
      for (const key of keys) queue.add(key, 'add');
      for (const key of keys.toReversed()) queue.add(key, 'again');
      const seen: string[] = [];
      while (queue.depth > 0) seen.push((await queue.next())?.key ?? 'none');
      assert.deepEqual(seen, keys);
    }), { numRuns: 100 });
  });
});
