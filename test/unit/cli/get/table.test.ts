import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ageText, printedRows, tableText, type Column } from '../../../../src/cli/get/table.ts';
import { isColoured, progressOn } from '../../../../src/cli/terminal.ts';

const NOW = new Date('2030-01-10T00:00:00Z');
const before = (seconds: number): string => new Date(NOW.getTime() - seconds * 1000).toISOString();

test('AGE is what kubectl would say (apimachinery, duration_test.go)', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '0s'], [1, '1s'], [119, '119s'], [120, '2m'], [185, '3m5s'], [599, '9m59s'], [600, '10m'], [10_799, '179m'], [10_800, '3h'], [3 * 3600 + 60, '3h1m'], [8 * 3600, '8h'],
    [47 * 3600 + 3599, '47h'], [48 * 3600, '2d'], [50 * 3600, '2d2h'], [8 * 86_400, '8d'], [729 * 86_400, '729d'], [730 * 86_400, '2y'], [800 * 86_400, '2y70d'], [3000 * 86_400, '8y'],
  ];
  assert.deepEqual(cases.map(([seconds]) => ageText(before(seconds), NOW)), cases.map(([, text]) => text));
  assert.deepEqual([ageText(undefined, NOW), ageText('nonsense', NOW), ageText(before(-60), NOW)], ['', '', '<invalid>']);
});

interface Row { readonly name: string; readonly state: string; readonly note: string }
const columns: readonly Column<Row>[] = [
  { title: 'NAME', cell: ({ name }) => name },
  { title: 'STATE', cell: ({ state }) => state, tone: ({ state }) => (state === 'up' ? 'good' : 'bad') },
  { title: 'NOTE', cell: ({ note }) => note, isWide: true },
];
const rows: readonly Row[] = [{ name: 'long-name', state: 'up', note: '' }, { name: 'b', state: 'down', note: 'x y' }];

test('columns are as wide as their longest cell; wide ones are shown when asked for; no blanks at the end', () => {
  assert.equal(tableText(columns, rows, { isWide: false, now: NOW, isColoured: false }), 'NAME        STATE\nlong-name   up\nb           down\n');
  assert.equal(tableText(columns, rows, { isWide: true, now: NOW, isColoured: false }), 'NAME        STATE   NOTE\nlong-name   up      -\nb           down    x y\n');
});

test('colour changes no width, and json and yaml have none', () => {
  const coloured = tableText(columns, rows, { isWide: true, now: NOW, isColoured: true });
  assert.ok(coloured.includes('\u001B[32mup      \u001B[39m'), coloured);
  assert.ok(coloured.includes('\u001B[31mdown    \u001B[39m'), coloured);
  for (const output of ['json', 'yaml']) assert.ok(!printedRows(columns, rows, output, { now: NOW, isColoured: true }).includes('\u001B'));
});

test('colour and progress are for terminals, and colour only for those who want it', () => {
  const terminal = { isTTY: true };
  assert.deepEqual([isColoured(terminal, {}), isColoured({}, {}), isColoured(terminal, { NO_COLOR: '1' }), isColoured(terminal, { TERM: 'dumb' })], [true, false, false, false]);
  const written: string[] = [];
  for (const isTTY of [true, false]) progressOn({ isTTY, write: (text: string) => written.push(text) })(String(isTTY));
  assert.deepEqual(written, ['true\n']);
});
