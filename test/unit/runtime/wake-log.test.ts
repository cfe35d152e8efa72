import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WakeLog } from '../../../src/runtime/wake-log.ts';

test('the last five causes of a key are kept, oldest first', () => {
  const log = new WakeLog();
  for (let count = 0; count < 23; count += 1) log.record('a', `${count}`);
  assert.equal(log.of('a').length, 5);
  assert.deepEqual([log.of('a')[0], log.of('a')[4]], ['18', '22']);
  assert.deepEqual(log.of('b'), []);
});

test('keys are bounded: the one woken longest ago is forgotten first', () => {
  const log = new WakeLog(2);
  for (const key of ['a', 'b', 'a', 'c']) log.record(key, 'x');
  assert.deepEqual(['a', 'b', 'c'].map((key) => log.of(key).length), [2, 0, 1]);
});
