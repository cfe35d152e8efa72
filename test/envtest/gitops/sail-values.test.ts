import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { exportSail } from '../../../src/cli/export/command.ts';
import { isJsonObject, valueAt, type JsonObject } from '../../../src/lib/json.ts';
import { moduleFile } from '../../../tools/cluster/module-files.ts';
import { root } from '../../support/operator-fixture.ts';

/* The values of an exported Istio object are values that the chart of istiod has: Sail gives them to it. */

/** Paths that are no values of the chart. What the chart leaves open (`{}`) may hold anything. */
function unknownPaths(values: JsonObject, chart: unknown, path: readonly string[] = []): readonly string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    if (!isJsonObject(chart) || !(key in chart)) return [[...path, key].join('.')];
    const below = chart[key];
    const isOpen = isJsonObject(below) && (Object.keys(below).length === 0 || key === 'meshConfig' || key === 'resources');
    return isJsonObject(value) && !isOpen ? unknownPaths(value, below, [...path, key]) : [];
  });
}

test('every value is one of the chart istio-discovery', async () => {
  const parsed: unknown = parse(await readFile(await moduleFile('istio-discovery-values'), 'utf8'));
  const { global, ...rest } = valueAt(parsed, '_internal_defaults_do_not_set') as { readonly global: JsonObject } & JsonObject;
  // The chart keeps values of istiod at its top; users, and Sail, write them under `pilot`.
  const chart = { ...rest, global, pilot: rest };
  const { files } = await exportSail({ from: join(root, 'test', 'golden', 'migrate', 'walk-of-1.1', 'input') }, {});
  const [istio] = [...files.values()].flat().filter(({ kind }) => kind === 'Istio');
  const values = valueAt(istio, 'spec', 'values');
  assert.ok(isJsonObject(values));
  assert.deepEqual(Object.keys(values).toSorted(), ['global', 'meshConfig', 'pilot']);
  assert.deepEqual(unknownPaths(values, chart), []);
  assert.deepEqual(unknownPaths({ pilot: { noSuchValue: 1 } }, chart), ['pilot.noSuchValue']);
});
