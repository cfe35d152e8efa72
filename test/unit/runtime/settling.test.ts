import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Settling } from '../../../src/runtime/settling.ts';
import { FakeTime } from '../../support/fake-time.ts';

function begun(): { readonly time: FakeTime; readonly settling: Settling; readonly done: string[]; readonly push: (id: string) => void } {
  const time = new FakeTime();
  const settling = new Settling(time);
  const done: string[] = [];
  return { time, settling, done, push: (id) => { settling.push(id, 1000, () => { done.push(`${id} ${time.monotonicMs()}`); }); } };
}

test('one push is told after the quiet time, and a later one again', () => {
  const { time, done, push } = begun();
  push('a');
  time.advanceSync(999);
  assert.deepEqual(done, []);
  time.advanceSync(1);
  push('a');
  time.advanceSync(1000);
  assert.deepEqual(done, ['a 1000', 'a 2000']);
});

test('pushes that go on are told once they end; each id waits for itself', () => {
  const { time, done, push } = begun();
  push('b');
  for (let i = 0; i < 4; i += 1) {
    push('a');
    time.advanceSync(500);
  }
  time.advanceSync(2000);
  assert.deepEqual(done, ['b 1000', 'a 2500']);
});

test('pushes that never end are told after ten quiet times, again and again', () => {
  const { time, done, push } = begun();
  for (let i = 0; i < 250; i += 1) {
    push('a');
    time.advanceSync(100);
  }
  assert.deepEqual(done, ['a 10000', 'a 20000']);
});

test('after the stop nothing is told, and no timer is left', () => {
  const { time, settling, done, push } = begun();
  push('a');
  settling.stop();
  assert.equal(time.pending, 0);
  time.advanceSync(5000);
  assert.deepEqual(done, []);
});
