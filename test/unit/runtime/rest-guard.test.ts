import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guardWrites } from '../../../src/runtime/rest-guard.ts';
import { RecordingRest } from './doubles.ts';

test('who may not write reads on, and each write asks again', async () => {
  const rest = new RecordingRest();
  let mayWrite = true;
  const guarded = guardWrites(rest, () => mayWrite);
  await guarded.call({ method: 'POST', path: '/a' });
  mayWrite = false;
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
    await assert.rejects(guarded.call({ method, path: '/a' }), { status: 0, reason: 'NotLeader' });
  }
  await guarded.call({ method: 'GET', path: '/a' });
  assert.deepEqual(rest.calls.map(({ method }) => method), ['POST', 'GET']);
  mayWrite = true;
  await guarded.call({ method: 'DELETE', path: '/a' });
  assert.equal(rest.calls.length, 3);
  mayWrite = false;
  assert.equal(rest.calls[2]?.maySend?.(), false, 'the question goes along with the request');
  assert.equal(rest.calls[1]?.maySend, undefined);
});

test('streams and closing pass through', async () => {
  const guarded = guardWrites(new RecordingRest(), () => false);
  await assert.rejects(guarded.stream({ method: 'GET', path: '/a' }), /no streams here/);
  await guarded.close();
});
