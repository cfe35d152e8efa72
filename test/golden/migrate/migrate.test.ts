import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { migratePlan } from '../../../src/cli/migrate/command.ts';
import { migrationText } from '../../../src/domain/migrate/text.ts';
import { needsDecision } from '../../../src/domain/migrate/row.ts';

/* Clusters as OpenShift Service Mesh left them, written down as must-gather does, and the plan that people read. UPDATE_GOLDEN=1 refreshes. */

const NEEDS_DECISION: Readonly<Record<string, boolean>> = { 'ossm-2.6': true, 'walk-of-1.1': false };
const cases = readdirSync(import.meta.dirname, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);

function matchesGolden(file: string, text: string): void {
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text);
  assert.equal(text, existsSync(file) ? readFileSync(file, 'utf8') : '', `${file}; UPDATE_GOLDEN=1 refreshes it`);
}

for (const name of cases) {
  test(`golden migrate/${name}`, async () => {
    const plan = await migratePlan({ from: join(import.meta.dirname, name, 'input'), output: 'text' }, {});
    matchesGolden(join(import.meta.dirname, name, 'plan.golden.txt'), migrationText(plan, true));
    assert.equal(needsDecision(plan), NEEDS_DECISION[name]);
  });
}

test('every case is known', () => assert.deepEqual(cases.toSorted(), Object.keys(NEEDS_DECISION).toSorted()));

test('the command line: exit code 1 for what is not supported, and JSON', () => {
  const main = join(import.meta.dirname, '..', '..', '..', 'src', 'main.ts');
  const { status, stdout } = spawnSync(process.execPath, [main, 'migrate', 'plan', '--from', join(import.meta.dirname, 'ossm-2.6', 'input'), '-o', 'json'], { encoding: 'utf8' });
  assert.equal(status, 1);
  const { meshes } = JSON.parse(stdout) as { readonly meshes: readonly { readonly mesh: string; readonly members: readonly string[] }[] };
  assert.deepEqual(meshes.map(({ mesh, members }) => ({ mesh, members })), [{ mesh: 'istio-system', members: ['pay', 'shop'] }]);
});

test('a folder that is none is named', async () => {
  await assert.rejects(migratePlan({ from: join(import.meta.dirname, 'no-such-folder'), output: 'text' }, {}), { name: 'UsageError', message: /no-such-folder: cannot be read .*; give the folder that must-gather wrote$/ });
});
