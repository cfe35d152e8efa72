import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { inParallel } from '../../../src/webhooks/in-parallel.ts';

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => { setImmediate(resolve); });
};

test('results are in the order of the items, and never more than the limit are at work', async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.nat(4), { maxLength: 30 }), fc.integer({ min: 1, max: 8 }), async (items, limit) => {
    let open = 0;
    const results = await inParallel(items, limit, async (item) => {
      open += 1;
      assert.ok(open <= limit);
      await turns(item);
      open -= 1;
      return item * 2;
    });
    assert.deepEqual(results, items.map((item) => item * 2));
  }), { numRuns: 50 });
});

test('after a failure nothing new is begun and the error comes out', async () => {
  let begun = 0;
  await assert.rejects(inParallel([1, 2, 3, 4, 5, 6], 2, async (item) => {
    begun += 1;
    await turns(1);
    if (item === 1) throw new Error('first');
  }), /first/);
  await turns(5);
  assert.ok(begun <= 3, `${begun}`);
});
