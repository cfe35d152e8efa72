import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { identityOf, isRunning, parseStat, waitUntilGone } from '../../../../tools/cluster/process-identity.ts';

describe('the identity of a process', () => {
  it('is read from a stat line whose command name holds spaces and brackets', () => {
    const numbers = Array.from({ length: 30 }, (_, index) => String(index + 4)).join(' ');
    assert.deepEqual(parseStat(`17 (a) b) (c) S ${numbers}`), { state: 'S', startTick: '22' });
  });

  it('of this process is running', () => {
    const mine = identityOf(process.pid);
    assert.ok(mine !== undefined);
    assert.equal(isRunning(mine), true);
  });

  it('is not taken over by a later process of the same number', () => {
    assert.equal(isRunning({ pid: process.pid, startTick: 'another' }), false);
  });

  it('ends with the process', async () => {
    const child = spawn('sleep', ['60']);
    await once(child, 'spawn');
    const identity = identityOf(child.pid ?? 0);
    assert.ok(identity !== undefined);
    assert.equal(await waitUntilGone(identity, 0), false);
    child.kill('SIGKILL');
    assert.equal(await waitUntilGone(identity, 10_000), true);
    assert.equal(identityOf(identity.pid), undefined);
  });
});
