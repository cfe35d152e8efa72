import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson, fingerprint, sha256Hex } from '../../../src/lib/hash.ts';
import { sameJson, valueAt, type JsonObject } from '../../../src/lib/json.ts';
import { deepMerge } from '../../../src/lib/merge.ts';
import { messageOf } from '../../../src/lib/result.ts';
import { compareText, sortedBy, sortedUnique } from '../../../src/lib/sort.ts';

const json = fc.jsonValue();
const object = fc.dictionary(fc.string(), fc.jsonValue()) as fc.Arbitrary<JsonObject>;

test('a later value wins in a merge, maps merge, lists are replaced whole', () => {
  assert.deepEqual(deepMerge({ a: { b: 1, c: [1, 2] }, d: 4 }, { a: { c: [3] }, d: null }), { a: { b: 1, c: [3] }, d: null });
});

test('an undefined value in a merge changes nothing', () => {
  assert.deepEqual(deepMerge({ a: 1 }, { a: undefined }), { a: 1 });
});

test('merging with an empty object, or with itself, gives the same object', () => {
  fc.assert(fc.property(object, (value) => {
    assert.ok(sameJson(deepMerge(value, {}), value));
    assert.ok(sameJson(deepMerge({}, value), value));
    assert.ok(sameJson(deepMerge(value, value), value));
  }));
});

test('merging is associative', () => {
  fc.assert(fc.property(object, object, object, (a, b, c) => {
    assert.ok(sameJson(deepMerge(deepMerge(a, b), c), deepMerge(a, deepMerge(b, c))) || hasShapeChange(a, b, c));
  }));
});

/** A map replaced by a scalar and then by a map again is the one case in which the order of merging shows. */
function hasShapeChange(...values: readonly JsonObject[]): boolean {
  const kinds = new Map<string, Set<boolean>>();
  const visit = (value: unknown, path: string): void => {
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
    kinds.set(path, (kinds.get(path) ?? new Set()).add(isMap));
    if (isMap) for (const [key, nested] of Object.entries(value)) visit(nested, `${path}/${key}`);
  };
  values.forEach((value) => visit(value, ''));
  return [...kinds.values()].some((seen) => seen.size > 1);
}

test('equality does not see key order or undefined keys, and sees everything else', () => {
  assert.ok(sameJson({ a: 1, b: undefined }, { a: 1 }));
  assert.ok(sameJson({ a: 1, b: 2 }, { b: 2, a: 1 }));
  assert.ok(!sameJson([1, 2], [2, 1]));
  assert.ok(!sameJson({ a: null }, {}));
  fc.assert(fc.property(json, (value) => sameJson(value, structuredClone(value))));
});

test('a fingerprint depends on the value, not on key order', () => {
  assert.equal(fingerprint({ a: 1, b: { c: 2, d: 3 } }), fingerprint({ b: { d: 3, c: 2 }, a: 1 }));
  assert.notEqual(fingerprint({ a: 1 }), fingerprint({ a: 2 }));
  fc.assert(fc.property(json, json, (a, b) => (canonicalJson(a) === canonicalJson(b)) === (fingerprint(a) === fingerprint(b))));
});

test('hashes are the known SHA-256 values', () => {
  assert.equal(sha256Hex('*', 16), '684888c0ebb17f37');
  assert.equal(sha256Hex('one.org', 16), '2316a6b13ebc9ad8');
  assert.equal(sha256Hex('').length, 64);
});

test('valueAt walks objects and stops at anything else', () => {
  assert.equal(valueAt({ a: { b: 3 } }, 'a', 'b'), 3);
  assert.equal(valueAt({ a: [1] }, 'a', '0'), undefined);
  assert.equal(valueAt(null, 'a'), undefined);
  assert.deepEqual(valueAt({ a: 1 }), { a: 1 });
});

test('texts sort by code unit, without duplicates', () => {
  assert.deepEqual(sortedUnique(['b', 'a', 'B', 'a']), ['B', 'a', 'b']);
  assert.equal(compareText('a', 'a'), 0);
  assert.deepEqual(sortedBy([{ n: 'z' }, { n: 'a' }], (value) => value.n), [{ n: 'a' }, { n: 'z' }]);
});

test('anything thrown has a message', () => {
  assert.equal(messageOf(new Error('boom')), 'boom');
  assert.equal(messageOf('plain'), 'plain');
});
