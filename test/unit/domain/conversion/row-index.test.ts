import assert from 'node:assert/strict';
import { test } from 'node:test';
import { indexRows, rowsAt } from '../../../../src/domain/conversion/row-index.ts';
import { MAPPING } from '../../../../src/domain/conversion/table.ts';
import { get, set } from '../../../../src/domain/conversion/tree.ts';
import { isJsonObject } from '../../../../src/lib/json.ts';
import { randomControlPlane } from '../../../build/random-control-plane.ts';

const byPath = indexRows(MAPPING, ({ paths }) => paths);
const byField = indexRows(MAPPING, ({ field }) => [field]);

test('a row is found by each of its paths and by its field', () => {
  for (const row of MAPPING) {
    assert.ok(rowsAt(byField, set({}, row.field, 1)).includes(row), row.field.join('.'));
    for (const path of row.paths) assert.ok(rowsAt(byPath, set({}, path, 1)).includes(row), path.join('.'));
  }
});

test('exactly the rows with a value in the tree are found, in the order of the table', () => {
  for (let seed = 1; seed < 60; seed += 1) {
    const spec = randomControlPlane('v2', seed)['spec'];
    const tree = isJsonObject(spec) ? spec : {};
    assert.deepEqual(rowsAt(byField, tree), MAPPING.filter((row) => get(tree, row.field) !== undefined));
  }
});
