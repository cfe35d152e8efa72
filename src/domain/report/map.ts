import type { FleetMember, FleetMesh } from '../fleet/mesh.ts';
import { html, type Markup } from './markup.ts';

/* The map: a block for each mesh, a cell for each member, never smaller than can be read. It grows downwards; nothing overlaps. */

const COLUMNS = 5;
const CELL = { width: 188, height: 20, gap: 4 };
const HEAD = 34;
const BLOCK_GAP = 26;
/** Characters of 11 px monospace that fit beside the mark. */
const LETTERS = 25;

export const MAP_WIDTH = COLUMNS * (CELL.width + CELL.gap) + CELL.gap;

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

function cell(member: FleetMember, at: number, top: number): Markup {
  const x = CELL.gap + (at % COLUMNS) * (CELL.width + CELL.gap);
  const y = top + Math.floor(at / COLUMNS) * (CELL.height + CELL.gap);
  const [className, sign, word] = markOf(member);
  return html`<g class="cell ${className}" data-name="${member.namespace}"><title>${member.namespace}: ${word}</title><rect x="${x}" y="${y}" width="${CELL.width}" height="${CELL.height}" rx="3"/><text x="${x + 6}" y="${y + 14}">${sign} ${shortened(member.namespace)}</text></g>
`;
}

function heightOf(mesh: FleetMesh): number {
  return HEAD + Math.ceil(mesh.members.length / COLUMNS) * (CELL.height + CELL.gap) + CELL.gap;
}

function block(mesh: FleetMesh, top: number): Markup {
  const state = mesh.isReady ? 'ready' : `not ready: ${mesh.reason}`;
  return html`<g class="mesh"><rect class="frame" x="0" y="${top}" width="${MAP_WIDTH}" height="${heightOf(mesh)}" rx="6"/><text class="name" x="10" y="${top + 22}">${mesh.namespace}/${mesh.name} ${DOT} Istio ${mesh.istioVersion === '' ? 'unknown' : mesh.istioVersion} ${DOT} ${mesh.members.length} members ${DOT} ${state}</text>
${mesh.members.map((member, at) => cell(member, at, top + HEAD))}</g>
`;
}

/** The picture of all meshes and their members. */
export function fleetMap(meshes: readonly FleetMesh[]): Markup {
  let top = 0;
  const blocks = meshes.map((mesh) => {
    const made = block(mesh, top);
    top += heightOf(mesh) + BLOCK_GAP;
    return made;
  });
  const height = Math.max(top - BLOCK_GAP, 1);
  return html`<svg class="map" role="img" aria-labelledby="map-title" viewBox="0 0 ${MAP_WIDTH} ${height}" width="${MAP_WIDTH}" height="${height}" xmlns="http://www.w3.org/2000/svg"><title id="map-title">Meshes and their members; the tables below say the same in words</title>
${blocks}</svg>`;
}
