import assert from 'node:assert/strict';
import { test } from 'node:test';
import Handlebars from 'handlebars';
import { loadCharts } from '../../../../src/cli/charts.ts';
import { cniValues } from '../../../../src/domain/cni/values.ts';
import { injectionTemplates } from '../../../../src/domain/control-plane/charts.ts';
import { computeValues } from '../../../../src/domain/control-plane/values/order.ts';
import { scopedApiValues } from '../../../../src/domain/scoped-api/plan.ts';
import { isJsonObject } from '../../../../src/lib/json.ts';
import { CHARTS, OPENSHIFT, PLAIN, ROOT, valuesInput } from '../../../build/control-plane.ts';

/* `if` takes a misspelt name for false; this test does not. */

interface Use {
  readonly chart: string;
  readonly path: string;
}

function pathsIn(chart: string, node: unknown, isInEach: boolean, found: Use[]): void {
  if (Array.isArray(node)) { for (const item of node) pathsIn(chart, item, isInEach, found); return; }
  if (!isJsonObject(node)) return;
  const isPath = node['type'] === 'PathExpression' && typeof node['original'] === 'string';
  // Inside of `each` a path is of the item; the items are checked by rendering.
  if (isPath && !isInEach && !['if', 'each', 'yaml'].includes(String(node['original']))) found.push({ chart, path: String(node['original']) });
  const isEach = node['type'] === 'BlockStatement' && isJsonObject(node['path']) && node['path']['original'] === 'each';
  for (const [key, child] of Object.entries(node)) pathsIn(chart, child, isInEach || (isEach && key === 'program'), found);
}

function has(root: unknown, path: string): boolean {
  let current: unknown = root;
  for (const key of path.split('.')) {
    if (!isJsonObject(current) || !Object.hasOwn(current, key)) return current === false;
    current = current[key];
  }
  return current !== undefined;
}

test('every name in a template is one of the values, on every kind of cluster', () => {
  const found: Use[] = [];
  for (const [chart, text] of loadCharts()) if (chart.endsWith('.yaml')) pathsIn(chart, Handlebars.parse(text), false, found);
  assert.ok(found.length > 100, 'the walk over the templates found their names');
  const scaling = { name: '', namespace: '', autoscale: { min: 1, max: 1, cpu: 1 }, disruption: {} };
  for (const facts of [OPENSHIFT, { ...PLAIN, isolation: 'hard' } as const]) {
    const values = computeValues(valuesInput({}, { facts, rootCertificate: ROOT, scopedApiAuthority: ROOT }), injectionTemplates(CHARTS, '1.31'));
    const cni = cniValues({ controlPlanes: [], labelled: [], daemonSets: [], facts }, valuesInput().version);
    const context = { ...values, gateway: values.gateways[0], scaling, cni, scoped: scopedApiValues({ controlPlanes: [], labelled: [], authorityPem: ROOT, facts }) };
    const unknown = found.filter(({ path }) => !has(context, path));
    assert.deepEqual(unknown.map(({ chart, path }) => `${chart}: ${path}`), []);
  }
});
