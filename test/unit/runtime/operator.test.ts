import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import dotI from '@dot-i/k8s-operator';
import { MeshOperator, meshOperator } from '../../../src/runtime/operator.ts';
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

  test('a broken default kubeconfig does not matter: the shell makes no request', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'tmesh-shell-'));
    const machinery = { start: () => undefined, stop: () => Promise.resolve() };
    const before = process.env['KUBECONFIG'];
    try {
      const broken = join(dir, 'broken');
      await writeFile(broken, 'clusters: [{');
      process.env['KUBECONFIG'] = broken;
      assert.throws(() => new MeshOperator(machinery, silentLogger));
      await meshOperator(machinery, silentLogger).stopped();
      assert.equal(process.env['KUBECONFIG'], broken, 'the environment is as before');
    } finally {
      if (before === undefined) delete process.env['KUBECONFIG'];
      else process.env['KUBECONFIG'] = before;
      await rm(dir, { recursive: true });
    }
  });
});
