import type { FleetMember, FleetMesh, FleetRoute } from '../fleet/mesh.ts';
import { fleetMap } from './map.ts';
import { html, NO_MARKUP, type Markup } from './markup.ts';
import { needsAttention, type Report } from './model.ts';
import { SCRIPT, STYLE } from './style.ts';

/** A table with a caption, for eyes and for screen readers. Rows are given as cells; `attention` marks those somebody has to look at. */
interface Table {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly { readonly cells: readonly (string | number | Markup)[]; readonly attention: boolean }[];
}

function table({ id, title, caption, head, rows }: Table): Markup {
  const body = rows.map(({ cells: [first = '', ...rest], attention }) => html`<tr${attention ? ATTENTION : NO_MARKUP}><th scope="row">${first}</th>${rest.map((value) => html`<td>${value}</td>`)}</tr>
`);
  const content = rows.length === 0 ? html`<p class="soft">None.</p>` : html`<div class="wide" tabindex="0" role="region" aria-labelledby="${id}-h"><table><caption>${caption}</caption><thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>
${body}</tbody></table></div>`;
  return html`<section id="${id}"><h2 id="${id}-h">${title} (${rows.length})</h2>${content}</section>
`;
}

const MAP_LEGEND = '● configured, ◐ joining, ✕ not configured, ◌ leaving. In meshes of many members those that are configured are squares.';

const ATTENTION: Markup = { markup: ' data-attention' };

const state = (className: 'ok' | 'wait' | 'bad' | 'going', sign: string, word: string): Markup => html`<span class="state ${className}">${sign} ${word}</span>`;

function memberState({ stage, reason }: FleetMember): Markup {
  if (stage === 'configured') return state('ok', '●', 'configured');
  if (stage === 'terminating') return state('going', '◌', 'leaving');
  return reason === '' || reason === 'Configuring' ? state('wait', '◐', 'joining') : state('bad', '✕', reason);
}

function routeState({ admitted, reason }: FleetRoute): Markup {
  if (admitted === 'True') return state('ok', '●', 'admitted');
  return admitted === 'False' ? state('bad', '✕', reason === '' ? 'refused' : reason) : state('wait', '◐', 'pending');
}

/** What there is of each; '' for a mesh without Routes. */
function routeCounts({ routeCounts: counts }: FleetMesh): string {
  return (['admitted', 'refused', 'pending'] as const).filter((word) => counts[word] > 0).map((word) => `${counts[word]} ${word}`).join(', ');
}

function meshTable(meshes: readonly FleetMesh[]): Table {
  return {
    id: 'meshes', title: 'Meshes', caption: 'Control planes, their version and how ready they are', head: ['Mesh', 'State', 'Istio', 'Components', 'Members', 'Routes', 'Message'],
    rows: meshes.map((mesh) => ({
      attention: needsAttention(mesh),
      cells: [`${mesh.namespace}/${mesh.name}`, mesh.isReady ? state('ok', '●', 'ready') : state('bad', '✕', mesh.reason), mesh.istioVersion, mesh.components,
        `${mesh.members.filter(({ stage }) => stage === 'configured').length}/${mesh.members.length}`, routeCounts(mesh), mesh.isReady ? '' : mesh.message],
    })),
  };
}

/** What has to be looked at first; the thousand rows of members are the last. */
function tables({ meshes, gateways, conflicts, repairs }: Report): readonly Table[] {
  const members = meshes.flatMap((mesh) => mesh.members.map((member) => ({ mesh, member })));
  return [
    {
      id: 'conflicts', title: 'Conflicts', caption: 'Things that two parties want', head: ['Where', 'Reason', 'Message'],
      rows: conflicts.map(({ where, reason, message }) => ({ attention: true, cells: [where, reason, message] })),
    },
    {
      id: 'gateways', title: 'Gateways', caption: 'Deployments of gateways and their pods', head: ['Gateway', 'Mesh', 'Pods ready'],
      rows: gateways.map(({ namespace, name, mesh, ready, wanted }) => ({ attention: ready < wanted, cells: [`${namespace}/${name}`, mesh, ready < wanted ? state('bad', '✕', `${ready}/${wanted}`) : state('ok', '●', `${ready}/${wanted}`)] })),
    },
    {
      id: 'routes', title: 'Routes', caption: 'Hosts of Gateways and what the router says', head: ['Host', 'Gateway', 'Route', 'State', 'Message'],
      rows: meshes.flatMap(({ routes }) => routes).map((route) => ({ attention: route.admitted === 'False', cells: [route.host === '' ? '(none)' : route.host, route.gateway, route.route, routeState(route), route.message] })),
    },
    {
      id: 'repairs', title: 'Put right', caption: 'Fields that somebody changed and the operator put right, as far as Events are kept', head: ['Object', 'What happened', 'Times', 'Last'],
      rows: repairs.map(({ object, message, times, last }) => ({ attention: false, cells: [object, message, times, last] })),
    },
    {
      id: 'members', title: 'Members', caption: 'Namespaces that are in a mesh or want to be', head: ['Namespace', 'Mesh', 'State', 'Message'],
      rows: members.map(({ mesh, member }) => ({ attention: member.reason !== '', cells: [member.namespace, `${mesh.namespace}/${mesh.name}`, memberState(member), member.message] })),
    },
  ];
}

function cards({ meshes, conflicts }: Report): Markup {
  const members = meshes.flatMap((mesh) => mesh.members);
  const unready = meshes.filter(({ isReady }) => !isReady).length;
  const figures: readonly (readonly [number, string, ('bad' | 'wait')?])[] = [
    [meshes.length, 'meshes'], [unready, 'not ready', 'bad'], [members.filter(({ stage }) => stage === 'configured').length, 'members configured'],
    [members.filter(({ stage }) => stage === 'pending').length, 'members waiting', 'wait'], [meshes.reduce((sum, mesh) => sum + mesh.routeCounts.refused, 0), 'hosts refused', 'bad'], [conflicts.length, 'conflicts', 'bad'],
  ];
  return html`<ul class="cards">${figures.map(([value, word, className = '']) => html`<li class="${value > 0 ? className : ''}"><strong>${value}</strong>${word}</li>`)}</ul>`;
}

function contents(all: readonly Table[]): Markup {
  return html`<nav aria-label="On this page">${all.map(({ id, title, rows }) => html`<a href="#${id}">${title} (${rows.length})</a>`)}</nav>`;
}

const RAW_STYLE: Markup = { markup: STYLE };
const RAW_SCRIPT: Markup = { markup: SCRIPT };

/** The whole page: one file, no request to anywhere (its own policy forbids them), readable without a script, printed and in the dark. */
export function reportPage(report: Report): string {
  const [first, others] = [meshTable(report.meshes), tables(report)];
  const gaps = report.gaps.length === 0 ? NO_MARKUP : html`<section id="gaps"><h2>Could not be read</h2><ul>${report.gaps.map((gap) => html`<li>${gap}</li>`)}</ul></section>`;
  return `${html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${report.title}</title>
<style>${RAW_STYLE}</style>
</head>
<body>
<a class="skip" href="#meshes">To the tables</a>
<header><h1>${report.title}</h1><p class="soft">As of ${report.readAt}</p>${contents([first, ...others])}</header>
<main>
${cards(report)}
<form class="tools" role="search" hidden><label for="words">Filter</label><input id="words" type="search" placeholder="namespace, host, reason"><label><input id="only" type="checkbox"> Only what needs somebody</label><span id="count" role="status" aria-live="polite"></span></form>
${table(first)}<section id="map"><h2>Map</h2><p class="soft">${MAP_LEGEND}<span id="hint" hidden> Point at a member for its name; click it for its row.</span></p><div class="wide" tabindex="0" role="region" aria-label="Map of meshes">${fleetMap(report.meshes)}</div></section>
${others.map(table)}${gaps}</main>
<script>${RAW_SCRIPT}</script>
</body>
</html>`.markup}
`;
}
