import { SOURCES, type Row } from './matrix.ts';

/** What was found: for each row and source, whether the connection was open. */
export type Grid = readonly (readonly boolean[])[];

/** A cell that is not as written. */
export interface Mismatch {
  readonly row: Row;
  readonly source: (typeof SOURCES)[number];
  readonly isOpen: boolean;
}

/** All cells that are not as the rows say. In: the grid of exactly these rows. */
export function mismatches(rows: readonly Row[], grid: Grid): readonly Mismatch[] {
  return rows.flatMap((row, line) => SOURCES.flatMap((source, column) => {
    const isOpen = grid[line]?.[column] === true;
    return isOpen === row.open.includes(source) ? [] : [{ row, source, isOpen }];
  }));
}

/** One sentence for a person. */
export function sentence({ row, source, isOpen }: Mismatch): string {
  return `${source} → ${row.title} (port ${row.target.port}) is ${isOpen ? 'open' : 'closed'}; written: ${row.reason}`;
}

/** The table: `open`, a dot for closed, and an exclamation mark where that is not as written. */
export function tableOf(rows: readonly Row[], grid: Grid): readonly string[] {
  const title = Math.max(...rows.map((row) => row.title.length)) + 7;
  const widths = SOURCES.map((source) => Math.max(source.length, 5) + 2);
  const cells = (words: readonly string[]): string => words.map((word, column) => word.padEnd(widths[column] ?? 0)).join('');
  return [
    `${''.padEnd(title)}${cells(SOURCES)}why`,
    ...rows.map((row, line) => {
      const words = SOURCES.map((source, column) => {
        const isOpen = grid[line]?.[column] === true;
        return `${isOpen ? 'open' : '.'}${isOpen === row.open.includes(source) ? '' : '!'}`;
      });
      return `${row.title} ${row.target.port}`.padEnd(title) + cells(words) + row.reason;
    }),
  ];
}
