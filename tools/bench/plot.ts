/** Joining times by number of members. */
export interface Joined {
  readonly members: number;
  readonly seconds: number;
  readonly bareSeconds: number;
}

/** One line of a plot. */
export interface Series { readonly name: string; readonly colour: string; readonly points: readonly (readonly [x: number, y: number])[] }

/** Lines over one ground, with a word above for what goes up and one below for what goes right. */
export interface Panel { readonly above: string; readonly below: string; readonly series: readonly Series[] }

const WIDTH = 640;
const HEIGHT = 360;
const LEFT = 56;
const BOTTOM = 44;
const TOP = 28;
const RIGHT = 16;
const TICKS = 5;

/** The next of 1, 2, 5, 10, 20 … that is not smaller. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, Number.MIN_VALUE)));
  return power * ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10);
}

function panelAt({ above, below, series }: Panel, top: number): string {
  const points = series.flatMap((one) => one.points);
  const [mostX, mostY] = [Math.max(...points.map(([x]) => x)), roundUp(Math.max(...points.map(([, y]) => y)))];
  const x = (value: number): number => LEFT + (WIDTH - LEFT - RIGHT) * value / mostX;
  const y = (value: number): number => HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / mostY;
  const line = ({ name, colour, points: own }: Series): string => {
    const places = own.toSorted(([a], [b]) => a - b).map((point) => [x(point[0]), y(point[1])] as const);
    const [endX, endY] = places.at(-1) ?? [LEFT, TOP];
    return [
      `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${places.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join(' ')}"/>`,
      ...places.map(([px, py]) => `<circle cx="${px.toFixed(1)}" cy="${py.toFixed(1)}" r="3.5" fill="${colour}"/>`),
      `<text x="${(endX - 8).toFixed(1)}" y="${(endY - 8).toFixed(1)}" text-anchor="end" fill="${colour}">${name}</text>`,
    ].join('\n');
  };
  const rows = Array.from({ length: TICKS + 1 }, (_, i) => mostY * i / TICKS).map((value) =>
    `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}" stroke="#888" stroke-opacity=".3"/><text x="${LEFT - 8}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${Number(value.toPrecision(3))}</text>`);
  const columns = [...new Set(points.map(([value]) => value))].map((value) => `<text x="${x(value).toFixed(1)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${value}</text>`);
  return `<g transform="translate(0 ${top})">
<text x="${LEFT}" y="16">${above}</text>
${[...rows, ...columns].join('\n')}
<text x="${WIDTH - RIGHT}" y="${HEIGHT - 8}" text-anchor="end">${below}</text>
${series.map(line).join('\n')}
</g>`;
}

/** An SVG of panels one below the other; readable on light and on dark ground. In: what it shows, for readers who do not see it. */
export function plotPage(label: string, panels: readonly Panel[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT * panels.length}" font-family="sans-serif" font-size="12" fill="#888" role="img" aria-label="${label}">
${panels.map((panel, at) => panelAt(panel, HEIGHT * at)).join('\n')}
</svg>
`;
}

/** An SVG of time over members, operator and bare writer. */
export function joiningPlot(joined: readonly Joined[]): string {
  const series: readonly Series[] = [
    { name: 'bare writer', colour: '#888', points: joined.map(({ members, bareSeconds }) => [members, bareSeconds]) },
    { name: 'operator', colour: '#d2691e', points: joined.map(({ members, seconds }) => [members, seconds]) },
  ];
  return plotPage('Seconds until all members of a roll are configured, over their number', [{ above: 'seconds until all are configured', below: 'namespaces that join at once', series }]);
}
