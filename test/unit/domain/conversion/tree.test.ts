import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apply, differences, keep, split, type Difference } from '../../../../src/domain/conversion/difference.ts';
import { get, merged, own, pathOf, pointerOf, put, same, set, without } from '../../../../src/domain/conversion/tree.ts';
import type { JsonObject } from '../../../../src/lib/json.ts';

test('reading stops at what is no map, and never finds what an object inherits', () => {
  assert.equal(get({ a: { b: 1 } }, ['a', 'b']), 1);
  assert.equal(get({ a: [1] }, ['a', '0']), undefined);
  assert.equal(get({ a: null }, ['a', 'b']), undefined);
  for (const key of ['constructor', '__proto__', 'toString']) assert.equal(own({}, key), undefined, key);
});

test('writing makes maps on the way, changes no input, and takes any key', () => {
  const before = { a: { b: 1 } };
  assert.deepEqual(set(before, ['a', 'c', 'd'], 2), { a: { b: 1, c: { d: 2 } } });
  assert.deepEqual(set({ a: 1 }, ['a', 'b'], 2), { a: { b: 2 } });
  assert.deepEqual(before, { a: { b: 1 } });
  const strange = set({}, ['__proto__', 'x'], 1);
  assert.equal(JSON.stringify(strange), '{"__proto__":{"x":1}}');
  assert.equal(get(strange, ['__proto__', 'x']), 1);
});

test('putting a map into a map merges, putting anything else replaces', () => {
  assert.deepEqual(put({ a: { b: 1 } }, ['a'], { c: 2 }), { a: { b: 1, c: 2 } });
  assert.deepEqual(put({ a: { b: 1 } }, ['a'], [2]), { a: [2] });
  assert.deepEqual(merged({ a: [1] }, { a: [2] }), { a: [2] });
  assert.equal(merged({ a: 1 }, null), null);
});

test('taking out removes maps that become empty, and leaves those that were', () => {
  assert.deepEqual(without({ a: { b: { c: 1 } }, d: {} }, ['a', 'b', 'c']), { d: {} });
  assert.deepEqual(without({ a: { b: 1, c: {} } }, ['a', 'b']), { a: { c: {} } });
  const tree = { a: 1 };
  assert.equal(without(tree, ['x', 'y']), tree);
  assert.equal(without(tree, ['a', 'b']), tree);
});

test('pointers and paths are the same thing', () => {
  for (const path of [['a'], ['a/b', 'c~d'], ['', 'x'], ['~1', '/'], ['app.kubernetes.io/name']]) assert.deepEqual(pathOf(pointerOf(path)), path);
  assert.equal(pointerOf(['a/b', 'c~d']), '/a~1b/c~0d');
  assert.equal(pathOf('a/b'), undefined);
});

test('equality does not see the order of keys, and sees null', () => {
  assert.ok(same({ a: 1, b: 2 }, { b: 2, a: 1 }));
  assert.ok(!same({ a: null }, {}));
  assert.ok(!same(undefined, null));
  assert.ok(same(undefined, undefined));
});

test('a difference is a leaf that changed, came, or went', () => {
  const noted = differences({ a: { b: 1, c: 2 }, l: [1] }, { a: { b: 1, c: 3 }, l: [1, 2], e: {} });
  assert.deepEqual(noted, [
    { path: '/a/c', converted: 2, original: 3 }, { path: '/e', original: {} }, { path: '/l', converted: [1], original: [1, 2] },
  ]);
});

test('a map that was empty and one that was not there are different', () => {
  assert.deepEqual(differences({}, { a: {} }), [{ path: '/a', original: {} }]);
  assert.deepEqual(differences({ a: {} }, { a: { b: 1 } }), [{ path: '/a', converted: {} }, { path: '/a/b', original: 1 }]);
});

test('the list of differences does not depend on the order of keys', () => {
  assert.deepEqual(differences({ a: 1, b: 2 }, { c: 1, d: 2 }), differences({ b: 2, a: 1 }, { d: 2, c: 1 }));
});

test('a difference whose place was edited since is left alone', () => {
  const noted = differences({ a: 1, b: 2 }, { a: 9, b: 9 });
  assert.deepEqual(apply({ a: 5, b: 2 }, noted, {}), { a: 5, b: 9 });
});

test('a difference whose field was edited since is left alone', () => {
  const noted: Difference[] = [{ path: '/x', original: 1, field: '/f', is: 7 }];
  assert.deepEqual(apply({}, noted, { f: 7 }), { x: 1 });
  assert.deepEqual(apply({}, noted, { f: 8 }), {});
  assert.deepEqual(apply({}, noted, {}), {});
});

test('differences are kept inside a tree and come out again', () => {
  const noted: Difference[] = [{ path: '/a', original: 1 }];
  assert.deepEqual(split(keep({ x: 1 }, ['p', 'q'], noted), ['p', 'q']), { tree: { x: 1 }, noted });
});

test('what only looks like differences is data of the user', () => {
  for (const value of [[], 'text', 3, {}, [1], [{ path: 'no-slash' }], [{ nopath: 1 }], [{ path: '/a', field: 3 }]]) {
    const tree: JsonObject = { p: value };
    assert.deepEqual(split(tree, ['p']), { tree });
  }
});
