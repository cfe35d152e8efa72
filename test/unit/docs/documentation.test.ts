import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { CommanderError, type Command } from 'commander';
import { buildProgram } from '../../../src/cli/program.ts';
import { anchorsOf, blocksOf, commandsOf, pages, proseOf, root, wordsOf, type Page } from './markdown.ts';

/* What stands in README and docs is held against the project: commands, scripts, files, links. */

const PAGES = pages();
const lines = (page: Page): readonly string[] => blocksOf(page).flatMap(commandsOf);
const invocations = (page: Page): readonly (readonly string[])[] => lines(page).flatMap(wordsOf);

/** The words after `tmesh`, however it is called; undefined for another program. */
function tmeshWords(words: readonly string[]): readonly string[] | undefined {
  const [program, ...rest] = words;
  if (program === 'tmesh') return rest;
  if ((program === 'kubectl' || program === 'oc') && rest[0] === 'tmesh') return rest.slice(1);
  const dashes = rest.indexOf('--');
  return program === 'npm' && rest.includes('tmesh') && dashes > 0 ? rest.slice(dashes + 1) : undefined;
}

function silence(command: Command): void {
  command.action(() => {}).configureOutput({ writeOut: () => {}, writeErr: () => {} });
  for (const below of command.commands) silence(below);
}

/** Why the real command line refuses these words; undefined when it takes them. */
function refusalOf(words: readonly string[]): string | undefined {
  const program = buildProgram({ code: 0, whenFailing: 1 });
  for (const command of program.commands) silence(command);
  try {
    program.parse([...words], { from: 'user' });
    return undefined;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? undefined : thrown.message;
    throw thrown;
  }
}

/** A synopsis (`tmesh get routes [flags]`) shows how a line is made; it is none. */
const isSynopsis = (words: readonly string[]): boolean => words.some((word) => /^[[<].*[\]>]$/.test(word) || word === '...');

for (const page of PAGES) {
  test(`${page.path}: every tmesh line is one that the command takes`, () => {
    const refused = invocations(page).flatMap((words) => {
      const own = tmeshWords(words);
      const refusal = own === undefined || isSynopsis(own) ? undefined : refusalOf(own);
      return refusal === undefined ? [] : [`${words.join(' ')}: ${refusal}`];
    });
    assert.deepEqual(refused, []);
  });

  test(`${page.path}: links lead to files and headings that are there`, () => {
    const broken = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '').filter((target) => !/^[a-z]+:/.test(target)).filter((target) => {
      const [file = '', anchor] = target.split('#');
      const path = file === '' ? page.path : normalize(join(dirname(page.path), file));
      if (!existsSync(join(root, path))) return true;
      return anchor !== undefined && !anchorsOf({ path, text: readFileSync(join(root, path), 'utf8') }).has(anchor);
    });
    assert.deepEqual(broken, []);
  });
}

test('every npm script that a page names is there', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly scripts: Readonly<Record<string, string>> };
  const named = PAGES.flatMap(({ path, text }) => [...text.matchAll(/\bnpm run (?:-s |--silent )?([a-z][\w-]*)/g)].map((match) => [path, match[1] ?? ''] as const));
  assert.ok(named.length > 20);
  assert.deepEqual(named.filter(([, script]) => scripts[script] === undefined), []);
});

/** Verbs of kubectl that pages may use. */
const KUBECTL = new Set(['annotate', 'api-resources', 'apply', 'create', 'delete', 'describe', 'diff', 'edit', 'exec', 'get', 'kustomize', 'label', 'logs', 'patch', 'port-forward', 'proxy', 'replace', 'rollout', 'scale', 'set', 'tmesh', 'version', 'wait', 'krew', 'config', 'auth', 'explain']);

/** Flags may stand before the verb. */
function verbOf([, ...words]: readonly string[]): string {
  return words.find((word, at) => !word.startsWith('-') && !['-n', '--namespace', '--context', '--kubeconfig'].includes(words[at - 1] ?? '')) ?? '';
}

test('every kubectl line has a verb of kubectl, and the files of the project that it names are there', () => {
  const calls = PAGES.flatMap((page) => invocations(page).filter(([program]) => program === 'kubectl' || program === 'oc').map((words) => [page.path, words] as const));
  assert.ok(calls.length > 10);
  assert.deepEqual(calls.filter(([, words]) => !KUBECTL.has(verbOf(words))).map(([path, words]) => `${path}: ${words.join(' ')}`), []);
  const files = calls.flatMap(([path, words]) => words.flatMap((word, at) => (['-f', '-k'].includes(words[at - 1] ?? '') && /^(?:crds|deploy|bundle|olm|test|docs|install\.yaml|charts)\b/.test(word) ? [[path, word] as const] : [])));
  assert.ok(files.length > 5);
  assert.deepEqual(files.filter(([, file]) => !existsSync(join(root, file))), []);
});

/** Pages that links lead to, from the first one on. */
function reachable(): ReadonlySet<string> {
  const seen = new Set(['README.md']);
  for (const path of seen) {
    const page = PAGES.find((found) => found.path === path);
    for (const match of page === undefined ? [] : proseOf(page).matchAll(/\]\(([^)\s#]+)/g)) seen.add(normalize(join(dirname(path), match[1] ?? '')));
  }
  return seen;
}

test('links lead from README to every page, and fences are closed', () => {
  const seen = reachable();
  assert.deepEqual(PAGES.map(({ path }) => path).filter((path) => path.startsWith('docs/') && !path.startsWith('docs/adr/') && !seen.has(path)), []);
  assert.deepEqual(PAGES.filter(({ text }) => (text.match(/^```/gm) ?? []).length % 2 === 1).map(({ path }) => path), []);
});

test('the tests above can fail', () => {
  assert.match(refusalOf(['get', 'pods']) ?? '', /unknown command|too many arguments/i);
  assert.match(refusalOf(['why']) ?? '', /missing required argument/);
  assert.match(refusalOf(['doctor', '--mend']) ?? '', /unknown option/);
  assert.equal(refusalOf(['diff', '-n', 'a', '-f', 'x.yaml']), undefined);
  assert.deepEqual(wordsOf("tmesh why p -o json | jq -r '.a | .b' > out  # note"), [['tmesh', 'why', 'p', '-o', 'json'], ['jq', '-r', '.a | .b']]);
  assert.ok(anchorsOf({ path: '', text: '## Try it: two commands\n## `tmesh get meshes`\n' }).has('try-it-two-commands'));
});
