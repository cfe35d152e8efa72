import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { KubeObject } from '../../src/k8s/object.ts';
import { isApplied } from '../../src/runtime/managed-fields.ts';

/*
 * The field set of a payload is computed here a second time, from a schema, the way the server does it
 * (structured-merge-diff, typed/tofieldset.go); the code under test has no schema and reads the set instead.
 */

type Shape =
  | { readonly is: 'scalar' }
  | { readonly is: 'atomic' }
  | { readonly is: 'map'; readonly fields: Readonly<Record<string, Shape>> }
  | { readonly is: 'set' }
  | { readonly is: 'keyed'; readonly item: Readonly<Record<string, Shape>> };

type Values = Record<string, unknown>;

const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean());
const word = fc.constantFrom('a', 'b', 'c', 'd', 'e');

/** A value together with its shape. */
interface Shaped {
  readonly value: unknown;
  readonly shape: Shape;
}

const shapedScalar: fc.Arbitrary<Shaped> = scalar.map((value) => ({ value, shape: { is: 'scalar' } }));
const shapedAtomic: fc.Arbitrary<Shaped> = fc.oneof(fc.array(scalar, { maxLength: 3 }), fc.dictionary(word, scalar, { minKeys: 1, maxKeys: 3, noNullPrototype: true }))
  .map((value) => ({ value, shape: { is: 'atomic' } }));
const shapedSet: fc.Arbitrary<Shaped> = fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 3 }).map((value) => ({ value, shape: { is: 'set' } }));

const mapOf = (entries: readonly (readonly [string, Shaped])[]): Shaped => ({
  value: Object.fromEntries(entries.map(([name, { value }]) => [name, value])),
  shape: { is: 'map', fields: Object.fromEntries(entries.map(([name, { shape }]) => [name, shape])) },
});

const shapedKeyed: fc.Arbitrary<Shaped> = fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 3 }).chain((names) =>
  fc.tuple(fc.constant(names), fc.array(scalar, { minLength: names.length, maxLength: names.length })).map(([keys, values]) => ({
    value: keys.map((name, index) => ({ name, size: values[index] })),
    shape: { is: 'keyed', item: { name: { is: 'scalar' }, size: { is: 'scalar' } } },
  })));

const shaped: fc.Arbitrary<Shaped> = fc.letrec<{ any: Shaped; map: Shaped }>((tie) => ({
  any: fc.oneof({ depthSize: 'small' }, shapedScalar, shapedAtomic, shapedSet, shapedKeyed, tie('map')),
  map: fc.uniqueArray(fc.tuple(word, tie('any')), { minLength: 1, maxLength: 4, selector: ([name]) => name }).map(mapOf),
})).map;

function fieldsOf(value: unknown, shape: Shape): Values {
  switch (shape.is) {
    case 'map': return Object.fromEntries(Object.entries(value as Values).map(([name, nested]) => [`f:${name}`, fieldsOf(nested, shape.fields[name] ?? { is: 'scalar' })]));
    case 'set': return Object.fromEntries((value as readonly unknown[]).map((item) => [`v:${JSON.stringify(item)}`, {}]));
    case 'keyed': return Object.fromEntries((value as readonly Values[]).map((item) =>
      [`k:${JSON.stringify({ name: item['name'] })}`, { '.': {}, ...Object.fromEntries(Object.keys(item).map((name) => [`f:${name}`, {}])) }]));
    default: return {};
  }
}

/** What others add where they may: more map entries, more set values, more items; never inside something atomic. */
function withOthers(value: unknown, shape: Shape): unknown {
  switch (shape.is) {
    case 'map': return { ...Object.fromEntries(Object.entries(value as Values).map(([name, nested]) => [name, withOthers(nested, shape.fields[name] ?? { is: 'scalar' })])), theirs: 'x' };
    case 'set': return ['\u0000theirs', ...(value as readonly unknown[])];
    case 'keyed': return [{ name: '\u0000theirs' }, ...(value as readonly Values[]).map((item) => ({ ...item, theirs: 1 }))];
    default: return value;
  }
}

const MANAGER = 'tmesh-law';
const payloadOf = (spec: unknown): KubeObject => ({ apiVersion: 'v1', kind: 'Thing', metadata: { name: 'x' }, spec });
const liveOf = (spec: unknown, { value, shape }: Shaped): KubeObject => ({
  ...payloadOf(spec),
  metadata: { name: 'x', uid: 'u', resourceVersion: '1', managedFields: [{ manager: MANAGER, operation: 'Apply', fieldsV1: { 'f:spec': fieldsOf(value, shape) } }] },
});

/** All payloads that differ from a value in one place. */
function variations(value: unknown): unknown[] {
  if (Array.isArray(value)) return [[...value, 'more'], ...(value.length === 0 ? [] : [value.slice(1)]), ...value.flatMap((item, index) => variations(item).map((other) => value.with(index, other)))];
  if (typeof value !== 'object' || value === null) return [typeof value === 'string' ? `${value}!` : 'other'];
  const fields = value as Values;
  return [{ ...fields, more: 'x' }, ...Object.keys(fields).flatMap((name) => {
    const { [name]: gone, ...rest } = fields;
    return [rest, ...variations(gone).map((other) => ({ ...fields, [name]: other }))];
  })];
}

describe('managed fields laws', () => {
  test('what was applied is found to be applied, whatever others added', () => {
    fc.assert(fc.property(shaped, (it) => {
      assert.equal(isApplied(payloadOf(it.value), liveOf(it.value, it), MANAGER), true);
      assert.equal(isApplied(payloadOf(it.value), liveOf(withOthers(it.value, it.shape), it), MANAGER), true);
    }), { numRuns: 500 });
  });

  test('a payload that differs in any one place is not applied', () => {
    fc.assert(fc.property(shaped, (it) => {
      for (const other of variations(it.value)) {
        assert.equal(isApplied(payloadOf(other), liveOf(withOthers(it.value, it.shape), it), MANAGER), false, JSON.stringify(other));
      }
    }), { numRuns: 500 });
  });

  test('a set that names one value twice is not applied', () => {
    const live: Shaped = { value: ['a', 'b'], shape: { is: 'set' } };
    assert.equal(isApplied(payloadOf(['a', 'b']), liveOf(live.value, live), MANAGER), true);
    assert.equal(isApplied(payloadOf(['b', 'b']), liveOf(live.value, live), MANAGER), false);
  });

  test('a live object that differs in any one place of ours is not as applied', () => {
    fc.assert(fc.property(shaped.filter(({ shape }) => shape.is === 'map'), (it) => {
      for (const name of Object.keys(it.value as Values)) {
        const { [name]: gone, ...rest } = it.value as Values;
        if (isNothing(gone)) continue;
        assert.equal(isApplied(payloadOf(it.value), liveOf(rest, it), MANAGER), false, `without ${name}`);
      }
    }), { numRuns: 300 });
  });

  test('no managedFields, however strange, make it throw', () => {
    fc.assert(fc.property(fc.jsonValue(), fc.jsonValue(), (fieldsV1, spec) => {
      const there = { ...payloadOf(spec), metadata: { name: 'x', managedFields: [{ manager: MANAGER, operation: 'Apply', fieldsV1: fieldsV1 as Values }] } };
      assert.equal(typeof isApplied(payloadOf(spec), there, MANAGER), 'boolean');
    }), { numRuns: 500 });
  });
});

/** Values that the server does not write down; their absence says nothing. */
function isNothing(value: unknown): boolean {
  return value === '' || value === 0 || value === false || value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}
