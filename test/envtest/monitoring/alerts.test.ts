import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parse, stringify } from 'yaml';
import { brickPath } from '../../../tools/cluster/bricks.ts';
import { ALERTS, ruleGroups } from '../../../tools/gen/monitoring/alerts.ts';
import { allMetrics } from '../../../tools/gen/monitoring/files.ts';
import { root } from '../../support/operator-fixture.ts';

/* The alerts as promtool reads and plays them. What they are to say is left out there: it is text. */

interface Rule { readonly alert: string; readonly expr: string; readonly for: string; readonly labels: object; readonly annotations?: object }
interface Groups { readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[] }

let dir = '';
let promtool = '';
before(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tmesh-alerts-'));
  promtool = await brickPath('promtool');
  cpSync(join(import.meta.dirname, 'alerts-play.yaml'), join(dir, 'play.yaml'));
});
after(() => { rmSync(dir, { recursive: true }); });

const shipped = (): Groups => (parse(readFileSync(join(root, 'deploy', 'monitoring', 'prometheus-rule.yaml'), 'utf8')) as { readonly spec: Groups }).spec;

/** Runs promtool's play on the rules, each changed by `change`. */
function play(change: (rule: Rule) => Rule): { readonly code: number | null; readonly output: string } {
  const groups = shipped().groups.map((group) => ({ ...group, rules: group.rules.map(({ annotations: _texts, ...rule }) => change(rule)) }));
  writeFileSync(join(dir, 'rules.yaml'), stringify({ groups }));
  const { status, stdout, stderr } = spawnSync(promtool, ['test', 'rules', 'play.yaml'], { cwd: dir, encoding: 'utf8' });
  return { code: status, output: stdout + stderr };
}

test('the object we ship holds the five alerts, and promtool finds nothing wrong with them', () => {
  assert.deepEqual(shipped(), ruleGroups());
  assert.equal(ALERTS.length, 5);
  writeFileSync(join(dir, 'whole.yaml'), stringify(shipped()));
  const { status, stdout, stderr } = spawnSync(promtool, ['check', 'rules', '--lint=all', '--lint-fatal', 'whole.yaml'], { cwd: dir, encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
});

test('each alert fires when it must and is silent when it must', () => {
  const { code, output } = play((rule) => rule);
  assert.equal(code, 0, output);
});

for (const { name, expression } of ALERTS) {
  test(`${name}: the play notices when its threshold is another`, () => {
    const { code } = play((rule) => (rule.alert === name ? { ...rule, expr: expression.replaceAll('> 0', '> 5').replaceAll('> 60', '> 600').replaceAll('> 300', '> 3000').replace('== 0', '== 7').replace('or absent(tmesh_leader)', '') } : rule));
    assert.notEqual(code, 0);
  });
}

test('alerts and dashboards name only metrics and labels that the operator serves', () => {
  const known = new Map(allMetrics().map(({ name, labels }) => [name, labels]));
  const files = ['prometheus-rule.yaml', 'dashboards/tmesh-operator.json', 'dashboards/tmesh-meshes.json'].map((file) => readFileSync(join(root, 'deploy', 'monitoring', file), 'utf8'));
  const named = files.flatMap((text) => [...text.matchAll(/\btmesh_\w+/g)].map(([name]) => name.replace(/_bucket$/, '')));
  assert.ok(named.length > 40);
  assert.deepEqual([...new Set(named)].filter((name) => !known.has(name)), []);
});
