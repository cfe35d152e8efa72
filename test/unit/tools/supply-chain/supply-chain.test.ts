import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { verdictOf } from '../../../../tools/supply-chain/audit.ts';
import { billOfMaterials } from '../../../../tools/supply-chain/sbom.ts';

interface Locked { readonly version?: string; readonly license?: string; readonly dev?: boolean; readonly integrity?: string; readonly link?: boolean; readonly inBundle?: boolean }
const root = join(import.meta.dirname, '..', '..', '..', '..');
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, Locked> };
const packages = Object.entries(lock.packages).filter(([path]) => path !== '');

/** Licences that an Apache-2.0 program may be delivered with, without further duties than naming them. */
const ALLOWED = new Set(['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0', 'Unlicense', 'PSF-2.0']);

/** `(A OR B)` is fine when one is. */
const isAllowed = (license = ''): boolean => license.replaceAll(/[()]/g, '').split(' OR ').some((choice) => ALLOWED.has(choice));

/** What only tests run, unchanged, and nobody is given. The Mozilla Public License asks something of those who pass changed files on. */
const ONLY_IN_TESTS: ReadonlyMap<string, string> = new Map([['node_modules/axe-core', 'MPL-2.0']]);
const isOnlyInTests = (path: string, { dev, license }: Locked): boolean => dev === true && ONLY_IN_TESTS.get(path) === license;

test('every dependency has a licence, and one that is allowed', () => {
  assert.deepEqual(packages.filter(([path, locked]) => !isAllowed(locked.license) && !isOnlyInTests(path, locked)).map(([path, { license }]) => `${path}: ${license}`), []);
  assert.ok(packages.length > 50, `${packages.length} packages were looked at`);
  assert.ok(!isAllowed('GPL-3.0-only') && !isAllowed(undefined) && isAllowed('(BSD-3-Clause OR GPL-2.0)'));
});

test('every dependency is pinned to its content', () => {
  assert.deepEqual(packages.filter(([, { integrity, link, inBundle }]) => integrity === undefined && link !== true && inBundle !== true).map(([path]) => path), []);
});

test('the bill of materials names exactly what is delivered, twice in the same bytes', () => {
  const [first, second] = [billOfMaterials(), billOfMaterials()] as { components: { name: string; version: string; licenses?: unknown[] }[] }[];
  assert.equal(JSON.stringify(first), JSON.stringify(second));
  const delivered = new Set(packages.filter(([, { dev }]) => dev !== true).map(([path, { version }]) => `${path.split('node_modules/').at(-1)}@${version}`));
  const listed = new Set(first?.components.map(({ name, version }) => `${name}@${version}`));
  assert.deepEqual([...listed].filter((each) => !delivered.has(each)), []);
  // Types are a development dependency of ours and one of a delivered package; they hold no program, and npm leaves them out.
  assert.deepEqual([...delivered].filter((each) => !listed.has(each) && !/types@|@types\//.test(each)), []);
  assert.doesNotMatch(JSON.stringify(first), /"timestamp"/);
});

test('the audit fails for a high finding, and says when nobody answered instead of passing', () => {
  const counts = (high: number): string => JSON.stringify({ metadata: { vulnerabilities: { low: 3, high, critical: 0, total: 3 + high } } });
  assert.deepEqual(verdictOf(counts(0), 70), { answer: 'clean', line: 'npm audit: 0 high or critical, 3 in all, among 70 packages' });
  assert.deepEqual(verdictOf(counts(1), 70), { answer: 'vulnerable', line: 'npm audit: 1 high or critical, 4 in all, among 70 packages' });
  const refused = verdictOf(JSON.stringify({ message: '405 Method Not Allowed - POST https://x' }), 70);
  assert.deepEqual(refused, { answer: 'none', line: 'npm audit: NOT ANSWERED (405 Method Not Allowed): whether one of 70 packages has a known vulnerability is not known' });
  assert.equal(verdictOf('', 70).answer, 'none');
});

/** Runs the audit with an npm of ours, which prints an answer. */
function audited(answer: string, ...flags: readonly string[]): { readonly code: number | null; readonly text: string } {
  const folder = mkdtempSync(join(tmpdir(), 'tmesh-audit-'));
  try {
    writeFileSync(join(folder, 'npm'), `#!/bin/sh\ncat <<'END'\n${answer}\nEND\n`, { mode: 0o755 });
    const { status, stdout } = spawnSync(process.execPath, ['tools/supply-chain/audit.ts', ...flags], { cwd: root, env: { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` }, encoding: 'utf8' });
    return { code: status, text: stdout };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('an audit without an answer counts as nothing, and as a failure where an answer is needed', () => {
  const refused = JSON.stringify({ message: '405 Method Not Allowed - POST https://x' });
  const [lenient, strict] = [audited(refused), audited(refused, '--answer-needed')];
  assert.equal(lenient.code, 0);
  assert.match(lenient.text, /NOT ANSWERED.*\n0 passed, 0 failed\n$/);
  assert.equal(strict.code, 1);
  assert.match(strict.text, /0 passed, 1 failed\n$/);
  const clean = audited(JSON.stringify({ metadata: { vulnerabilities: { total: 0 } } }), '--answer-needed');
  assert.deepEqual([clean.code, clean.text.split('\n').at(-2)], [0, '1 passed, 0 failed']);
  assert.equal(audited(JSON.stringify({ metadata: { vulnerabilities: { critical: 1, total: 1 } } })).code, 1);
});
