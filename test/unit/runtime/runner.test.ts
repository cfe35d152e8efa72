import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { keyOfObject } from '../../../src/k8s/key.ts';
import { EMPTY_PLAN } from '../../../src/k8s/plan.ts';
import { createRunner, type Runner, type RunnerOptions } from '../../../src/runtime/runner.ts';
import type { AnyController } from '../../../src/runtime/term.ts';
import { ApiError } from '../../../src/runtime/rest.ts';
import { settle } from '../../support/fake-time.ts';
import { figure, FINALIZER, unitBench, widget, WIDGETS, type UnitBench } from './bench.ts';

const LEASE = { namespace: 'ns', name: 'leader', identity: 'me' };

function setup(options: Partial<RunnerOptions> = {}): { readonly bench: UnitBench; readonly passes: string[]; readonly runner: Runner } {
  const bench = unitBench();
  const passes: string[] = [];
  const controller: AnyController = {
    name: 'toy', watches: [{ source: WIDGETS, toKeys: (object) => [keyOfObject(object)] }], plan: () => EMPTY_PLAN, status: () => [],
    observe: (key) => {
      passes.push(key);
      return key;
    },
  };
  const { rest, cache, logger, metrics, time, context: { minter } } = bench;
  return { bench, passes, runner: createRunner({ rest, cache, controllers: [controller], logger, metrics, minter, time, finalizer: FINALIZER, ...options }) };
}

/** Answers lease calls as a server would that nobody else talks to. */
function grantLease(bench: UnitBench): void {
  let version = 0;
  bench.rest.answer = ({ method, body }) => {
    if (method === 'GET') throw new ApiError(404, 'NotFound', 'none');
    version += 1;
    return { ...body as object, metadata: { name: 'leader', resourceVersion: String(version) } };
  };
}

describe('runner', () => {
  test('without a lease it leads from the start, and changes of the cache become passes', async () => {
    const { bench, passes, runner } = setup();
    bench.cache.put(WIDGETS, widget('a'));
    runner.start();
    await settle();
    bench.cache.put(WIDGETS, widget('b'));
    await settle();
    assert.deepEqual(passes, ['ns/a', 'ns/b']);
    assert.equal(runner.isLeader(), true);
    assert.equal(runner.isSynced(), true);
    assert.deepEqual(runner.causesOf('toy', 'ns/b'), ['widgets ns/b added']);
    await runner.stop();
  });

  test('a key can be woken by hand', async () => {
    const { passes, runner } = setup();
    runner.start();
    await settle();
    runner.wake('toy', 'ns/x', 'somebody asked');
    runner.wake('nobody', 'ns/x', 'somebody asked');
    await settle();
    assert.deepEqual(passes, ['ns/x']);
    await runner.stop();
    runner.wake('toy', 'ns/x', 'too late');
    assert.deepEqual(runner.causesOf('toy', 'ns/x'), []);
  });

  test('with a lease it works only while it leads, and starts over when it leads again', async () => {
    const { bench, passes, runner } = setup({ lease: LEASE });
    bench.rest.answer = () => {
      throw new ApiError(0, '', 'unreachable');
    };
    bench.cache.put(WIDGETS, widget('a'));
    runner.start();
    await bench.time.advance(5000);
    assert.deepEqual(passes, []);
    await assert.rejects(runner.rest.call({ method: 'POST', path: '/x' }), { reason: 'NotLeader' });

    grantLease(bench);
    await bench.time.advance(5000);
    assert.equal(runner.isLeader(), true);
    assert.deepEqual(passes, ['ns/a']);

    bench.rest.answer = () => {
      throw new ApiError(0, '', 'unreachable');
    };
    await bench.time.advance(15_000);
    assert.equal(runner.isLeader(), false);
    bench.cache.put(WIDGETS, widget('b'));
    await bench.time.advance(1000);
    assert.deepEqual(passes, ['ns/a'], 'no pass without the lease');

    grantLease(bench);
    await bench.time.advance(5000);
    assert.deepEqual(passes, ['ns/a', 'ns/a', 'ns/b']);
    await runner.stop();
  });

  test('stopping gives the lease back, once, and aborting the signal is the same', async () => {
    const { bench, runner } = setup({ lease: LEASE });
    grantLease(bench);
    const abort = new AbortController();
    runner.start(abort.signal);
    await settle();
    abort.abort();
    await runner.stop();
    const releases = bench.rest.calls.filter(({ body }) => JSON.stringify(body ?? {}).includes('"holderIdentity":""'));
    assert.equal(releases.length, 1);
    assert.equal(runner.isLeader(), false);
    assert.equal(runner.stop(), runner.stop());
    assert.equal(bench.time.pending, 0, 'no timer is left');
  });

  test('stopping ends within ten seconds even when nothing answers', async () => {
    const { bench, runner } = setup({ lease: LEASE });
    grantLease(bench);
    runner.start();
    await settle();
    bench.rest.answer = () => new Promise(() => undefined);
    let hasStopped = false;
    const stop = async (): Promise<void> => {
      await runner.stop();
      hasStopped = true;
    };
    void stop();
    await bench.time.advance(10_000);
    assert.equal(hasStopped, true);
  });

  test('gauges are brought up to date when they are read', async () => {
    const { bench, runner } = setup();
    bench.cache.put(WIDGETS, widget('a'));
    runner.start();
    await settle();
    assert.equal(await figure(bench.metrics, 'tmesh_leader'), 1);
    assert.equal(await figure(bench.metrics, 'tmesh_cache_objects{source="widgets"}'), 1);
    assert.equal(await figure(bench.metrics, 'tmesh_queue_depth{controller="toy"}'), 0);
    assert.equal(await figure(bench.metrics, 'tmesh_reconcile_total{controller="toy",result="forget"}'), 1);
    await runner.stop();
  });
});
