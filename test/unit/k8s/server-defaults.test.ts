import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isKnownDefault, isOmittedWhenWritten, quantityValue, sameScalar } from '../../../src/k8s/server-defaults.ts';

const at = (name: string, above = ''): { readonly name: string; readonly above: string } => ({ name, above });

describe('quantities', () => {
  const equal: readonly (readonly [unknown, unknown])[] = [
    ['1000m', '1'], ['1', 1], ['1024Mi', '1Gi'], ['0.5', '500m'], ['1e3', '1k'], ['1E', '1000P'], ['2048Ki', '2Mi'], [0.1, '100m'], ['+5', '5'], ['1.5Gi', '1536Mi'], ['.5', '500m'], ['0', '0m'],
  ];
  for (const [a, b] of equal) test(`${String(a)} is ${String(b)}`, () => assert.equal(quantityValue(a), quantityValue(b)));

  test('different amounts are different', () => {
    assert.notEqual(quantityValue('1'), quantityValue('1m'));
    assert.notEqual(quantityValue('1M'), quantityValue('1Mi'));
    assert.notEqual(quantityValue('-1'), quantityValue('1'));
  });

  test('what is no quantity has no value', () => {
    for (const text of ['', 'abc', '1 Gi', '1GiB', 'Mi', null, {}, [], true, '1e', '9'.repeat(30), '1e999', '.', '--1']) assert.equal(quantityValue(text), undefined, JSON.stringify(text));
  });
});

describe('scalars', () => {
  test('a quantity is compared by its amount where one is expected', () => {
    assert.equal(sameScalar('1000m', '1', at('cpu', 'limits')), true);
    assert.equal(sameScalar('1024Mi', '1Gi', at('sizeLimit')), true);
    assert.equal(sameScalar('1000m', '2', at('cpu', 'requests')), false);
  });

  test('elsewhere the text counts', () => {
    assert.equal(sameScalar('1000m', '1', at('note', 'annotations')), false);
    assert.equal(sameScalar('a', 'a', at('note', 'annotations')), true);
    assert.equal(sameScalar('80', 80, at('port')), false);
  });
});

test('defaults are known by name and value', () => {
  assert.equal(isKnownDefault('protocol', 'TCP'), true);
  assert.equal(isKnownDefault('protocol', 'UDP'), false);
  assert.equal(isKnownDefault('toString', undefined), false);
});

test('the server leaves out what is nothing', () => {
  for (const value of ['', 0, false, null, {}, []]) assert.equal(isOmittedWhenWritten(value), true, JSON.stringify(value));
  for (const value of ['a', 1, true, { a: 1 }, [0]]) assert.equal(isOmittedWhenWritten(value), false, JSON.stringify(value));
});
