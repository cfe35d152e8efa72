import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedTexts } from '../../../src/runtime/shared-texts.ts';

test('a copy says the same as the record, whatever its fields are called, and the record stays as it was', () => {
  const texts = new SharedTexts();
  const record = JSON.parse('{"name":"a","namespace":"b","generation":3,"labels":{"x":"y"},"__proto__":"own","missing":null}') as object;
  const before = structuredClone(record);
  const copy = texts.shareIn(record);
  assert.deepEqual(Object.entries(copy), Object.entries(before));
  assert.notEqual(copy, record);
  assert.deepEqual(Object.entries(record), Object.entries(before));
});

test('what is no text passes', () => {
  const texts = new SharedTexts();
  for (const value of [undefined, null, 3, true]) assert.equal(texts.shared(value), value);
});
