import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Election } from '../../../src/runtime/lease.ts';
import type { LeaseLock, LeaseRecord, LeaseState } from '../../../src/runtime/lease-lock.ts';
import { FakeTime, settle } from '../../support/fake-time.ts';
import { silentLogger } from './doubles.ts';

/** A lease cell that replaces only the version named: all that the election asks of the API server. */
class Cell implements LeaseLock {
  state: LeaseState | undefined;
  isDown = false;
  writes = 0;
  #version = 0;

  read(): Promise<LeaseState | undefined> {
    return this.isDown ? Promise.reject(new Error('unreachable')) : Promise.resolve(this.state);
  }

  write(record: LeaseRecord, version: string | undefined): Promise<LeaseState> {
    if (this.isDown) return Promise.reject(new Error('unreachable'));
    if (version !== this.state?.version) return Promise.reject(new Error('conflict'));
    this.writes += 1;
    this.#version += 1;
    this.state = { record, version: `${this.#version}` };
    return Promise.resolve(this.state);
  }
}

interface Candidate {
  readonly election: Election;
  readonly changes: boolean[];
  readonly stop: () => Promise<void>;
}

function candidate(identity: string, lock: LeaseLock, time: FakeTime): Candidate {
  const changes: boolean[] = [];
  const abort = new AbortController();
  const election = new Election({ lock, time, identity, logger: silentLogger, onChange: (isLeading) => changes.push(isLeading) });
  const running = election.run(abort.signal);
  return {
    election, changes,
    stop: async () => {
      abort.abort();
      await running;
    },
  };
}

describe('lease', () => {
  test('a free lease is taken at once and written with client-go durations', async () => {
    const [time, cell] = [new FakeTime(), new Cell()];
    const a = candidate('a', cell, time);
    await settle();
    assert.equal(a.election.isLeader(), true);
    assert.deepEqual(a.changes, [true]);
    assert.equal(cell.state?.record.holder, 'a');
    assert.equal(cell.state.record.durationMs, 15_000);
    assert.equal(cell.state.record.transitions, 0);
    assert.match(cell.state.record.renewTime, /^2026-01-01T00:00:00\.000000Z$/);
    await a.stop();
  });

  test('the leader renews every two seconds, keeping the time it took the lease', async () => {
    const [time, cell] = [new FakeTime(), new Cell()];
    const a = candidate('a', cell, time);
    await time.advance(20_000);
    assert.equal(cell.writes, 11);
    assert.equal(cell.state?.record.acquireTime, '2026-01-01T00:00:00.000000Z');
    assert.equal(cell.state.record.renewTime, '2026-01-01T00:00:20.000000Z');
    assert.deepEqual(a.changes, [true]);
    await a.stop();
  });

  test('a second candidate waits while the first renews, however wrong the clocks in the lease are', async () => {
    const [time, cell] = [new FakeTime(), new Cell()];
    const far: LeaseRecord = { holder: 'x', durationMs: 15_000, acquireTime: '1999-01-01T00:00:00Z', renewTime: '1999-01-01T00:00:00Z', transitions: 4 };
    await cell.write(far, undefined);
    const b = candidate('b', cell, time);
    await time.advance(14_000);
    assert.equal(b.election.isLeader(), false, 'the old renewTime proves nothing');
    await time.advance(4_000);
    assert.equal(b.election.isLeader(), true, '15 s without a change do');
    assert.equal(cell.state?.record.transitions, 5);
    await b.stop();
  });

  test('a longer duration in the lease is respected', async () => {
    const [time, cell] = [new FakeTime(), new Cell()];
    await cell.write({ holder: 'x', durationMs: 60_000, acquireTime: '', renewTime: '', transitions: 0 }, undefined);
    const b = candidate('b', cell, time);
    await time.advance(59_000);
    assert.equal(b.election.isLeader(), false);
    await time.advance(4_000);
    assert.equal(b.election.isLeader(), true);
    await b.stop();
  });

  test('a leader that cannot renew stops after ten seconds, five before another can take the lease', async () => {
    const [time, cell] = [new FakeTime(), new Cell()];
    const a = candidate('a', cell, time);
    await settle();
    cell.isDown = true;
    await time.advance(9_900);
    assert.equal(a.election.isLeader(), true);
    await time.advance(200);
    assert.equal(a.election.isLeader(), false);
    assert.deepEqual(a.changes, [true, false]);
    cell.isDown = false;
    await time.advance(3_000);
    assert.deepEqual(a.changes, [true, false, true], 'and leads again when the server is back and nobody else came');
    await a.stop();
  });

  test('the end of leading is told even while a renewal hangs', async () => {
    const [time, cell] = [new FakeTime(), new Cell()];
    const hanging: LeaseLock = { read: () => cell.read(), write: (record, version) => (version === undefined ? cell.write(record, version) : new Promise(() => undefined)) };
    const a = candidate('a', hanging, time);
    await time.advance(10_500);
    assert.deepEqual(a.changes, [true, false]);
    assert.equal(a.election.isLeader(), false);
  });

  test('a process that was stopped does not lead when it comes back, before it did anything', async () => {
    const [time, cell] = [new FakeTime(), new Cell()];
    const a = candidate('a', cell, time);
    await settle();
    assert.equal(a.election.isLeader(), true);
    time.skip(30_000);
    assert.equal(a.election.isLeader(), false, 'it reads the clock, no timer of ours has run yet');
    await a.stop();
  });

  test('a released lease is free for the next candidate at its next look', async () => {
    const [time, cell] = [new FakeTime(), new Cell()];
    const a = candidate('a', cell, time);
    await settle();
    const b = candidate('b', cell, time);
    await time.advance(5_000);
    await a.stop();
    await a.election.release();
    assert.equal(a.election.isLeader(), false);
    assert.equal(cell.state?.record.holder, '');
    await time.advance(2_500);
    assert.equal(b.election.isLeader(), true);
    assert.deepEqual(a.changes, [true, false]);
    await b.stop();
  });

  test('releasing what we do not hold writes nothing, and a failed release is no error', async () => {
    const [time, cell] = [new FakeTime(), new Cell()];
    const a = candidate('a', cell, time);
    await settle();
    const b = candidate('b', cell, time);
    await settle();
    const { writes } = cell;
    await b.stop();
    await b.election.release();
    assert.equal(cell.writes, writes);
    await a.stop();
    cell.isDown = true;
    await a.election.release();
    assert.equal(cell.state?.record.holder, 'a');
  });

  test('who lost a race for the lease knows it', async () => {
    const [time, cell] = [new FakeTime(), new Cell()];
    const a = candidate('a', cell, time);
    const b = candidate('b', cell, time);
    await settle();
    assert.deepEqual([a.election.isLeader(), b.election.isLeader()], [true, false]);
    assert.equal(b.election.holder, 'a');
    await a.stop();
    await b.stop();
  });
});
