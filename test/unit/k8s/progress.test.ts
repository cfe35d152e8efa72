import assert from 'node:assert/strict';
import { test } from 'node:test';
import { progressConditions } from '../../../src/k8s/progress.ts';

const STALLING = new Set(['ValidationError']);

test('what waits for somebody is Stalled, what goes on by itself Reconciling, what is done neither', () => {
  const main = { type: 'Ready', status: 'False', reason: 'ValidationError', message: 'spec.x', observedGeneration: 2 } as const;
  assert.deepEqual(progressConditions(main, STALLING), [{ ...main, type: 'Stalled', status: 'True' }]);
  assert.deepEqual(progressConditions({ ...main, reason: 'Configuring' }, STALLING), [{ ...main, type: 'Reconciling', status: 'True', reason: 'Configuring' }]);
  assert.deepEqual(progressConditions({ ...main, status: 'Unknown', reason: '' }, STALLING).map(({ type }) => type), ['Reconciling']);
  assert.deepEqual(progressConditions({ ...main, status: 'True' }, STALLING), []);
});
