import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Positions, type Position } from '../../../src/scoped-api/positions.ts';

const position = (revision: string, view: readonly string[], gathered?: readonly (readonly [string, string])[]): Position =>
  ({ revision, view: new Set(view), touchedMs: 0, ...(gathered === undefined ? {} : { gathered: new Map(gathered.map(([name, at]) => [name, { revision: at, names: new Set<string>() }])) }) });

function holding(...held: readonly Position[]): Positions {
  const positions = new Positions(() => 0);
  for (const one of held) positions.add('q', one);
  return positions;
}

test('a client goes on from where it was, once, with the namespaces it has seen', () => {
  const positions = holding(position('7', ['a', 'b']));
  assert.equal(positions.take('other', '7'), undefined);
  assert.equal(positions.take('q', '8'), undefined);
  assert.deepEqual(positions.take('q', '7')?.view, new Set(['a', 'b']));
  assert.equal(positions.take('q', '7'), undefined);
});

test('a live watch moves its position on', () => {
  const live = position('7', ['a']);
  const positions = holding(live);
  live.revision = '9';
  assert.equal(positions.take('q', '7'), undefined);
  assert.equal(positions.take('q', '9')?.revision, '9');
});

test('two positions of one resource version that differ are no place to go on from', () => {
  assert.equal(holding(position('7', ['a']), position('7', ['a', 'b'])).take('q', '7'), undefined);
  assert.equal(holding(position('7', ['a'], [['a', '6']]), position('7', ['a'], [['a', '7']])).take('q', '7'), undefined);
  assert.equal(holding(position('7', ['a']), position('7', ['a'])).take('q', '7')?.revision, '7');
});

test('taking one ends all older ones of its query: what the client holds has moved on from them', () => {
  const positions = holding(position('5', ['a']), position('7', ['a']));
  positions.take('q', '7');
  assert.equal(positions.take('q', '5'), undefined);
});

test('nobody comes back to where a watch still is; once it is over, its client does', () => {
  const positions = new Positions(() => 0);
  const close = positions.open('q', position('7', ['a']));
  assert.equal(positions.take('q', '7'), undefined);
  close();
  assert.equal(positions.take('q', '7')?.revision, '7');
});

test('of two informers with equal queries none goes on from where a watch was left: it may be the other one\'s; from a list, each does', () => {
  let now = 0;
  const positions = new Positions(() => now);
  const first = position('7', ['a']);
  const closeFirst = positions.open('q', first);
  positions.add('q', position('7', ['a']));
  const second = positions.take('q', '7');
  assert.ok(second !== undefined, 'the list, though a watch is there');
  const closeSecond = positions.open('q', second);
  closeFirst();
  second.revision = '9';
  second.view = new Set(['a', 'b']);
  closeSecond();
  assert.equal(positions.take('q', '9'), undefined, 'who held only a may have been cut off there');
  positions.add('q', position('8', ['a', 'b']));
  assert.deepEqual(positions.take('q', '8')?.view, new Set(['a', 'b']));
  now = 11 * 60_000;
  const third = position('20', ['a']);
  third.touchedMs = now;
  positions.open('q', third)();
  assert.equal(positions.take('q', '20')?.revision, '20', 'the other one has long been gone');
});

test('it forgets after ten minutes, and holds a bounded number', () => {
  let now = 0;
  const positions = new Positions(() => now);
  positions.add('q', position('7', []));
  now = 11 * 60_000;
  assert.equal(positions.take('q', '7'), undefined);
  for (let i = 0; i < 25_000; i += 1) positions.add(`q${i}`, position('1', []));
  assert.equal(positions.size, 20_000);
});
