import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { LinkedAbort } from '../../../src/runtime/linked-abort.ts';

test('it follows its parent, without a reason of its own', () => {
  const parent = new AbortController();
  const link = new LinkedAbort<string>(parent.signal);
  parent.abort(new Error('over'));
  assert.equal(link.signal.aborted, true);
  assert.equal(link.reason, undefined);
});

test('a parent that has aborted before aborts it at once', () => {
  assert.equal(new LinkedAbort(AbortSignal.abort()).signal.aborted, true);
});

test('its own abort leaves the parent alone, and the first reason stays', () => {
  const parent = new AbortController();
  const link = new LinkedAbort<string>(parent.signal);
  link.abort('idle');
  link.abort('later');
  assert.equal(link.reason, 'idle');
  assert.equal(parent.signal.aborted, false);
});

test('unlinked, it leaves no listener on the parent', () => {
  const parent = new AbortController();
  const link = new LinkedAbort(parent.signal);
  assert.equal(getEventListeners(parent.signal, 'abort').length, 1);
  link.unlink();
  assert.equal(getEventListeners(parent.signal, 'abort').length, 0);
});
