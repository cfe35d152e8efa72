import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { test } from 'node:test';

const src = join(import.meta.dirname, '..', '..', '..', 'src');

/** Who may import whom; `cli` and `main.ts` may import everything. docs/architecture.md draws it. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  k8s: ['lib'],
  api: ['k8s', 'lib'],
  domain: ['api', 'k8s', 'lib'],
  runtime: ['k8s', 'lib'],
  controllers: ['domain', 'api', 'k8s', 'runtime', 'lib'],
  webhooks: ['domain', 'api', 'k8s', 'runtime', 'lib'],
  pki: ['k8s', 'lib'],
  'scoped-api': ['api', 'k8s', 'runtime', 'lib'],
};
const PURE = ['api', 'domain', 'k8s', 'lib'];
const IMPURE = /\basync\b|\bawait\b|Date\.now|new Date\(\)|Math\.random|process\.env|@kubernetes\/client-node|@dot-i|node:(?:fs|net|http|https|child_process)|\bpino\b/g;
const ONLY_IN: Readonly<Record<string, string>> = { '@kubernetes/client-node': 'runtime', '@dot-i/k8s-operator': 'runtime', undici: 'runtime', 'node-forge': 'pki' };

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts')).map((file) => join(src, file));
const roomOf = (file: string): string => relative(src, file).split(sep)[0] ?? '';
const codeOf = (file: string): string => readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
const importsOf = (file: string): string[] => [...codeOf(file).matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map((match) => match[1] ?? '');

test('the rooms of src are the ones the house names', () => {
  const rooms = new Set(files.map(roomOf).filter((room) => !room.endsWith('.ts')));
  const known = new Set([...Object.keys(ALLOWED), 'cli', 'charts']);
  assert.deepEqual([...rooms].filter((room) => !known.has(room)), []);
  assert.ok(files.length > 50, 'the walk over src found its files');
});

test('no import goes against the arrows', () => {
  const wrong = files.flatMap((file) => {
    const room = roomOf(file);
    const allowed = ALLOWED[room];
    if (allowed === undefined) return [];
    return importsOf(file).filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => roomOf(resolve(dirname(file), specifier)))
      .filter((target) => target !== room && !allowed.includes(target))
      .map((target) => `${relative(src, file)} -> ${target}`);
  });
  assert.deepEqual(wrong, []);
});

test('api, domain, k8s and lib never wait, read the clock, the environment or the network', () => {
  const found = files.filter((file) => PURE.includes(roomOf(file)))
    .flatMap((file) => [...codeOf(file).matchAll(IMPURE)].map((match) => `${relative(src, file)}: ${match[0]}`));
  assert.deepEqual(found, []);
});

test('client libraries and cryptography are each imported from one room only', () => {
  const wrong = files.flatMap((file) => importsOf(file)
    .filter((specifier) => specifier in ONLY_IN && ONLY_IN[specifier] !== roomOf(file))
    .map((specifier) => `${relative(src, file)} imports ${specifier}`));
  assert.deepEqual(wrong, []);
});

test('there are no default exports and no catch-all file names', () => {
  const defaults = files.filter((file) => /^export default/m.test(codeOf(file)));
  const vague = files.filter((file) => /(?:^|[/-])(?:utils?|helpers?|common|managers?|hacks?|types)\.ts$/.test(relative(src, file)) && !file.endsWith(join('runtime', 'manager.ts')));
  assert.deepEqual([...defaults, ...vague], []);
});
