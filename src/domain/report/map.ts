import type { FleetMember, FleetMesh } from '../fleet/mesh.ts';
import { html, type Markup } from './markup.ts';

/*
 * The map: a block for each mesh, a mark for each member, never smaller than can be pointed at. Who is configured in a big mesh is a square, whose name
 * pointing shows; everybody else has his name written out, and in a small mesh all have. So five meshes of two hundred fit on a screen, and what is wrong stands out.
 */

const EDGE = 10;
const HEAD = 34;
const BLOCK_GAP = 12;
const NAMED = { width: 184, height: 22, gap: 4, columns: 6 };
const SQUARE = { side: 16, gap: 4 };
/** Characters of 11 px monospace that fit beside the mark; 7.2 px each, for fonts with whole pixels and wide ones. */
const LETTERS = 22;
/** Most members of which all names are written. */
const SMALL_MESH = 48;

export const MAP_WIDTH = 2 * EDGE + NAMED.columns * (NAMED.width + NAMED.gap) - NAMED.gap;
const SQUARES_IN_A_ROW = Math.floor((MAP_WIDTH - 2 * EDGE + SQUARE.gap) / (SQUARE.side + SQUARE.gap));

const DOT = '·';

/** Long names keep their beginning and their end: names of one team differ in either. */
export function shortened(name: string): string {
  if (name.length <= LETTERS) return name;
  const half = Math.floor((LETTERS - 1) / 2);
  return `${name.slice(0, half)}…${name.slice(name.length - (LETTERS - 1 - half))}`;
}

/** `ok`, `wait`, `bad` or `going`: a class, and a sign that tells without colours. */
function markOf({ stage, reason }: FleetMember): readonly [className: string, sign: string, word: string] {
  if (stage === 'configured') return ['ok', '●', 'configured'];
  if (stage === 'terminating') return ['going', '◌', 'leaving'];
  return reason === '' || reason === 'Configuring' ? ['wait', '◐', 'joining'] : ['bad', '✕', `not configured: ${reason}`];
}

/** A member at a place. In: what is drawn besides its title. */
function mark(member: FleetMember, { x, y, width, height }: Readonly<Record<'x' | 'y' | 'width' | 'height', number>>, isNamed: boolean): Markup {
  const [className, sign, word] = markOf(member);
  const name = isNamed ? html`<text x="${x + 6}" y="${y + 15}">${sign} ${shortened(member.namespace)}</text>` : html``;
  return html`<g class="cell ${className}" data-name="${member.namespace}"><title>${member.namespace}: ${word}</title><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="3"/>${name}</g>
`;
}

interface Parts {
  readonly named: readonly FleetMember[];
  readonly squares: readonly FleetMember[];
}

function partsOf({ members }: FleetMesh): Parts {
  if (members.length <= SMALL_MESH) return { named: members, squares: [] };
  return { named: members.filter(({ stage }) => stage !== 'configured'), squares: members.filter(({ stage }) => stage === 'configured') };
}

const namedHeight = ({ named }: Parts): number => Math.ceil(named.length / NAMED.columns) * (NAMED.height + NAMED.gap);
const squaresHeight = ({ squares }: Parts): number => Math.ceil(squares.length / SQUARES_IN_A_ROW) * (SQUARE.side + SQUARE.gap);

function heightOf(parts: Parts): number {
  return HEAD + namedHeight(parts) + squaresHeight(parts) + (parts.named.length + parts.squares.length === 0 ? 0 : EDGE - SQUARE.gap);
}

function block(mesh: FleetMesh, parts: Parts, top: number): Markup {
  const state = mesh.isReady ? 'ready' : `not ready: ${mesh.reason}`;
  const named = parts.named.map((member, at) => mark(member, {
    x: EDGE + (at % NAMED.columns) * (NAMED.width + NAMED.gap), y: top + HEAD + Math.floor(at / NAMED.columns) * (NAMED.height + NAMED.gap), width: NAMED.width, height: NAMED.height,
  }, true));
  const below = top + HEAD + namedHeight(parts);
  const squares = parts.squares.map((member, at) => mark(member, {
    x: EDGE + (at % SQUARES_IN_A_ROW) * (SQUARE.side + SQUARE.gap), y: below + Math.floor(at / SQUARES_IN_A_ROW) * (SQUARE.side + SQUARE.gap), width: SQUARE.side, height: SQUARE.side,
  }, false));
  return html`<g class="mesh"><rect class="frame" x="0.5" y="${top + 0.5}" width="${MAP_WIDTH - 1}" height="${heightOf(parts) - 1}" rx="6"/><text class="name${mesh.isReady ? '' : ' bad'}" x="${EDGE}" y="${top + 22}">${mesh.isReady ? '●' : '✕'} ${mesh.namespace}/${mesh.name} ${DOT} Istio ${mesh.istioVersion === '' ? 'unknown' : mesh.istioVersion} ${DOT} ${mesh.members.length} members ${DOT} ${state}</text>
${named}${squares}</g>
`;
}

/** The picture of all meshes and their members. */
export function fleetMap(meshes: readonly FleetMesh[]): Markup {
  let top = 0;
  const blocks = meshes.map((mesh) => {
    const parts = partsOf(mesh);
    const made = block(mesh, parts, top);
    top += heightOf(parts) + BLOCK_GAP;
    return made;
  });
  const height = Math.max(top - BLOCK_GAP, 1);
  return html`<svg class="map" role="img" aria-labelledby="map-title" viewBox="0 0 ${MAP_WIDTH} ${height}" width="${MAP_WIDTH}" height="${height}" xmlns="http://www.w3.org/2000/svg"><title id="map-title">Meshes and their members; the tables say the same in words</title>
${blocks}</svg>`;
}
