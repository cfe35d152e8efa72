import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EMPTY_PLAN, type Plan } from '../../../src/k8s/plan.ts';
import { finalizerStep } from '../../../src/runtime/finalizer.ts';
import { LiveObjects } from '../../../src/runtime/live-objects.ts';
import { FINALIZER, WIDGET, widget, WIDGETS } from './bench.ts';
import { ManualCache } from './doubles.ts';

const ref = { type: WIDGET, name: 'w', namespace: 'ns', uid: 'uid-w' };
const plan = (finalizer: Plan['finalizer']): Plan => ({ ...EMPTY_PLAN, finalizer, primary: ref });

function stepFor(finalizer: Plan['finalizer'], meta: object): ReturnType<typeof finalizerStep> {
  const cache = new ManualCache([WIDGETS]);
  cache.put(WIDGETS, widget('w', meta));
  return finalizerStep(plan(finalizer), FINALIZER, new LiveObjects(cache));
}

describe('finalizer', () => {
  test('ensure adds ours to those that are there, for this version of the object only', () => {
    assert.deepEqual(stepFor('ensure', { finalizers: ['a.test/a'] }), { do: 'patch', ref, patch: { metadata: { resourceVersion: '1', finalizers: ['a.test/a', FINALIZER] } } });
  });

  test('ensure has nothing to do when it is there, or when the object is going', () => {
    assert.equal(stepFor('ensure', { finalizers: [FINALIZER] }), undefined);
    assert.equal(stepFor('ensure', { deletionTimestamp: '2026-01-01T00:00:00Z' }), undefined);
  });

  test('release takes off ours alone, also from an object that is not going', () => {
    assert.deepEqual(stepFor('release', { finalizers: ['a.test/a', FINALIZER] })?.patch, { metadata: { resourceVersion: '1', finalizers: ['a.test/a'] } });
    assert.equal(stepFor('release', { finalizers: ['a.test/a'] }), undefined);
  });

  test('leave leaves', () => {
    assert.equal(stepFor('leave', {}), undefined);
    assert.equal(finalizerStep({ ...EMPTY_PLAN, finalizer: 'ensure' }, FINALIZER, new LiveObjects(new ManualCache([WIDGETS]))), undefined);
  });

  test('another incarnation, or none, is left alone', () => {
    assert.equal(stepFor('ensure', { uid: 'another' }), undefined);
    assert.equal(finalizerStep(plan('release'), FINALIZER, new LiveObjects(new ManualCache([WIDGETS]))), undefined);
  });
});
