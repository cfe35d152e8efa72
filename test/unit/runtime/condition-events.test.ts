import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ConditionStatus } from '../../../src/k8s/condition.ts';
import { conditionsOf, eventsOf } from '../../../src/runtime/condition-events.ts';

const status = (type: string, value: ConditionStatus, reason = 'R', message = 'm'): object =>
  ({ conditions: [{ type, status: value, reason, message, lastTransitionTime: 't' }] });
const kindsOf = (before: object, after: object): string[] => eventsOf(before, after).map(({ type, reason }) => `${type} ${reason}`);

describe('events of conditions', () => {
  test('a new condition, another status and another reason are news', () => {
    assert.deepEqual(eventsOf({}, status('Ready', 'True', 'AllReady', 'fine')), [{ type: 'Normal', reason: 'AllReady', message: 'fine' }]);
    assert.deepEqual(kindsOf(status('Ready', 'True'), status('Ready', 'False', 'Broken')), ['Warning Broken']);
    assert.deepEqual(kindsOf(status('Ready', 'False', 'A'), status('Ready', 'False', 'B')), ['Warning B']);
    assert.deepEqual(kindsOf(status('Ready', 'False'), status('Ready', 'Unknown', 'Lost')), ['Warning Lost']);
  });

  test('a change of time alone never is', () => {
    const later = { conditions: [{ type: 'Ready', status: 'True', reason: 'R', message: 'm', lastTransitionTime: 'later' }] };
    assert.deepEqual(kindsOf(status('Ready', 'True'), later), []);
  });

  test('another message is news when things are bad', () => {
    assert.deepEqual(kindsOf(status('Ready', 'False', 'R', 'a'), status('Ready', 'False', 'R', 'b')), ['Warning R']);
    assert.deepEqual(kindsOf(status('Ready', 'True', 'R', 'a'), status('Ready', 'True', 'R', 'b')), []);
  });

  test('inverted conditions are bad when True, and silent when they start out good', () => {
    assert.deepEqual(kindsOf({}, status('Stalled', 'False')), []);
    assert.deepEqual(kindsOf(status('Stalled', 'False'), status('Stalled', 'True', 'Stuck')), ['Warning Stuck']);
    assert.deepEqual(kindsOf(status('Stalled', 'True'), status('Stalled', 'False', 'Free')), ['Normal Free']);
    assert.deepEqual(kindsOf({}, status('InternalError', 'True')), ['Warning R']);
  });

  test('conditions that come and go with every change make none', () => {
    assert.deepEqual(kindsOf({}, status('Reconciling', 'True')), []);
  });

  test('what is said of all lists can be chosen', () => {
    const policy = { inverted: new Set(['Ready']), quiet: new Set<string>(), progress: new Set<string>() };
    assert.deepEqual(eventsOf({}, status('Ready', 'True'), policy).map(({ type }) => type), ['Warning']);
    assert.deepEqual(eventsOf({}, status('Reconciling', 'True'), policy).map(({ type }) => type), ['Normal']);
  });

  test('a thing under way is told once, as Normal, whatever its message counts', () => {
    const policy = { inverted: new Set<string>(), quiet: new Set<string>(), progress: new Set(['Waiting']) };
    assert.deepEqual(eventsOf({}, status('Ready', 'False', 'Waiting', '1 of 3'), policy), [{ type: 'Normal', reason: 'Waiting', message: '1 of 3' }]);
    assert.deepEqual(eventsOf(status('Ready', 'False', 'Waiting', '1 of 3'), status('Ready', 'False', 'Waiting', '2 of 3'), policy), []);
    assert.deepEqual(eventsOf(status('Ready', 'False', 'Waiting'), status('Ready', 'False', 'Stuck'), policy).map(({ type }) => type), ['Warning']);
  });

  test('conditions that say the same make one event', () => {
    const both = ['Ready', 'Reconciled'].map((type) => ({ type, status: 'False', reason: 'Broken', message: 'look', lastTransitionTime: 't' }));
    assert.deepEqual(kindsOf({}, { conditions: both }), ['Warning Broken']);
  });

  test('a condition that went away and a status without conditions say nothing', () => {
    assert.deepEqual(kindsOf(status('Ready', 'True'), {}), []);
    for (const strange of [undefined, null, 'x', { conditions: 'x' }, { conditions: [1, null, {}] }]) assert.deepEqual(conditionsOf(strange), []);
  });

  test('an event always has a reason and a message', () => {
    assert.deepEqual(eventsOf({}, status('Ready', 'True', '', '')), [{ type: 'Normal', reason: 'Ready', message: 'Ready' }]);
  });
});
