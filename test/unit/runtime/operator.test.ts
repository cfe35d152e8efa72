import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import dotI from '@dot-i/k8s-operator';
import { MeshOperator } from '../../../src/runtime/operator.ts';
import { silentLogger } from './doubles.ts';

describe('operator', () => {
  test('is an Operator of @dot-i/k8s-operator that starts and stops our machinery, once', async () => {
    const calls: string[] = [];
    const operator = new MeshOperator({
      start: () => void calls.push('start'),
      stop: () => {
        calls.push('stop');
        return Promise.resolve();
      },
    }, silentLogger);
    assert.ok(operator instanceof dotI.default);
    await operator.start();
    operator.stop();
    await operator.stopped();
    assert.deepEqual(calls, ['start', 'stop']);
  });
});
