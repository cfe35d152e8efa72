import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { withLock } from '../../../../tools/cluster/lock.ts';
import { identityOf } from '../../../../tools/cluster/process-identity.ts';

async function inFolder(action: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'tmesh-lock-'));
  try {
    await action(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}

function ignore(): void {
  // Nobody is told.
}

describe('a lock', () => {
  it('gives the result of the action and leaves nothing behind', () => inFolder(async (dir) => {
    assert.equal(await withLock(join(dir, 'lock'), ignore, () => Promise.resolve(42)), 42);
    assert.deepEqual(await readdir(dir), []);
  }));

  it('is let go when the action fails', () => inFolder(async (dir) => {
    await assert.rejects(withLock(join(dir, 'lock'), ignore, () => Promise.reject(new Error('no'))), /no/);
    assert.deepEqual(await readdir(dir), []);
  }));

  it('is taken over from a holder that was killed', () => inFolder(async (dir) => {
    const dead = spawnSync('true').pid;
    await writeFile(join(dir, 'lock'), JSON.stringify({ pid: dead, startTick: '1' }));
    assert.equal(await withLock(join(dir, 'lock'), ignore, () => Promise.resolve('mine')), 'mine');
  }));

  it('is taken over when its file is damaged', () => inFolder(async (dir) => {
    await writeFile(join(dir, 'lock'), 'half a li');
    assert.equal(await withLock(join(dir, 'lock'), ignore, () => Promise.resolve('mine')), 'mine');
  }));

  it('waits for a holder that runs, and says so once', () => inFolder(async (dir) => {
    const file = join(dir, 'lock');
    await writeFile(file, JSON.stringify(identityOf(process.pid)));
    const told: number[] = [];
    const waiting = withLock(file, (pid) => {
      told.push(pid);
      void rm(file);
    }, () => Promise.resolve('after'));
    assert.equal(await waiting, 'after');
    assert.deepEqual(told, [process.pid]);
  }));
});
