import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statusAfter } from '../../../src/k8s/status-part.ts';

test('a write of some fields leaves the others, and takes away those of its own that it no longer says', () => {
  assert.deepEqual(statusAfter({ a: 1, b: 2, c: 3 }, { status: { b: 4 }, only: ['b', 'c'] }), { a: 1, b: 4 });
});

test('a write of all but some fields leaves those', () => {
  assert.deepEqual(statusAfter({ a: 1, b: 2 }, { status: { c: 3 }, except: ['b'] }), { c: 3, b: 2 });
});

test('any other write is the status whole', () => {
  assert.deepEqual(statusAfter({ a: 1 }, { status: { b: 2 } }), { b: 2 });
  assert.deepEqual(statusAfter(undefined, { status: { b: 2 }, only: ['b'] }), { b: 2 });
});
