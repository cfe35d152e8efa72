import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shownFailures } from '../../../../tools/e2e/load.ts';

test('failures are told by kind: how many, and from when to when', () => {
  const failures = [{ at: 1, what: 'a: no answer' }, { at: 9.25, what: 'b: 503' }, { at: 4, what: 'a: no answer' }];
  assert.equal(shownFailures(failures), '2 × between 1.0 s and 4.0 s: a: no answer\n1 × between 9.3 s and 9.3 s: b: 503');
  assert.equal(shownFailures([]), '');
});
