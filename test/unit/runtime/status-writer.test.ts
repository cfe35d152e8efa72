import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { StatusWrite } from '../../../src/k8s/plan.ts';
import { ApiError } from '../../../src/runtime/rest.ts';
import { StatusWriter } from '../../../src/runtime/status-writer.ts';
import { SYSTEM_TIME } from '../../../src/runtime/time-source.ts';
import { unitBench, WIDGET, widget, WIDGETS, type UnitBench } from './bench.ts';

const PASS = { waiter: 'toy ns/w', signal: new AbortController().signal };
const conditions = (status: string, lastTransitionTime: string): readonly { readonly [name: string]: string }[] => [{ type: 'Ready', status, reason: 'R', message: 'm', lastTransitionTime }];

describe('status writer', () => {
  let bench: UnitBench;
  let writer: StatusWriter;
  const write = (status: StatusWrite['status'], object = widget('w')): ReturnType<StatusWriter['write']> => writer.write({ type: WIDGET, object, status }, PASS);

  beforeEach(() => {
    bench = unitBench();
    writer = new StatusWriter(bench.context, { controller: 'toy', events: bench.context.events });
  });

  test('puts the status whole at the subresource, for this incarnation only, under a manager of its own', async () => {
    assert.equal((await write({ a: 1 })).result, 'written');
    const [request] = bench.rest.calls;
    assert.equal(request?.path, '/apis/unit.test/v1/namespaces/ns/widgets/w/status');
    assert.equal(request?.contentType, 'application/json-patch+json');
    assert.deepEqual(request?.query, { fieldManager: 'tmesh-toy-status' });
    assert.deepEqual(request?.body, [{ op: 'test', path: '/metadata/uid', value: 'uid-w' }, { op: 'add', path: '/status', value: { a: 1 } }]);
  });

  test('sends nothing when only times differ', async () => {
    const object = widget('w', {}, { status: { conditions: conditions('True', 'a') } });
    assert.equal((await write({ conditions: conditions('True', 'b') }, object)).result, 'skipped');
    assert.equal((await write({}, widget('w'))).result, 'skipped', 'no status equals an empty one');
    assert.equal(bench.rest.calls.length, 0);
  });

  test('compares with the newest copy of the same incarnation', async () => {
    bench.cache.put(WIDGETS, widget('w', { resourceVersion: '2' }, { status: { a: 1 } }));
    assert.equal((await write({ a: 1 }, widget('w'))).result, 'skipped');
    assert.equal((await write({ a: 1 }, widget('w', { uid: 'older' }))).result, 'written');
  });

  test('events follow a status that was written, and none one that was not', async () => {
    await write({ conditions: conditions('False', 'a') });
    await bench.context.events.flush();
    assert.deepEqual(bench.rest.calls.map(({ method }) => method), ['PATCH', 'POST']);
    bench.rest.answer = () => {
      throw new ApiError(409, 'Conflict', 'later');
    };
    const { result, verdict } = await write({ conditions: conditions('True', 'a') });
    await bench.context.events.flush();
    assert.deepEqual([result, verdict.next], ['failed', 'backoff']);
    assert.equal(bench.rest.calls.length, 3);
  });

  test('news of something under way is held back, and the last word is not', async () => {
    let nowMs = 0;
    writer = new StatusWriter(bench.context, { controller: 'toy', events: bench.context.events, time: { ...SYSTEM_TIME, monotonicMs: () => nowMs } });
    const progress = (count: number): ReturnType<StatusWriter['write']> => writer.write({ type: WIDGET, object: widget('w'), status: { count }, holdBackMs: 1000 }, PASS);
    const first = await progress(1);
    assert.deepEqual([first.result, first.afterMs], ['skipped', 300], 'what is over in a moment is no news');
    nowMs = 300;
    assert.equal((await progress(1)).result, 'written');
    nowMs = 700;
    const held = await progress(2);
    assert.deepEqual([held.result, held.verdict.next, held.afterMs], ['skipped', 'done', 600]);
    nowMs = 1300;
    assert.equal((await progress(3)).result, 'written');
    assert.equal((await write({ count: 4 })).result, 'written', 'without holdBackMs it goes out at once');
    assert.equal((await progress(5)).result, 'skipped', 'and what comes then is the first news again');
    assert.equal(bench.rest.calls.length, 3);
  });

  test('a status that is costly to make is made only when it would go out', async () => {
    let nowMs = 0;
    const writer = new StatusWriter(bench.context, { controller: 'toy', events: bench.context.events, time: { ...SYSTEM_TIME, monotonicMs: () => nowMs } });
    let made = 0;
    const progress = (count: number): ReturnType<StatusWriter['write']> => writer.write({
      type: WIDGET, object: widget('w', {}, { status: { count: 1 } }), holdBackMs: 1000, isCostly: true,
      get status() { made += 1; return { count }; },
    }, PASS);
    assert.equal((await progress(2)).afterMs, 300);
    nowMs = 300;
    assert.equal((await progress(2)).result, 'written');
    nowMs = 700;
    assert.equal((await progress(3)).afterMs, 600);
    assert.equal(made, 1);
    nowMs = 1300;
    assert.deepEqual(await progress(1), { result: 'skipped', verdict: { next: 'done' } }, 'nothing is new: no other look is asked for');
    assert.equal((await progress(4)).afterMs, 300, 'what comes then is the first news again');
    assert.equal(made, 2);
  });

  test('the next pass waits for the echo', async () => {
    bench.rest.answer = () => ({ metadata: { name: 'w', namespace: 'ns', uid: 'uid-w', resourceVersion: '9' } });
    await write({ a: 1 });
    assert.ok(bench.context.consistency.waitMs(PASS.waiter) > 0);
  });

  test('an object that is gone needs no status', async () => {
    bench.rest.answer = () => {
      throw new ApiError(404, 'NotFound', 'gone');
    };
    assert.deepEqual(await write({ a: 1 }), { result: 'skipped', verdict: { next: 'done' } });
  });

  test('a refusal is told with its status and message', async () => {
    bench.rest.answer = () => {
      throw new ApiError(422, 'Invalid', 'status.a: no');
    };
    const { failure, verdict } = await write({ a: 1 });
    assert.deepEqual([failure, verdict.next], [{ status: 422, message: 'status.a: no' }, 'recheck']);
  });
});
