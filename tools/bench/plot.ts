/** Joining times by number of members. */
export interface Joined {
  readonly members: number;
  readonly seconds: number;
  readonly bareSeconds: number;
}

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

/** An SVG of time over members, operator and bare writer; readable on light and on dark ground. */
export function joiningPlot(joined: readonly Joined[]): string {
  const most = { members: Math.max(...joined.map(({ members }) => members)), seconds: roundUp(Math.max(...joined.flatMap(({ seconds, bareSeconds }) => [seconds, bareSeconds]))) };
  const x = (members: number): number => LEFT + (WIDTH - LEFT - RIGHT) * members / most.members;
  const y = (seconds: number): number => HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * seconds / most.seconds;
  const line = (pick: (point: Joined) => number, colour: string, name: string): string => {
    const points = [...joined].toSorted((a, b) => a.members - b.members).map((point) => [x(point.members), y(pick(point))] as const);
    const [endX, endY] = points.at(-1) ?? [LEFT, TOP];
    return [
      `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${points.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join(' ')}"/>`,
      ...points.map(([px, py]) => `<circle cx="${px.toFixed(1)}" cy="${py.toFixed(1)}" r="3.5" fill="${colour}"/>`),
      `<text x="${(endX - 8).toFixed(1)}" y="${(endY - 8).toFixed(1)}" text-anchor="end" fill="${colour}">${name}</text>`,
    ].join('\n');
  };
  const rows = Array.from({ length: TICKS + 1 }, (_, i) => most.seconds * i / TICKS).map((seconds) =>
    `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(seconds).toFixed(1)}" y2="${y(seconds).toFixed(1)}" stroke="#888" stroke-opacity=".3"/><text x="${LEFT - 8}" y="${(y(seconds) + 4).toFixed(1)}" text-anchor="end">${seconds}</text>`);
  const columns = joined.map(({ members }) => `<text x="${x(members).toFixed(1)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${members}</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" fill="#888" role="img" aria-label="Seconds until all members of a roll are configured, over their number">
<text x="${LEFT}" y="16">seconds until all are configured</text>
${[...rows, ...columns].join('\n')}
<text x="${WIDTH - RIGHT}" y="${HEIGHT - 8}" text-anchor="end">namespaces that join at once</text>
${line(({ bareSeconds }) => bareSeconds, '#888', 'bare writer')}
${line(({ seconds }) => seconds, '#d2691e', 'operator')}
</svg>
`;
}
