import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineSplitter } from '../../../src/scoped-api/line-splitter.ts';
import { ListFault, ListSplitter, type ListEnvelope } from '../../../src/scoped-api/list-splitter.ts';

function chunksOf(bytes: Buffer, cuts: readonly number[]): readonly Buffer[] {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end));
}

function split(text: string, cuts: readonly number[] = []): { items: unknown[]; envelope: ListEnvelope } {
  const splitter = new ListSplitter();
  const items = chunksOf(Buffer.from(text), cuts).flatMap((chunk) => [...splitter.push(chunk)].map((item) => JSON.parse(item.toString('utf8')) as unknown));
  return { items, envelope: splitter.end() };
}

const cuts = fc.array(fc.nat(5000), { maxLength: 12 });
const hostile = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('"items":[{', '\\"}],"metadata":{', ']}', '\\', '{"items":['));
const item = fc.record({ metadata: fc.dictionary(hostile, hostile), items: fc.array(fc.oneof(fc.constant({}), hostile, fc.constant([[]]))) });

test('however a list is cut into chunks, its items are the same, whatever is written in them', () => {
  fc.assert(fc.property(fc.array(item), hostile, fc.boolean(), fc.boolean(), cuts, (items, note, isMetadataFirst, isIndented, places) => {
    const metadata = { note, resourceVersion: '42', continue: 'next' };
    const list = isMetadataFirst ? { kind: 'PodList', metadata, items } : { note, items, kind: 'PodList', metadata };
    const found = split(JSON.stringify(list, undefined, isIndented ? 2 : 0), places);
    assert.deepEqual(found, { items: JSON.parse(JSON.stringify(items)) as unknown[], envelope: { revision: '42', next: 'next' } });
  }));
});

test('a list without items, or with null for them, has none', () => {
  for (const text of ['{"metadata":{"resourceVersion":"7"},"items":null}', '{"metadata":{"resourceVersion":"7"},"items":[]}', '{"metadata":{"resourceVersion":"7"}}']) {
    assert.deepEqual(split(text), { items: [], envelope: { revision: '7', next: '' } });
  }
});

test('what broke off or is no list is a fault, not a shorter list', () => {
  for (const text of ['', '{"metadata":{"resourceVersion":"7"},"items":[{"a":1}', '{"items":[]}', 'not JSON', '{"metadata":{"resourceVersion":"7"},"items":[{"a":1}']) {
    assert.throws(() => split(text), ListFault, text);
  }
});

test('however a watch is cut into chunks, its lines are the same', () => {
  fc.assert(fc.property(fc.array(hostile.map((text) => JSON.stringify(text))), cuts, (lines, places) => {
    const splitter = new LineSplitter();
    const found = chunksOf(Buffer.from(lines.map((line) => `${line}\n`).join('')), places).flatMap((chunk) => [...splitter.push(chunk)].map(String));
    assert.deepEqual(found, lines);
  }));
});
