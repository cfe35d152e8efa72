import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ABSENT_RECHECK_MS, asApiError, REFUSED_RECHECK_MS, verdictOf, worseVerdict, type ErrorVerdict, type WriteVerb } from '../../../src/runtime/error-verdict.ts';
import { ApiError } from '../../../src/runtime/rest.ts';

const VERBS: readonly WriteVerb[] = ['apply', 'patch', 'remove', 'mint', 'status', 'finalizer'];
const backoff: ErrorVerdict = { next: 'backoff', atLeastMs: 0 };

describe('error verdict', () => {
  test('what passes by itself backs off, whatever was being done', () => {
    for (const verb of VERBS) {
      for (const status of [0, 401, 408, 410, 429, 500, 502, 503, 504]) assert.deepEqual(verdictOf(verb, status), backoff, `${verb} ${status}`);
    }
  });

  test('a conflict backs off, except for minting, where it means "there already"', () => {
    for (const verb of VERBS) assert.deepEqual(verdictOf(verb, 409), verb === 'mint' ? { next: 'done' } : backoff, verb);
  });

  test('what will be refused again is looked at again slowly', () => {
    for (const verb of VERBS) {
      for (const status of [400, 403, 405, 413, 415, 422]) assert.deepEqual(verdictOf(verb, status), { next: 'recheck', afterMs: REFUSED_RECHECK_MS }, `${verb} ${status}`);
    }
  });

  test('not found is success for what should be gone, slow for what cannot be made, quick for an old plan', () => {
    const expected: Readonly<Record<WriteVerb, ErrorVerdict>> = {
      remove: { next: 'done' }, status: { next: 'done' }, finalizer: { next: 'done' },
      apply: { next: 'recheck', afterMs: ABSENT_RECHECK_MS }, mint: { next: 'recheck', afterMs: ABSENT_RECHECK_MS }, patch: backoff,
    };
    for (const verb of VERBS) assert.deepEqual(verdictOf(verb, 404), expected[verb], verb);
  });

  test('Retry-After is honoured', () => {
    assert.deepEqual(verdictOf('apply', 429, 7000), { next: 'backoff', atLeastMs: 7000 });
    assert.deepEqual(verdictOf('apply', 503, 2000), { next: 'backoff', atLeastMs: 2000 });
  });

  test('of two verdicts the more urgent and the more careful counts', () => {
    const done: ErrorVerdict = { next: 'done' };
    const slow: ErrorVerdict = { next: 'recheck', afterMs: 60_000 };
    const sooner: ErrorVerdict = { next: 'recheck', afterMs: 10_000 };
    const patient: ErrorVerdict = { next: 'backoff', atLeastMs: 5000 };
    const cases: readonly (readonly [ErrorVerdict, ErrorVerdict, ErrorVerdict])[] = [
      [done, done, done], [done, slow, slow], [slow, backoff, backoff], [slow, sooner, sooner], [backoff, patient, patient], [done, backoff, backoff],
    ];
    for (const [a, b, worse] of cases) {
      assert.deepEqual(worseVerdict(a, b), worse);
      assert.deepEqual(worseVerdict(b, a), worse);
    }
  });

  test('anything thrown is an API error; what is none counts as not reached', () => {
    const error = new ApiError(409, 'Conflict', 'no');
    assert.equal(asApiError(error), error);
    assert.deepEqual([asApiError(new Error('reset')).status, asApiError(new Error('reset')).message], [0, 'reset']);
    assert.equal(asApiError('text').message, 'text');
  });
});
