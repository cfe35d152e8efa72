import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Limiter, mapLimited } from '../../../src/runtime/limiter.ts';
import { settle } from '../../support/fake-time.ts';

/** Tasks that end when told, and how many run. */
class Tasks {
  running = 0;
  most = 0;
  readonly started: number[] = [];
  readonly #ends = new Map<number, () => void>();

  readonly task = (id: number): Promise<number> => {
    this.running += 1;
    this.most = Math.max(this.most, this.running);
    this.started.push(id);
    return new Promise((resolve) => this.#ends.set(id, () => {
      this.running -= 1;
      resolve(id * 10);
    }));
  };

  async end(id: number): Promise<void> {
    this.#ends.get(id)?.();
    await settle();
  }
}

describe('limiter', () => {
  test('runs at most so many at once, the others in order', async () => {
    const [limiter, tasks] = [new Limiter(2), new Tasks()];
    const results = [1, 2, 3, 4].map((id) => limiter.run(() => tasks.task(id)));
    await settle();
    assert.deepEqual(tasks.started, [1, 2]);
    await tasks.end(2);
    assert.deepEqual(tasks.started, [1, 2, 3]);
    for (const id of [1, 3, 4]) await tasks.end(id);
    assert.deepEqual(await Promise.all(results), [10, 20, 30, 40]);
    assert.equal(tasks.most, 2);
  });

  test('a newcomer does not overtake those who wait', async () => {
    const [limiter, tasks] = [new Limiter(1), new Tasks()];
    void limiter.run(() => tasks.task(1));
    void limiter.run(() => tasks.task(2));
    await settle();
    const ending = tasks.end(1);
    void limiter.run(() => tasks.task(3));
    await ending;
    assert.deepEqual(tasks.started, [1, 2]);
  });

  test('a task that fails frees its place', async () => {
    const limiter = new Limiter(1);
    await assert.rejects(limiter.run(() => Promise.reject(new Error('no'))), /no/);
    assert.equal(await limiter.run(() => Promise.resolve('next')), 'next');
  });
});

describe('mapLimited', () => {
  test('gives the results in the order of the items, whatever ended first', async () => {
    const tasks = new Tasks();
    const all = mapLimited([1, 2, 3], 2, tasks.task);
    await settle();
    assert.deepEqual(tasks.started, [1, 2]);
    for (const id of [2, 3, 1]) await tasks.end(id);
    assert.deepEqual(await all, [10, 20, 30]);
    assert.equal(tasks.most, 2);
  });

  test('of nothing is nothing', async () => {
    assert.deepEqual(await mapLimited([], 4, (item: number) => Promise.resolve(item)), []);
  });
});
