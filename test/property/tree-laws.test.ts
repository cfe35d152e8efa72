import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Draft } from '../../src/domain/conversion/draft.ts';
import { Remainder } from '../../src/domain/conversion/remainder.ts';
import { get, put, same, set, without, type Path } from '../../src/domain/conversion/tree.ts';
import { canonicalJson } from '../../src/lib/hash.ts';
import { isJsonObject, sameJson, type Json, type JsonObject } from '../../src/lib/json.ts';

/* Trees that are written and taken from in place, beside the functions that give a new tree each time. */

const RUNS = { numRuns: 300 };
const key = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', '');
const json = fc.letrec<{ value: Json; map: JsonObject }>((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, fc.constantFrom<Json>(1, 'x', null, true), fc.array(tie('value'), { maxLength: 2 }), tie('map')),
  map: fc.array(fc.tuple(key, tie('value')), { maxLength: 3 }).map((pairs) => Object.fromEntries(pairs)),
}));
const path: fc.Arbitrary<Path> = fc.array(key, { minLength: 1, maxLength: 4 });

function assertSame(actual: Json, expected: Json): void {
  assert.equal(canonicalJson(actual), canonicalJson(expected));
}

test('a draft is what setting and putting one after the other give, and what it began with stays', () => {
  fc.assert(fc.property(json.map, fc.array(fc.tuple(fc.constantFrom('set', 'put'), path, json.value), { maxLength: 6 }), (start, writes) => {
    const before = canonicalJson([start, writes]);
    const draft = new Draft(start);
    for (const [how, at, value] of writes) draft[how === 'set' ? 'set' : 'put'](at, value);
    assertSame(draft.tree, writes.reduce((tree, [how, at, value]) => (how === 'set' ? set : put)(tree, at, value), start));
    for (const [, at] of writes) assert.ok(same(draft.get(at), get(draft.tree, at)));
    assert.equal(canonicalJson([start, writes]), before);
  }), RUNS);
});

test('a remainder is what taking out one after the other leaves, at each path and as a whole', () => {
  fc.assert(fc.property(json.map, fc.array(path, { maxLength: 6 }), path, (start, taken, asked) => {
    const before = canonicalJson(start);
    const remainder = new Remainder(start);
    for (const at of taken) remainder.take(at);
    const expected = taken.reduce(without, start);
    assertSame(remainder.tree, expected);
    assert.ok(same(remainder.get(asked), get(expected, asked)));
    assert.equal(canonicalJson(start), before);
  }), RUNS);
});

test('equality is that of canonical JSON', () => {
  fc.assert(fc.property(json.value, json.value, (a, b) => {
    assert.equal(sameJson(a, b), canonicalJson(a) === canonicalJson(b));
    const copy: Json = JSON.parse(JSON.stringify(a));
    assert.ok(sameJson(a, copy));
    if (isJsonObject(copy)) assert.ok(sameJson(a, { ...copy, absent: undefined }));
  }), RUNS);
});
