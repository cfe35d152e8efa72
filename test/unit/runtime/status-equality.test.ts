import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sameStatus } from '../../../src/runtime/status-equality.ts';

const condition = (status: string, lastTransitionTime: string): object => ({ type: 'Ready', status, reason: 'R', message: 'm', lastTransitionTime });

describe('same status', () => {
  test('times of conditions do not count, at any depth', () => {
    assert.equal(sameStatus({ conditions: [condition('True', 'a')] }, { conditions: [condition('True', 'b')] }), true);
    assert.equal(sameStatus({ members: [{ conditions: [condition('True', 'a')] }] }, { members: [{ conditions: [condition('True', 'b')] }] }), true);
  });

  test('everything else counts', () => {
    assert.equal(sameStatus({ conditions: [condition('True', 'a')] }, { conditions: [condition('False', 'a')] }), false);
    assert.equal(sameStatus({ lastTransitionTime: 'a' }, { lastTransitionTime: 'b' }), false, 'a time outside of a condition');
    assert.equal(sameStatus({ a: [1, 2] }, { a: [2, 1] }), false);
    assert.equal(sameStatus({ a: 1 }, {}), false);
    assert.equal(sameStatus({ a: {} }, {}), false);
    assert.equal(sameStatus({ a: [] }, { a: {} }), false);
  });

  test('absent, undefined and null are the same', () => {
    assert.equal(sameStatus({ a: undefined, b: null }, {}), true);
    assert.equal(sameStatus({}, { b: null }), true);
  });
});
