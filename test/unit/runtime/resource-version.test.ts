import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAtLeast } from '../../../src/runtime/resource-version.ts';

test('versions are compared as numbers of any size', () => {
  assert.equal(isAtLeast('10', '9'), true);
  assert.equal(isAtLeast('9', '10'), false);
  assert.equal(isAtLeast('10', '10'), true);
  assert.equal(isAtLeast('90071992547409931', '90071992547409930'), true);
  assert.equal(isAtLeast('90071992547409930', '90071992547409931'), false);
});

test('what is no number is only equal or not', () => {
  assert.equal(isAtLeast('abc', 'abc'), true);
  assert.equal(isAtLeast('abd', 'abc'), false);
  assert.equal(isAtLeast('010', '9'), false);
  assert.equal(isAtLeast(undefined, '1'), false);
});
