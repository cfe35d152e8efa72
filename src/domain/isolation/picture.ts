import { sortedUnique } from '../../lib/sort.ts';
import { html, type Markup } from '../report/markup.ts';
import { isApart, type Reach } from './matrix.ts';

const CELL = 150;
const HEAD = 190;
const ROW = 46;
const COLOURS = { apart: '#2e7d32', reach: '#c62828' } as const;

function cell(reach: Reach | undefined, x: number, y: number): Markup {
  if (reach === undefined) return html`<rect x="${x}" y="${y}" width="${CELL - 4}" height="${ROW - 4}" fill="#9e9e9e" opacity="0.25"/>`;
  const words = isApart(reach) ? ['apart'] : [reach.api === 'nothing' ? '' : `reads ${reach.api}`, reach.root === 'shared' ? 'same root' : '', reach.policy === 'open' ? 'pods get in' : ''].filter((word) => word !== '');
  const title = `${reach.from} → ${reach.to}: ${[`API ${reach.api}`, `config ${reach.config}`, ...(reach.root === '' ? [] : [`root ${reach.root}`]), ...(reach.policy === '' ? [] : [`policy ${reach.policy}`]), ...reach.why].join('; ')}`;
  return html`<g><title>${title}</title><rect x="${x}" y="${y}" width="${CELL - 4}" height="${ROW - 4}" fill="${isApart(reach) ? COLOURS.apart : COLOURS.reach}"/><text x="${x + 8}" y="${y + 26}" fill="#fff">${words.join(', ') || 'not shown'}</text></g>`;
}

/** The matrix as an SVG: rows reach, columns are reached. Each cell has its reasons as a title. */
export function isolationPicture(matrix: readonly Reach[]): string {
  const rows = sortedUnique(matrix.map(({ from }) => from));
  const columns = [...rows, ...sortedUnique(matrix.map(({ to }) => to)).filter((to) => !rows.includes(to))];
  const [width, height] = [HEAD + columns.length * CELL, (rows.length + 1) * ROW];
  const heads = columns.map((column, at) => html`<text x="${HEAD + at * CELL}" y="26" fill="currentColor">${column.slice(0, 20)}</text>`);
  const lines = rows.map((row, line) => {
    const y = (line + 1) * ROW;
    const cells = columns.map((column, at) => cell(matrix.find(({ from, to }) => from === row && to === column), HEAD + at * CELL, y));
    return html`<text x="0" y="${y + 26}" fill="currentColor">${row.slice(0, 26)}</text>${cells}`;
  });
  return html`<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="Which mesh reaches which" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13">${heads}${lines}</svg>
`.markup;
}
