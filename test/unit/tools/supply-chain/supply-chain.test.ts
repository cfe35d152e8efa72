import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { verdictOf } from '../../../../tools/supply-chain/audit.ts';
import { billOfMaterials } from '../../../../tools/supply-chain/sbom.ts';

interface Locked { readonly version?: string; readonly license?: string; readonly dev?: boolean; readonly integrity?: string; readonly link?: boolean; readonly inBundle?: boolean }
const lock = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', '..', '..', 'package-lock.json'), 'utf8')) as { packages: Record<string, Locked> };
const packages = Object.entries(lock.packages).filter(([path]) => path !== '');

/** Licences that an Apache-2.0 program may be delivered with, without further duties than naming them. */
const ALLOWED = new Set(['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0', 'Unlicense', 'PSF-2.0']);

/** `(A OR B)` is fine when one is. */
const isAllowed = (license = ''): boolean => license.replaceAll(/[()]/g, '').split(' OR ').some((choice) => ALLOWED.has(choice));

test('every dependency has a licence, and one that is allowed', () => {
  assert.deepEqual(packages.filter(([, { license }]) => !isAllowed(license)).map(([path, { license }]) => `${path}: ${license}`), []);
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

test('the audit fails for a high finding, and for nothing else', () => {
  const counts = (high: number): string => JSON.stringify({ metadata: { vulnerabilities: { low: 3, high, critical: 0, total: 3 + high } } });
  assert.deepEqual(verdictOf(counts(0)), { code: 0, line: 'npm audit: 0 high or critical, 3 in all' });
  assert.deepEqual(verdictOf(counts(1)), { code: 1, line: 'npm audit: 1 high or critical, 4 in all' });
  assert.equal(verdictOf(JSON.stringify({ message: '405 Method Not Allowed - POST https://x' })).line, 'npm audit: not asked (405 Method Not Allowed)');
  assert.equal(verdictOf('').code, 0);
});
