import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fleetMap, MAP_WIDTH, shortened } from '../../../../src/domain/report/map.ts';
import { escaped, html } from '../../../../src/domain/report/markup.ts';
import { needsAttention, reportOf, type ReportObjects } from '../../../../src/domain/report/model.ts';
import { reportPage } from '../../../../src/domain/report/page.ts';
import { STYLE } from '../../../../src/domain/report/style.ts';
import { smcp, smmr } from '../../../build/mesh-objects.ts';

const TOLD = { title: 'Meshes of a cluster', readAt: '2030-01-01 12:00 UTC', gaps: ['/api/v1/events: forbidden'] };
const HOSTILE = '"><script>alert(1)</script>\u0007&';
const condition = (type: string, status: string, reason: string, message = 'm'): object => ({ type, status, reason, message, lastTransitionTime: '2030-01-01T00:00:00Z' });
const names = (mesh: number, count: number): string[] => Array.from({ length: count }, (_, at) => `team-${String(at).padStart(3, '0')}-with-a-rather-long-name-in-mesh-${mesh}`);

function big(meshes: number, members: number): ReportObjects {
  const ids = Array.from({ length: meshes }, (_, id) => id);
  return {
    controlPlanes: ids.map((id) => ({
      ...smcp(`mesh-${id}`),
      status: {
        chartVersion: '1.31.1', annotations: { readyComponentCount: '9/9' }, ior: { admitted: 1, refused: id, pending: 0 }, conditions: [condition('Ready', id === 1 ? 'False' : 'True', id === 1 ? 'ErrMultipleSMCPs' : 'ComponentsReady')],
        routes: [{ gateway: 'a/g', host: `h${id}.example.com`, route: 'r', admitted: 'False', reason: 'HostAlreadyClaimed', message: HOSTILE }],
      },
    })),
    rolls: ids.map((id) => {
      const [first = '', ...rest] = names(id, members);
      return { ...smmr(`mesh-${id}`), status: { configuredMembers: rest, pendingMembers: [first], terminatingMembers: [], memberStatuses: [{ namespace: first, conditions: [condition('Reconciled', 'False', 'ReferencesDifferentControlPlane', HOSTILE)] }] } };
    }),
    deployments: [{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'istio-ingressgateway', namespace: 'mesh-0', labels: { 'maistra.io/owner': 'mesh-0', 'app.kubernetes.io/component': 'istio-ingress' } }, spec: { replicas: 2 }, status: { readyReplicas: 1 } }],
    events: [{ apiVersion: 'v1', kind: 'Event', metadata: { name: 'e', namespace: 'pay' }, reason: 'Repaired', count: 3, message: 'spec.ingress was changed by "a-tool" and is put right', lastTimestamp: '2030-01-01T11:00:00Z', involvedObject: { kind: 'NetworkPolicy', namespace: 'pay', name: 'istio-mesh-basic' } }],
  };
}

const PAGE = reportPage(reportOf(big(5, 200), TOLD));
const VOID = new Set(['meta', 'input', '!doctype', 'rect']);

/** Names of elements that are not closed, or closed by another. */
function unbalanced(page: string): readonly string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  const body = page.replace(/<style>[\s\S]*?<\/style>/, '').replace(/<script>[\s\S]*<\/script>/, '');
  for (const [, slash = '', name = '', self = ''] of body.matchAll(/<(\/?)([!a-z][\w-]*)(?:"[^"]*"|[^">])*?(\/?)>/gi)) {
    if (VOID.has(name.toLowerCase()) || self === '/') continue;
    if (slash === '') open.push(name);
    else if (open.pop() !== name) wrong.push(name);
  }
  return [...wrong, ...open];
}

interface Box { readonly x: number; readonly y: number; readonly width: number; readonly height: number }

function boxesOf(svg: string): readonly Box[] {
  return [...svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)" rx="3"\/>/g)].map(([, ...numbers]) => {
    const [x = 0, y = 0, width = 0, height = 0] = numbers.map(Number);
    return { x, y, width, height };
  });
}

describe('the page', () => {
  test('is well-formed, and its ids are its own', () => {
    assert.deepEqual(unbalanced(PAGE), []);
    assert.deepEqual(unbalanced('<p><b></p>'), ['p', 'p'], 'a mistake is seen');
    const ids = [...PAGE.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const [, id] of PAGE.matchAll(/(?:aria-labelledby|for)="([^"]+)"/g)) assert.ok(ids.includes(id), id);
  });

  test('asks nobody for anything', () => {
    assert.match(PAGE, /Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"/);
    assert.doesNotMatch(PAGE.replace('xmlns="http://www.w3.org/2000/svg"', ''), /https?:\/\/|\bsrc=|@import|url\(|\bfetch\b|XMLHttpRequest|<link/);
  });

  test('can be heard: language, title, headings, captions, row and column heads, labels', () => {
    assert.match(PAGE, /^<!doctype html>\n<html lang="en">/);
    assert.match(PAGE, /<title>Meshes of a cluster<\/title>/);
    const count = (pattern: RegExp): number => [...PAGE.matchAll(pattern)].length;
    assert.equal(count(/<table>/g), 6);
    assert.equal(count(/<caption>/g), 6);
    assert.equal(count(/<tr[ >]/g) - 6, count(/<th scope="row">/g));
    assert.equal(count(/<h1>/g), 1);
    assert.match(PAGE, /<label for="words">/);
    assert.match(PAGE, /<svg class="map" role="img" aria-labelledby="map-title"/);
    assert.match(PAGE, /aria-live="polite"/);
  });

  test('says everything: members, versions, routes, gateways, conflicts, repairs, gaps', () => {
    assert.equal([...PAGE.matchAll(/<th scope="row">team-/g)].length, 1000);
    for (const text of ['>1.31.1<', 'h3.example.com', '✕ 1/2', 'ErrMultipleSMCPs', 'NetworkPolicy pay/istio-mesh-basic', 'changed by &quot;a-tool&quot;', '/api/v1/events: forbidden', 'As of 2030-01-01 12:00 UTC']) assert.ok(PAGE.includes(text), text);
    assert.match(PAGE, /<h2 id="conflicts-h">Conflicts \(11\)<\/h2>/);
    assert.ok(PAGE.length < 1_000_000, `${PAGE.length} characters`);
  });

  test('text of users is text', () => {
    assert.ok(!PAGE.includes('<script>alert'));
    assert.ok(PAGE.includes('&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp;'));
    assert.equal(escaped(HOSTILE), '&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp;');
    assert.equal(html`<i title="${HOSTILE}">${[1, 'a<b', html`<b/>`]}</i>`.markup, '<i title="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp;">1a&lt;b<b/></i>');
  });

  test('rows that need somebody are marked, and no others', () => {
    assert.equal([...PAGE.matchAll(/<tr data-attention>/g)].length, 5 + 5 + 1 + 5 + 11);
    const calm = reportOf({ ...big(1, 1), rolls: [smmr('mesh-0')] }, TOLD);
    assert.deepEqual(calm.meshes.map(needsAttention), [false]);
  });

  test('a cluster without meshes has a page too', () => {
    const empty = reportPage(reportOf({ controlPlanes: [], rolls: [], deployments: [], events: [] }, { ...TOLD, gaps: [] }));
    assert.deepEqual(unbalanced(empty), []);
    assert.ok(empty.includes('<p class="soft">None.</p>') && !empty.includes('Could not be read'));
  });
});

describe('the map', () => {
  const svg = fleetMap(reportOf(big(5, 200), TOLD).meshes).markup;

  test('has a cell for each of 1000 members, none over another, all inside', () => {
    const boxes = boxesOf(svg);
    assert.equal(boxes.length, 1000);
    const height = Number(/viewBox="0 0 \d+ (\d+)"/.exec(svg)?.[1]);
    for (const box of boxes) assert.ok(box.x >= 0 && box.x + box.width <= MAP_WIDTH && box.y + box.height <= height);
    const sorted = boxes.toSorted((a, b) => a.y - b.y || a.x - b.x);
    for (const [at, box] of sorted.entries()) {
      const next = sorted[at + 1];
      if (next !== undefined) assert.ok(next.y >= box.y + box.height || (next.y === box.y && next.x >= box.x + box.width), `cell ${at}`);
    }
  });

  test('shows names that can be read: 11 px, beginning and end kept; in a big mesh of all who are not configured, in a small one of all', () => {
    assert.match(STYLE, /\.map text\{font:11px ui-monospace,monospace/);
    const named = (markup: string): readonly string[] => [...markup.matchAll(/y="\d+">. (team-[^<]+)</g)].map(([, text = '']) => text);
    assert.deepEqual(named(svg), [0, 1, 2, 3, 4].map((mesh) => `team-000-w…e-in-mesh-${mesh}`));
    assert.equal([...svg.matchAll(/<title>team-\d+-with-a-rather-long-name-in-mesh-\d: configured<\/title>/g)].length, 995, 'every square has its name to point at');
    assert.equal(named(fleetMap(reportOf(big(1, 48), TOLD).meshes).markup).length, 48);
    assert.equal(named(fleetMap(reportOf(big(1, 49), TOLD).meshes).markup).length, 1);
    assert.equal(shortened('x'.repeat(63)).length, 22);
    assert.equal(shortened('short'), 'short');
  });

  test('of five meshes with two hundred members each fits on a screen', () => {
    assert.ok(Number(/viewBox="0 0 \d+ (\d+)"/.exec(svg)?.[1]) < 900);
  });
});

describe('colours', () => {
  const palettes = [...STYLE.matchAll(/:root\{([^}]*)\}/g)].map(([, text = '']) => new Map([...text.matchAll(/--(\w+):(#\w+)/g)].map(([, name = '', value = '']) => [name, value])));

  /** Relative luminance (WCAG 2, 1.4.3). */
  function luminance(colour: string): number {
    const hex = colour.length === 4 ? colour.slice(1).replaceAll(/./g, '$&$&') : colour.slice(1);
    const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255).map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }
  function contrast(one: string, other: string): number {
    const [light = 0, dark = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  }

  for (const [at, scheme] of ['light', 'dark'].entries()) {
    test(`have a contrast of 4.5 and more in the ${scheme} scheme`, () => {
      const of = (name: string): string => palettes[at]?.get(name) ?? '';
      const pairs = [...['text', 'soft', 'ok', 'wait', 'bad', 'going', 'link'].map((name) => [name, 'back']), ['text', 'band'], ['bad', 'band'], ['ok', 'okb'], ['wait', 'waitb'], ['bad', 'badb'], ['going', 'goingb']] as const;
      for (const [text = '', back = ''] of pairs) assert.ok(contrast(of(text), of(back)) >= 4.5, `${text} on ${back}: ${contrast(of(text), of(back)).toFixed(2)}`);
    });
  }
});
