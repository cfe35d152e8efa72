import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { KubeObject } from '../../../src/k8s/object.ts';
import type { EventNote } from '../../../src/runtime/condition-events.ts';
import { EventRecorder } from '../../../src/runtime/events.ts';
import { ApiError } from '../../../src/runtime/rest.ts';
import { figure, unitBench, widget, type UnitBench } from './bench.ts';

const BROKEN: EventNote = { type: 'Warning', reason: 'Broken', message: 'look' };

describe('events', () => {
  let bench: UnitBench;
  let recorder: EventRecorder;
  const bodies = (): KubeObject[] => bench.rest.calls.map(({ body }) => body as KubeObject);

  beforeEach(() => {
    bench = unitBench();
    recorder = new EventRecorder(bench.context);
  });

  test('an event names its object, who says it, and when', async () => {
    recorder.record(widget('w'), 'tmesh-toy', BROKEN);
    await recorder.flush();
    assert.equal(bench.rest.calls[0]?.path, '/api/v1/namespaces/ns/events');
    const [event] = bodies();
    assert.deepEqual(event?.['involvedObject'], { apiVersion: 'unit.test/v1', kind: 'Widget', name: 'w', namespace: 'ns', uid: 'uid-w', resourceVersion: '1' });
    assert.deepEqual([event?.['type'], event?.['reason'], event?.['message'], event?.['count']], ['Warning', 'Broken', 'look', 1]);
    assert.deepEqual([event?.['source'], event?.['firstTimestamp']], [{ component: 'tmesh-toy' }, '2026-01-01T00:00:00Z']);
    assert.match(event?.metadata.name ?? '', /^w\.[0-9a-f]{16}$/);
  });

  test('events about cluster-scoped objects go to the namespace default', async () => {
    recorder.record({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } }, 'tmesh-toy', BROKEN);
    await recorder.flush();
    assert.equal(bench.rest.calls[0]?.path, '/api/v1/namespaces/default/events');
  });

  test('the same again within ten minutes is counted on the same event', async () => {
    for (let count = 0; count < 3; count += 1) recorder.record(widget('w'), 'tmesh-toy', BROKEN);
    await recorder.flush();
    assert.deepEqual(bench.rest.calls.map(({ method }) => method), ['POST', 'PATCH', 'PATCH']);
    assert.equal(bench.rest.calls[1]?.path, `/api/v1/namespaces/ns/events/${bodies()[0]?.metadata.name ?? ''}`);
    assert.deepEqual(bodies().slice(1), [{ count: 2, lastTimestamp: '2026-01-01T00:00:00Z' }, { count: 3, lastTimestamp: '2026-01-01T00:00:00Z' }]);
    bench.time.advanceSync(600_001);
    recorder.record(widget('w'), 'tmesh-toy', BROKEN);
    await recorder.flush();
    assert.equal(bench.rest.calls[3]?.method, 'POST');
  });

  test('another message, reason or incarnation is another event', async () => {
    recorder.record(widget('w'), 'tmesh-toy', BROKEN);
    recorder.record(widget('w'), 'tmesh-toy', { ...BROKEN, message: 'other' });
    recorder.record(widget('w', { uid: 'new' }), 'tmesh-toy', BROKEN);
    await recorder.flush();
    assert.deepEqual(bench.rest.calls.map(({ method }) => method), ['POST', 'POST', 'POST']);
  });

  test('an event that expired on the server is made anew', async () => {
    recorder.record(widget('w'), 'tmesh-toy', BROKEN);
    await recorder.flush();
    bench.rest.answer = ({ method }) => {
      if (method === 'PATCH') throw new ApiError(404, 'NotFound', 'expired');
      return {};
    };
    recorder.record(widget('w'), 'tmesh-toy', BROKEN);
    await recorder.flush();
    assert.deepEqual(bench.rest.calls.map(({ method }) => method), ['POST', 'PATCH', 'POST']);
  });

  test('an object that says too much is silenced for a while; others are not', async () => {
    for (let count = 0; count < 30; count += 1) recorder.record(widget('loud'), 'tmesh-toy', { ...BROKEN, message: `${count}` });
    recorder.record(widget('calm'), 'tmesh-toy', BROKEN);
    await recorder.flush();
    assert.equal(bench.rest.calls.length, 26);
    assert.equal(await figure(bench.metrics, 'tmesh_events_total{result="dropped"}'), 5);
    bench.time.advanceSync(300_000);
    recorder.record(widget('loud'), 'tmesh-toy', { ...BROKEN, message: 'later' });
    await recorder.flush();
    assert.equal(bench.rest.calls.length, 27);
  });

  test('failing to write an event fails nothing else', async () => {
    bench.rest.answer = () => {
      throw new ApiError(403, 'Forbidden', 'no');
    };
    recorder.record(widget('w'), 'tmesh-toy', BROKEN);
    await recorder.flush();
    assert.equal(await figure(bench.metrics, 'tmesh_events_total{result="failed"}'), 1);
    bench.rest.answer = () => ({});
    recorder.record(widget('w'), 'tmesh-toy', BROKEN);
    await recorder.flush();
    assert.equal(await figure(bench.metrics, 'tmesh_events_total{result="sent"}'), 1);
  });

  test('a long message is cut to what the server takes', async () => {
    recorder.record(widget('w'), 'tmesh-toy', { ...BROKEN, message: 'x'.repeat(5000) });
    await recorder.flush();
    assert.equal(String(bodies()[0]?.['message']).length, 1000);
  });
});
