import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoized } from '../../../src/lib/memo.ts';

test('an object is asked about once, another one for itself, and nothing is an answer too', () => {
  const asked: object[] = [];
  const sizeOf = memoized((key: readonly number[]) => {
    asked.push(key);
    return key.length === 0 ? undefined : key.length;
  });
  const [one, none] = [[1], []];
  assert.deepEqual([sizeOf(one), sizeOf(none), sizeOf(one), sizeOf(none)], [1, undefined, 1, undefined]);
  assert.deepEqual(asked, [one, none]);
});
