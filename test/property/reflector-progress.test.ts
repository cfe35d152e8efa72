import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { WatchProgress, type EndCause } from '../../src/runtime/watch-progress.ts';

const LIMITS = { backoff: { baseMs: 800, maxMs: 30_000 }, usefulMs: 5000, fruitlessLimit: 5, maxRetryAfterMs: 60_000 };
const CAUSES: readonly EndCause[] = ['end', 'idle', 'poked', 'expired', 'throttled', 'unauthorized', 'absent', 'server-error', 'rejected', 'unreachable', 'broken', 'cut', 'malformed', 'internal'];

/** One list or watch: whether it opened, for how long, whether it delivered, and how it ended. */
const rounds = fc.array(fc.record({
  opens: fc.boolean(), livesMs: fc.constantFrom(0, 10, 4999, 5000, 400_000), delivers: fc.boolean(),
  cause: fc.constantFrom(...CAUSES), retryAfterMs: fc.option(fc.nat(1_000_000), { nil: undefined }),
}), { maxLength: 80 });

test('no wait is longer than the longest allowed, and only a useful watch is followed by no wait', () => {
  fc.assert(fc.property(rounds, fc.double({ min: 0, max: 0.999, noNaN: true }), (rounds, chance) => {
    const progress = new WatchProgress(LIMITS, () => chance);
    let now = 0;
    for (const { opens, livesMs, delivers, cause, retryAfterMs } of rounds) {
      if (opens) progress.opened(now);
      if (opens && delivers) progress.delivered();
      now += livesMs;
      const { waitMs } = progress.ended(cause, now, retryAfterMs);
      const wasUseful = opens && (delivers || livesMs >= LIMITS.usefulMs);
      assert.ok(waitMs <= LIMITS.maxRetryAfterMs);
      assert.ok(waitMs >= Math.min(retryAfterMs ?? 0, LIMITS.maxRetryAfterMs));
      if (!wasUseful) assert.ok(waitMs >= LIMITS.backoff.baseMs / 2, `${cause} waited ${waitMs}`);
    }
  }));
});

test('waits never shrink while no watch is useful', () => {
  fc.assert(fc.property(fc.array(fc.constantFrom(...CAUSES), { minLength: 2, maxLength: 30 }), (causes) => {
    const progress = new WatchProgress(LIMITS, () => 0);
    const waits = causes.map((cause) => progress.ended(cause, 0).waitMs);
    assert.deepEqual(waits, waits.toSorted((a, b) => a - b));
  }));
});

test('whatever the server answers, a position that never works is given up after so many tries', () => {
  const blaming = CAUSES.filter((cause) => !['idle', 'poked', 'throttled', 'unauthorized', 'unreachable'].includes(cause));
  fc.assert(fc.property(fc.array(fc.constantFrom(...blaming), { minLength: LIMITS.fruitlessLimit, maxLength: LIMITS.fruitlessLimit }), (causes) => {
    const progress = new WatchProgress(LIMITS, () => 0.5);
    assert.ok(causes.map((cause) => progress.ended(cause, 0).relist).includes(true));
  }));
});
