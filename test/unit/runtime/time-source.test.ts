import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pause, SYSTEM_TIME } from '../../../src/runtime/time-source.ts';
import { FakeTime, settle } from '../../support/fake-time.ts';

describe('pause', () => {
  test('ends after its time', async () => {
    const time = new FakeTime();
    let hasEnded = false;
    const note = async (): Promise<void> => {
      await pause(time, 1000, new AbortController().signal);
      hasEnded = true;
    };
    void note();
    await time.advance(999);
    assert.equal(hasEnded, false);
    await time.advance(1);
    assert.equal(hasEnded, true);
  });

  test('ends at once when aborted, before or meanwhile, and leaves no timer', async () => {
    const time = new FakeTime();
    const abort = new AbortController();
    const first = pause(time, 1000, abort.signal);
    await settle();
    abort.abort();
    await first;
    await pause(time, 1000, abort.signal);
    assert.equal(time.pending, 0);
  });
});

describe('system time', () => {
  test('goes forward, and a cancelled timer does not fire', async () => {
    const before = SYSTEM_TIME.monotonicMs();
    let fired = 0;
    const cancel = SYSTEM_TIME.after(0, () => { fired += 1; });
    cancel();
    await new Promise<void>((resolve) => {
      SYSTEM_TIME.after(1, resolve);
      // The timers of the runtime do not keep a process alive; this test must.
      setTimeout(resolve, 1000);
    });
    assert.equal(fired, 0);
    assert.ok(SYSTEM_TIME.monotonicMs() > before);
    assert.ok(SYSTEM_TIME.random() >= 0 && SYSTEM_TIME.random() < 1);
    assert.ok(SYSTEM_TIME.wallDate() instanceof Date);
  });

  test('a delay longer than a timer can hold does not fire at once', async () => {
    let fired = 0;
    const cancel = SYSTEM_TIME.after(2 ** 40, () => { fired += 1; });
    await settle();
    assert.equal(fired, 0);
    cancel();
  });
});
