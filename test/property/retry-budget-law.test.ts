import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { RetryBudget } from '../../src/runtime/retry-budget.ts';

const rates = fc.record({ perSecond: fc.integer({ min: 1, max: 50 }), burst: fc.integer({ min: 1, max: 50 }) });
const gaps = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 200 });

test('in any window of t seconds at most burst + perSecond · t retries become due', () => {
  fc.assert(fc.property(rates, gaps, (rate, pauses) => {
    const budget = new RetryBudget(rate);
    let now = 0;
    const due = pauses.map((pause) => {
      now += pause;
      return now + budget.take(now);
    });
    for (const [first, from] of due.entries()) {
      for (const [offset, to] of due.slice(first).entries()) {
        const most = rate.burst + rate.perSecond * (to - from) / 1000;
        // The token of the first retry of the window, and rounding, are allowed on top.
        assert.ok(offset <= most + 1e-6, `${offset + 1} retries within ${to - from} ms`);
      }
    }
  }), { numRuns: 200 });
});

test('a retry is never earlier than one before it, and a quiet time fills the bucket', () => {
  fc.assert(fc.property(rates, gaps, (rate, pauses) => {
    const budget = new RetryBudget(rate);
    let now = 0;
    let last = 0;
    for (const pause of pauses) {
      now += pause;
      const due = now + budget.take(now);
      assert.ok(due >= last);
      last = due;
    }
    const rested = last + rate.burst * 1000 / rate.perSecond;
    assert.ok(budget.take(rested) < 1e-6);
  }), { numRuns: 200 });
});
