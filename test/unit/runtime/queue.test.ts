import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Queue, type Claim, type QueueOptions } from '../../../src/runtime/queue.ts';
import { FakeTime, settle } from '../../support/fake-time.ts';

function setup(options: Partial<QueueOptions> = {}): { readonly time: FakeTime; readonly queue: Queue; readonly taken: Claim[]; readonly take: () => void } {
  const time = new FakeTime();
  const queue = new Queue({ time, ...options });
  const taken: Claim[] = [];
  const take = (): void => {
    void queue.next().then((claim) => (claim === undefined ? undefined : taken.push(claim)));
  };
  return { time, queue, taken, take };
}

const keysOf = (claims: readonly Claim[]): string[] => claims.map(({ key }) => key);

describe('queue', () => {
  test('hands out keys first in, first out', async () => {
    const { queue, taken, take } = setup();
    for (const key of ['a', 'b', 'c']) queue.add(key, 'added');
    for (let count = 0; count < 3; count += 1) take();
    await settle();
    assert.deepEqual(keysOf(taken), ['a', 'b', 'c']);
  });

  test('a waiting worker gets the next key at once', async () => {
    const { queue, taken, take } = setup();
    take();
    await settle();
    assert.deepEqual(taken, []);
    queue.add('a', 'added');
    await settle();
    assert.deepEqual(keysOf(taken), ['a']);
  });

  test('a key that is added often while waiting is handed out once, with the causes', async () => {
    const { queue, taken, take } = setup();
    queue.add('a', 'one');
    queue.add('a', 'two');
    take();
    take();
    await settle();
    assert.equal(taken.length, 1);
    assert.deepEqual(taken[0]?.causes, ['one', 'two']);
  });

  test('a key added while a worker has it comes once more, after done', async () => {
    const { queue, taken, take } = setup();
    queue.add('a', 'one');
    take();
    take();
    await settle();
    queue.add('a', 'two');
    queue.add('a', 'three');
    await settle();
    assert.equal(taken.length, 1, 'not while it is being worked on');
    queue.done('a');
    await settle();
    assert.deepEqual(keysOf(taken), ['a', 'a']);
    assert.deepEqual(taken[1]?.causes, ['two', 'three']);
  });

  test('a delayed key comes at its time', async () => {
    const { time, queue, taken, take } = setup();
    queue.addAfter('a', 1000, 'later');
    take();
    await time.advance(999);
    assert.equal(taken.length, 0);
    await time.advance(1);
    assert.equal(taken.length, 1);
  });

  test('a later add does not postpone an earlier one, and an earlier one brings it forward', async () => {
    const { time, queue, taken, take } = setup();
    queue.addAfter('a', 1000, 'first');
    queue.addAfter('a', 5000, 'later');
    queue.addAfter('b', 5000, 'first');
    queue.addAfter('b', 1000, 'sooner');
    take();
    take();
    await time.advance(1000);
    assert.deepEqual(keysOf(taken).toSorted(), ['a', 'b']);
    queue.done('a');
    queue.done('b');
    take();
    await time.advance(60_000);
    assert.equal(taken.length, 2, 'the later times are not kept');
  });

  test('a delay that runs out while the key is worked on makes it due again', async () => {
    const { time, queue, taken, take } = setup();
    queue.add('a', 'now');
    take();
    await settle();
    queue.addAfter('a', 500, 'soon');
    await time.advance(2000);
    take();
    await settle();
    assert.equal(taken.length, 1);
    queue.done('a');
    await settle();
    assert.equal(taken.length, 2);
  });

  test('back-off doubles per key up to its bound, and forget starts it over', () => {
    const { queue } = setup({ backoff: { baseMs: 200, maxMs: 1000 } });
    const delays = [1, 2, 3, 4, 5].map(() => queue.backoff('a', 0, 'failed'));
    assert.deepEqual(delays, [150, 300, 600, 750, 750], 'with chance 0.5, three quarters of 200, 400, 800, 1000, 1000');
    assert.equal(queue.backoff('b', 0, 'failed'), 150, 'another key starts small');
    queue.forget('a');
    assert.equal(queue.backoff('a', 0, 'failed'), 150);
  });

  test('back-off is never shorter than the server asked for', () => {
    const { queue } = setup();
    assert.equal(queue.backoff('a', 9000, 'throttled'), 9000);
  });

  test('when very many keys fail at once, their retries come as a stream', () => {
    const { queue } = setup({ backoff: { baseMs: 200, maxMs: 1000 }, retries: { perSecond: 10, burst: 100 } });
    const delays = Array.from({ length: 300 }, (_, i) => queue.backoff(`k${i}`, 0, 'failed'));
    assert.ok(delays.slice(0, 100).every((delay) => delay <= 200));
    assert.equal(delays.at(-1), 20_000);
  });

  test('the default back-off begins below 200 ms and ends at 5 minutes', () => {
    const { queue } = setup();
    const delays = Array.from({ length: 20 }, () => queue.backoff('a', 0, 'failed'));
    assert.equal(delays[0], 150);
    assert.equal(delays[19], 225_000);
  });

  test('a minimum interval holds a key back after its last pass, and collapses what comes meanwhile', async () => {
    const { time, queue, taken, take } = setup({ minIntervalMs: 1000 });
    queue.add('a', 'first');
    take();
    await settle();
    queue.done('a');
    for (let count = 0; count < 5; count += 1) {
      queue.add('a', `burst ${count}`);
      await time.advance(100);
    }
    take();
    await settle();
    assert.equal(taken.length, 1);
    await time.advance(500);
    assert.equal(taken.length, 2);
    assert.equal(taken[1]?.causes.length, 5);
  });

  test('a minimum interval does not hold back other keys, nor a key after a quiet time', async () => {
    const { time, queue, taken, take } = setup({ minIntervalMs: 1000 });
    queue.add('a', 'first');
    take();
    await settle();
    queue.done('a');
    queue.add('b', 'other');
    take();
    await time.advance(1500);
    queue.add('a', 'again');
    take();
    await settle();
    assert.deepEqual(keysOf(taken), ['a', 'b', 'a']);
  });

  test('nothing is kept of an idle key', async () => {
    const { time, queue, take } = setup({ minIntervalMs: 1000 });
    queue.add('a', 'first');
    take();
    await settle();
    queue.done('a');
    await time.advance(1000);
    assert.equal(time.pending, 0);
  });

  test('depth and the age of the oldest ready key are told', async () => {
    const { time, queue, take } = setup();
    assert.equal(queue.oldestMs, 0);
    queue.add('a', 'one');
    await time.advance(300);
    queue.add('b', 'two');
    await time.advance(200);
    assert.equal(queue.depth, 2);
    assert.equal(queue.oldestMs, 500);
    take();
    await settle();
    assert.equal(queue.depth, 1);
    assert.equal(queue.oldestMs, 200);
  });

  test('a claim says how long the key was ready, not how long it was delayed', async () => {
    const { time, queue, taken, take } = setup();
    queue.addAfter('a', 1000, 'later');
    await time.advance(1250);
    take();
    await settle();
    assert.equal(taken[0]?.waitedMs, 250);
  });

  test('closing lets all workers go, drops timers, and nothing is handed out afterwards', async () => {
    const { time, queue } = setup();
    const first = queue.next();
    queue.addAfter('a', 1000, 'later');
    queue.close();
    queue.add('b', 'too late');
    queue.done('b');
    assert.equal(await first, undefined);
    assert.equal(await queue.next(), undefined);
    assert.equal(time.pending, 0);
    assert.equal(queue.depth, 0);
  });

  test('the last causes of a key are remembered beyond its passes', async () => {
    const { queue, take } = setup();
    for (let count = 0; count < 25; count += 1) queue.add('a', `cause ${count}`);
    take();
    await settle();
    queue.done('a');
    assert.equal(queue.causesOf('a').length, 5);
    assert.equal(queue.causesOf('a').at(-1), 'cause 24');
    assert.deepEqual(queue.causesOf('unknown'), []);
  });

  test('thousands of keys pass through in order', async () => {
    const { queue } = setup();
    for (let round = 0; round < 3; round += 1) {
      for (let count = 0; count < 5000; count += 1) queue.add(`key-${count}`, 'many');
      for (let count = 0; count < 5000; count += 1) {
        const claim = await queue.next();
        assert.equal(claim?.key, `key-${count}`);
        queue.done(`key-${count}`);
      }
    }
    assert.equal(queue.depth, 0);
  });
});
