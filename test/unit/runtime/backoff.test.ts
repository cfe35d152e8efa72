import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Backoff, WATCH_BACKOFF } from '../../../src/runtime/backoff.ts';

test('without jitter it doubles from 0.8 s up to 30 s and stays there', () => {
  const backoff = new Backoff(WATCH_BACKOFF, () => 0);
  assert.deepEqual(Array.from({ length: 8 }, () => backoff.next()), [800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
});

test('jitter takes off up to half', () => {
  const backoff = new Backoff({ baseMs: 100, maxMs: 1000 }, () => 0.9999);
  assert.ok(backoff.next() > 50);
});

test('a reset starts over', () => {
  const backoff = new Backoff(WATCH_BACKOFF, () => 0);
  backoff.next();
  backoff.next();
  backoff.reset();
  assert.equal(backoff.next(), 800);
});

test('the n-th delay lies in [d/2, d], d = min(max, base·2ⁿ), for ever', () => {
  fc.assert(fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.integer({ min: 1, max: 5000 }), (chance, tries) => {
    const backoff = new Backoff({ baseMs: 10, maxMs: 4000 }, () => chance);
    let last = 0;
    for (let n = 0; n < tries; n += 1) last = backoff.next();
    const whole = Math.min(4000, 10 * 2 ** (tries - 1));
    assert.ok(last >= whole / 2 && last <= whole);
  }));
});
