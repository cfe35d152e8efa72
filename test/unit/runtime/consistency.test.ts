import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { KubeObject } from '../../../src/k8s/object.ts';
import type { ResourceType } from '../../../src/k8s/resource.ts';
import { Consistency } from '../../../src/runtime/consistency.ts';
import type { Source } from '../../../src/runtime/controller.ts';
import { LiveObjects } from '../../../src/runtime/live-objects.ts';
import { FakeTime } from '../../support/fake-time.ts';
import { ManualCache } from './doubles.ts';

const TYPE: ResourceType = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true };
const OURS: Source = { id: 'ours', type: TYPE, labelSelector: 'ours' };
const NAMED: Source = { id: 'named', type: TYPE, labelSelector: 'other' };
const object = (resourceVersion: string, more: object = {}): KubeObject =>
  ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace: 'ns', uid: 'u1', resourceVersion, labels: { ours: '' }, ...more } });

describe('consistency', () => {
  let time: FakeTime;
  let cache: ManualCache;
  let woken: string[];
  let consistency: Consistency;

  beforeEach(() => {
    time = new FakeTime();
    cache = new ManualCache([OURS, NAMED]);
    woken = [];
    consistency = new Consistency({ cache, live: new LiveObjects(cache), time, wake: (waiter) => woken.push(waiter) });
  });

  test('a key waits until the cache shows its write, and is woken then', () => {
    cache.put(OURS, object('5'));
    consistency.wrote('toy a', TYPE, object('7'));
    assert.ok(consistency.waitMs('toy a') > 0);
    assert.equal(consistency.waitMs('toy b'), 0, 'nobody else waits');
    cache.put(OURS, object('6'));
    assert.deepEqual(woken, []);
    cache.put(OURS, object('7'));
    assert.deepEqual(woken, ['toy a']);
    assert.equal(consistency.waitMs('toy a'), 0);
  });

  test('a version beyond ours is as good: somebody wrote after us', () => {
    consistency.wrote('toy a', TYPE, object('7'));
    cache.put(OURS, object('9'));
    assert.equal(consistency.waitMs('toy a'), 0);
  });

  test('an echo that came before the answer is not waited for', () => {
    cache.put(OURS, object('7'));
    consistency.wrote('toy a', TYPE, object('7'));
    assert.equal(consistency.waitMs('toy a'), 0);
  });

  test('who did not ask is not woken', () => {
    consistency.wrote('toy a', TYPE, object('7'));
    cache.put(OURS, object('7'));
    assert.deepEqual(woken, []);
  });

  test('a key waits for all its writes, and is woken once', () => {
    consistency.wrote('toy a', TYPE, object('7'));
    consistency.wrote('toy a', TYPE, object('8', { name: 'y', uid: 'u2' }));
    assert.ok(consistency.waitMs('toy a') > 0);
    cache.put(OURS, object('7'));
    assert.deepEqual(woken, []);
    cache.put(OURS, object('8', { name: 'y', uid: 'u2' }));
    assert.deepEqual(woken, ['toy a']);
  });

  test('what no source would hold is not waited for', () => {
    consistency.wrote('toy a', TYPE, object('7', { labels: {} }));
    assert.equal(consistency.waitMs('toy a'), 0);
  });

  test('a removed object is waited for until it is gone, going, or another one', () => {
    const ref = { type: TYPE, name: 'x', namespace: 'ns' };
    for (const after of [undefined, object('8', { deletionTimestamp: '2026-01-01T00:00:00Z' }), object('9', { uid: 'u2' })]) {
      cache.put(OURS, object('7'));
      consistency.removed('toy a', ref);
      assert.ok(consistency.waitMs('toy a') > 0);
      if (after === undefined) cache.drop(OURS, 'x', 'ns');
      else cache.put(OURS, after);
      assert.equal(consistency.waitMs('toy a'), 0);
    }
  });

  test('a write to something that was deleted right after is not waited for', () => {
    cache.put(OURS, object('5'));
    consistency.wrote('toy a', TYPE, object('7'));
    assert.ok(consistency.waitMs('toy a') > 0);
    cache.drop(OURS, 'x', 'ns');
    assert.equal(consistency.waitMs('toy a'), 0);
    assert.deepEqual(woken, ['toy a']);
  });

  test('the deletion of an earlier incarnation does not end the wait for the new one', () => {
    cache.put(OURS, object('5'));
    consistency.wrote('toy a', TYPE, object('7', { uid: 'u2' }));
    cache.drop(OURS, 'x', 'ns');
    assert.ok(consistency.waitMs('toy a') > 0);
    cache.put(OURS, object('7', { uid: 'u2' }));
    assert.equal(consistency.waitMs('toy a'), 0);
  });

  test('patience ends after five seconds, and the wait says how long it may last', () => {
    consistency.wrote('toy a', TYPE, object('7'));
    time.advanceSync(2000);
    assert.equal(consistency.waitMs('toy a'), 3000);
    time.advanceSync(3000);
    assert.equal(consistency.waitMs('toy a'), 0);
    assert.deepEqual(woken, [], 'asking is not being woken');
  });
});
