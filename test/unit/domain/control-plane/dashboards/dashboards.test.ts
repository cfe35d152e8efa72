import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DASHBOARD_FILES, DASHBOARDS } from '../../../../../src/domain/control-plane/dashboards/index.ts';
import { DATASOURCE_UID, type Dashboard } from '../../../../../src/domain/control-plane/dashboards/dashboard.ts';
import { valueAt } from '../../../../../src/lib/json.ts';

interface PanelJson { readonly id: number; readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }; readonly datasource: unknown }

const panelsOf = (text: string): readonly PanelJson[] => (JSON.parse(text) as { panels: readonly PanelJson[] }).panels;

test('there is a dashboard of the mesh, a service, a workload and the control plane, each under its own address', () => {
  assert.deepEqual(Object.keys(DASHBOARD_FILES), ['tmesh-mesh.json', 'tmesh-service.json', 'tmesh-workload.json', 'tmesh-control-plane.json']);
  for (const [file, text] of Object.entries(DASHBOARD_FILES)) assert.equal(valueAt(JSON.parse(text), 'uid'), file.replace('.json', ''));
});

test('no two panels of a dashboard lie on one another or outside of the grid, and each has a number of its own', () => {
  for (const text of Object.values(DASHBOARD_FILES)) {
    const cells = panelsOf(text).flatMap(({ gridPos: { x, y, w, h } }) => Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`));
    assert.equal(new Set(cells).size, cells.length);
    assert.ok(cells.every((cell) => Number(cell.split(',')[0]) < 24));
    assert.deepEqual(panelsOf(text).map(({ id }) => id), panelsOf(text).map((_, index) => index + 1));
  }
});

test('everything asks the data source that we provision', () => {
  for (const text of Object.values(DASHBOARD_FILES)) {
    const uids = [...text.matchAll(/"datasource":\{"type":"prometheus","uid":"([^"]+)"\}/g)].map(([, uid]) => uid);
    assert.ok(uids.length > 10 && uids.every((uid) => uid === DATASOURCE_UID));
    assert.equal((text.match(/"datasource":/g) ?? []).length, uids.length);
  }
});

const NAMES_IN_LABELS = /\$(\w+)/g;

function expressionsOf({ panels, variables }: Dashboard): readonly string[] {
  return [...panels.flatMap(({ queries }) => queries.map(({ expression }) => expression)), ...variables.map(({ values }) => values)];
}

test('a query uses the choices of its own dashboard and no others', () => {
  for (const dashboard of DASHBOARDS) {
    const choices = new Set(['__rate_interval', ...dashboard.variables.map(({ name }) => name)]);
    const used = new Set(expressionsOf(dashboard).flatMap((expression) => [...expression.matchAll(NAMES_IN_LABELS)].map(([, name]) => name ?? '')));
    assert.deepEqual([...used].filter((name) => !choices.has(name)), []);
    for (const { name } of dashboard.variables) assert.ok(used.has(name), `${dashboard.title}: nobody uses $${name}`);
  }
});
