import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as codec from '../../../../src/domain/conversion/codec.ts';
import type { Json } from '../../../../src/lib/json.ts';

/** v1 value, v2 value; both ways. */
const PAIRS: readonly (readonly [string, codec.Codec, Json, Json])[] = [
  ['a number', codec.numeric, 2, 2],
  ['a switch', codec.truth, false, false],
  ['the opposite of a switch', codec.inverted, true, false],
  ['percent and its hundredths', codec.percent, 100, 10_000],
  ['a small percentage', codec.percent, 0.01, 1],
  ['a list with commas', codec.commaList, 'a,b', ['a', 'b']],
  ['an empty list', codec.commaList, '', []],
  ['numbers with commas', codec.commaNumbers, '80,443', [80, 443]],
  ['log levels', codec.levels, 'a:debug,b:warn', { a: 'debug', b: 'warn' }],
  ['a word for a word', codec.words({ istiod: 'Istiod' }), 'istiod', 'Istiod'],
  ['a switch for a word', codec.words({ true: 'CNI', false: 'InitContainer' }), true, 'CNI'],
  ['names of Secrets', codec.secretNames, ['a', 'b'], [{ name: 'a' }, { name: 'b' }]],
  ['texts', codec.textMap, { a: '1' }, { a: '1' }],
];

for (const [title, { toV1, toV2 }, v1, v2] of PAIRS) {
  test(`${title} goes there and back`, () => {
    assert.deepEqual(toV2(v1), v2);
    assert.deepEqual(toV1(v2), v1);
  });
}

test('v1 may have numbers and switches in quotes, and scalars where v2 wants texts', () => {
  assert.equal(codec.numeric.toV2('1.5'), 1.5);
  assert.equal(codec.truth.toV2('true'), true);
  assert.equal(codec.percent.toV2('50'), 5000);
  assert.deepEqual(codec.commaList.toV2(80), ['80']);
  assert.deepEqual(codec.commaList.toV2('a, b'), ['a', 'b']);
  assert.deepEqual(codec.textMap.toV2({ a: 1, b: true, c: 'x', d: [1] }), { a: '1', b: 'true', c: 'x', d: [1] });
  assert.equal(codec.words({ true: 'CNI' }).toV2('true'), 'CNI');
});

test('what cannot be said over there is not said', () => {
  assert.equal(codec.numeric.toV2('two'), undefined);
  assert.equal(codec.numeric.toV2(''), undefined);
  assert.equal(codec.truth.toV2('yes'), undefined);
  assert.equal(codec.truth.toV2(null), undefined);
  assert.equal(codec.percent.toV2({}), undefined);
  assert.equal(codec.commaList.toV1(['a,b']), undefined);
  assert.equal(codec.commaList.toV1([{}]), undefined);
  assert.equal(codec.levels.toV2('a'), undefined);
  assert.equal(codec.levels.toV1({ 'a:b': 'x' }), undefined);
  assert.equal(codec.levels.toV1({ a: {} }), undefined);
  assert.equal(codec.secretNames.toV1([{ name: 'a', x: 1 }]), undefined);
  assert.equal(codec.words({ a: 'b' }).toV2('c'), undefined);
  assert.equal(codec.words({ a: 'b' }).toV1('c'), undefined);
  assert.equal(codec.textMap.toV2([]), undefined);
});

test('log levels are written in the order of their names, whatever the order of keys', () => {
  assert.equal(codec.levels.toV1({ b: 'warn', a: 'debug' }), codec.levels.toV1({ a: 'debug', b: 'warn' }));
});
