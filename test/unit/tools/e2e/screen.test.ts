import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { Checks, type Look } from '../../../../tools/e2e/screen.ts';

/** Plays looks in order, the last one for ever; gives what was printed. */
async function played(looks: readonly Look[], limitMs: number, times?: number): Promise<{ readonly checks: Checks; readonly asked: number; readonly printed: string }> {
  let asked = 0;
  let printed = '';
  const write = mock.method(process.stdout, 'write', (text: string) => {
    printed += text;
    return true;
  });
  const checks = new Checks();
  try {
    await checks.holds('it', () => {
      const look = looks[Math.min(asked, looks.length - 1)];
      asked += 1;
      return look === undefined ? Promise.reject(new Error('no answer')) : Promise.resolve(look);
    }, { limitMs, ...(times === undefined ? {} : { times }) });
  } finally {
    write.mock.restore();
  }
  return { checks, asked, printed };
}

const good: Look = { isGood: true, seen: 'good' };
const bad: Look = { isGood: false, seen: 'bad' };

describe('a check of the e2e', () => {
  it('wants to hold three times in a row', async () => {
    const { checks, asked } = await played([good, good, bad, good, good, good], 10_000);
    assert.equal(asked, 6);
    assert.deepEqual([checks.passed, checks.failures], [1, []]);
  });

  it('fails with what was seen last when its time is over', async () => {
    const { checks, printed } = await played([good, bad], 500);
    assert.deepEqual([checks.passed, checks.failures], [0, ['it']]);
    assert.match(printed, /FAILED {2}it\n\s+last seen: bad/);
  });

  it('counts an error as something seen', async () => {
    const { printed } = await played([], 0);
    assert.match(printed, /last seen: no answer/);
  });

  it('is content with once where that is asked for', async () => {
    assert.equal((await played([good], 0, 1)).asked, 1);
  });
});
