import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameError } from '../../../src/runtime/frame-decoder.ts';
import { ApiError } from '../../../src/runtime/rest.ts';
import { causeOf, WatchProgress, type EndCause } from '../../../src/runtime/watch-progress.ts';

const LIMITS = { backoff: { baseMs: 800, maxMs: 30_000 }, usefulMs: 5000, fruitlessLimit: 3, maxRetryAfterMs: 60_000 };
const progress = (): WatchProgress => new WatchProgress(LIMITS, () => 0);

/** A watch that opens, delivers, and ends. */
function usefulWatch(of: WatchProgress, cause: EndCause): number {
  of.opened(0);
  of.delivered();
  return of.ended(cause, 1).waitMs;
}

test('causes follow the status, never the text', () => {
  const api = (status: number): ApiError => new ApiError(status, '', 'resource version too old, connection reset, 410');
  const cases: readonly (readonly [unknown, boolean, EndCause])[] = [
    [api(0), false, 'unreachable'], [api(0), true, 'broken'], [api(401), false, 'unauthorized'], [api(403), false, 'unauthorized'],
    [api(404), false, 'absent'], [api(410), true, 'expired'], [api(429), false, 'throttled'], [api(500), true, 'server-error'],
    [api(504), false, 'server-error'], [api(400), false, 'rejected'], [new FrameError('cut', ''), true, 'cut'],
    [new FrameError('malformed', ''), true, 'malformed'], [new FrameError('too-long', ''), true, 'malformed'], [new TypeError('oops'), true, 'internal'],
  ];
  for (const [thrown, open, cause] of cases) assert.equal(causeOf(thrown, open), cause);
});

test('after a useful watch that ended as expected it goes on at once', () => {
  for (const cause of ['end', 'expired', 'poked'] as const) assert.equal(usefulWatch(progress(), cause), 0);
});

test('after a useful watch that broke, the back-off starts from its first step', () => {
  const steps = progress();
  assert.deepEqual([1, 2, 3].map(() => steps.ended('unreachable', 0).waitMs), [800, 1600, 3200]);
  assert.equal(usefulWatch(steps, 'broken'), 800);
});

test('a watch that opened and told nothing was not useful: the back-off goes on', () => {
  const steps = progress();
  const waits = [1, 2, 3].map(() => {
    steps.opened(0);
    return steps.ended('end', 100).waitMs;
  });
  assert.deepEqual(waits, [800, 1600, 3200]);
});

test('a silent watch that lived long was useful', () => {
  const steps = progress();
  steps.opened(1000);
  assert.deepEqual(steps.ended('end', 6000), { relist: false, waitMs: 0 });
});

test('410 and 404 lose the position', () => {
  assert.equal(progress().ended('expired', 0).relist, true);
  assert.equal(progress().ended('absent', 0).relist, true);
  assert.equal(progress().ended('broken', 0).relist, false);
});

test('a position that keeps failing is given up, also without a 410 (fabric8 kubernetes-client#7896)', () => {
  const steps = progress();
  const relists = (['end', 'malformed', 'cut'] as const).map((cause) => {
    steps.opened(0);
    return steps.ended(cause, 1).relist;
  });
  assert.deepEqual(relists, [false, false, true]);
});

test('a useful watch or a list starts the counting of failures again', () => {
  const steps = progress();
  steps.ended('server-error', 0);
  steps.ended('server-error', 0);
  usefulWatch(steps, 'end');
  assert.equal(steps.ended('server-error', 0).relist, false);
  assert.equal(steps.ended('server-error', 0).relist, false);
  steps.listed();
  assert.equal(steps.ended('server-error', 0).relist, false);
});

test('a server that is away, busy or unwilling does not cost the position', () => {
  const steps = progress();
  for (let n = 0; n < 50; n += 1) {
    for (const cause of ['unreachable', 'throttled', 'unauthorized'] as const) assert.equal(steps.ended(cause, 0).relist, false);
  }
});

test('the server may ask for a longer wait, within reason, and not for a shorter one', () => {
  assert.equal(progress().ended('throttled', 0, 5000).waitMs, 5000);
  assert.equal(progress().ended('throttled', 0, 10).waitMs, 800);
  assert.equal(progress().ended('throttled', 0, 86_400_000).waitMs, 60_000);
});

test('a list beside a watch that never works does not spin: the back-off stays through lists', () => {
  const steps = progress();
  const waits = [1, 2, 3].map(() => {
    steps.listed();
    return steps.ended('expired', 0).waitMs;
  });
  assert.deepEqual(waits, [800, 1600, 3200]);
});
