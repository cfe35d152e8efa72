import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Queue } from '../../../src/runtime/queue.ts';
import { runWorkers } from '../../../src/runtime/worker.ts';
import { FakeTime, settle } from '../../support/fake-time.ts';

describe('workers', () => {
  test('as many keys at once as there are workers, and never one key twice', async () => {
    const queue = new Queue({ time: new FakeTime() });
    const running = new Map<string, () => void>();
    const done = runWorkers(queue, 3, ({ key }) => new Promise((resolve) => running.set(key, resolve)), () => assert.fail('nothing throws'));
    for (const key of ['a', 'b', 'c', 'd']) queue.add(key, 'add');
    queue.add('a', 'again');
    await settle();
    assert.deepEqual([...running.keys()], ['a', 'b', 'c']);
    running.get('b')?.();
    await settle();
    assert.deepEqual([...running.keys()], ['a', 'b', 'c', 'd']);
    queue.close();
    for (const end of running.values()) end();
    await done;
  });

  test('a worker outlives what its work throws or rejects with, and gives the key back', async () => {
    const queue = new Queue({ time: new FakeTime() });
    const seen: string[] = [];
    const reports: unknown[] = [];
    const done = runWorkers(queue, 1, ({ key }) => {
      seen.push(key);
      if (key === 'throws') throw new Error('at once');
      return key === 'rejects' ? Promise.reject(new Error('later')) : Promise.resolve();
    }, (error) => reports.push(error));
    for (const key of ['throws', 'rejects', 'fine']) queue.add(key, 'add');
    await settle();
    queue.add('throws', 'again');
    await settle();
    assert.deepEqual(seen, ['throws', 'rejects', 'fine', 'throws']);
    assert.deepEqual(reports.map(String), ['Error: at once', 'Error: later', 'Error: at once']);
    queue.close();
    await done;
  });

  test('they end when the queue is closed, each after the key it had', async () => {
    const queue = new Queue({ time: new FakeTime() });
    let end = (): void => undefined;
    let hasEnded = false;
    const run = async (): Promise<void> => {
      await runWorkers(queue, 2, () => new Promise((resolve) => { end = resolve; }), () => undefined);
      hasEnded = true;
    };
    const done = run();
    queue.add('a', 'add');
    await settle();
    queue.close();
    await settle();
    assert.equal(hasEnded, false);
    end();
    await done;
    assert.equal(hasEnded, true);
  });
});
