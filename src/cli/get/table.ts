import { styleText } from 'node:util';
import { stringify } from 'yaml';

/** How a cell is to be read: shown as a colour on a terminal. */
export type Tone = 'good' | 'bad' | 'waiting';

/** One column of a table. */
export interface Column<Row> {
  readonly title: string;
  /** '' is shown as `-`. */
  readonly cell: (row: Row, now: Date) => string;
  /** Only with `-o wide`. */
  readonly isWide?: true;
  readonly tone?: (row: Row) => Tone;
}

/** How to print. */
export interface Printing {
  readonly isWide: boolean;
  readonly now: Date;
  readonly isColoured: boolean;
}

const COLOURS = { good: 'green', bad: 'red', waiting: 'yellow' } as const;
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** Steps of kubectl's AGE (apimachinery, util/duration HumanDuration): up to a limit, this unit and, with `rest`, the next smaller one. */
const AGE_STEPS: readonly { readonly below: number; readonly unit: readonly [number, string]; readonly rest?: readonly [number, string] }[] = [
  { below: 2 * MINUTE, unit: [1, 's'] },
  { below: 10 * MINUTE, unit: [MINUTE, 'm'], rest: [1, 's'] },
  { below: 3 * HOUR, unit: [MINUTE, 'm'] },
  { below: 8 * HOUR, unit: [HOUR, 'h'], rest: [MINUTE, 'm'] },
  { below: 2 * DAY, unit: [HOUR, 'h'] },
  { below: 8 * DAY, unit: [DAY, 'd'], rest: [HOUR, 'h'] },
  { below: 2 * YEAR, unit: [DAY, 'd'] },
  { below: 8 * YEAR, unit: [YEAR, 'y'], rest: [DAY, 'd'] },
  { below: Infinity, unit: [YEAR, 'y'] },
];

/** Time since a timestamp as kubectl shows it; '' for none, `<invalid>` for one that lies ahead. */
export function ageText(timestamp: string | undefined, now: Date): string {
  const seconds = timestamp === undefined ? NaN : Math.floor((now.getTime() - Date.parse(timestamp)) / 1000);
  if (Number.isNaN(seconds)) return '';
  if (seconds < -1) return '<invalid>';
  const step = AGE_STEPS.find(({ below }) => seconds < below);
  if (step === undefined) return '';
  const [size, letter] = step.unit;
  const whole = Math.floor(Math.max(0, seconds) / size);
  const rest = step.rest === undefined ? 0 : Math.floor((seconds - whole * size) / step.rest[0]);
  return `${whole}${letter}${rest === 0 ? '' : `${rest}${step.rest?.[1] ?? ''}`}`;
}

function painted(text: string, tone: Tone | undefined): string {
  // The stream was asked before: isColoured.
  return tone === undefined ? text : styleText(COLOURS[tone], text, { validateStream: false });
}

/** Rows under their titles, as `kubectl get` would print them. */
export function tableText<Row>(columns: readonly Column<Row>[], rows: readonly Row[], { isWide, now, isColoured }: Printing): string {
  const shown = columns.filter((column) => isWide || column.isWide === undefined);
  const cells = rows.map((row) => shown.map((column) => column.cell(row, now) || '-'));
  const widths = shown.map(({ title }, at) => Math.max(title.length, ...cells.map((line) => line[at]?.length ?? 0)));
  const padded = (text: string, at: number): string => (at === shown.length - 1 ? text : text.padEnd((widths[at] ?? 0) + 3));
  const head = shown.map(({ title }, at) => padded(title, at)).join('');
  const lines = rows.map((row, line) => shown.map((column, at) => {
    const text = padded(cells[line]?.[at] ?? '', at);
    return isColoured ? painted(text, column.tone?.(row)) : text;
  }).join(''));
  return [head, ...lines].map((line) => `${line.trimEnd()}\n`).join('');
}

/** The rows in one of the formats of `-o`; json and yaml are the rows themselves. */
export function printedRows<Row>(columns: readonly Column<Row>[], rows: readonly Row[], output: string, how: Omit<Printing, 'isWide'>): string {
  if (output === 'json') return `${JSON.stringify(rows, undefined, 2)}\n`;
  return output === 'yaml' ? stringify(rows, { lineWidth: 0 }) : tableText(columns, rows, { ...how, isWide: output === 'wide' });
}
