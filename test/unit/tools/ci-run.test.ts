import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

/* `.ci/run` with parts that are played: an npm that answers, for each time it is asked for a part, with a given text and exit code. */

const root = join(import.meta.dirname, '..', '..', '..');
let folder: string;
before(async () => { folder = await mkdtemp(join(tmpdir(), 'tmesh-ci-run-')); });
after(() => rm(folder, { recursive: true, force: true }));

type Answers = readonly { readonly text: string; readonly code: number }[];
const well = (passed: number): Answers => [{ text: `${passed} passed, 0 failed`, code: 0 }];
const badly = (failed: readonly string[], passed: number): Answers =>
  [{ text: `${failed.map((name) => `  FAILED  ${name}\n          last seen: nothing\n`).join('')}\n${passed} passed, ${failed.length} failed`, code: 1 }];
/** Says nothing, as a program that was killed. */
const SILENT: Answers = [{ text: 'started', code: 137 }];

interface Played { readonly e2e?: Answers; readonly test?: Answers }

async function run(name: string, { e2e = well(200), test: tests = well(3000) }: Played): Promise<{ readonly code: number; readonly lines: readonly string[] }> {
  const place = join(folder, name);
  await mkdir(join(place, 'bin'), { recursive: true });
  await cp(join(root, '.ci', 'run'), join(place, '.ci', 'run'));
  const parts = { test: tests, e2e, 'e2e-cni': well(40), audit: well(1) };
  for (const [part, answers] of Object.entries(parts)) {
    for (const [i, { text, code }] of answers.entries()) await writeFile(join(place, 'bin', `${part}-${i}`), `cat <<'END'\n${text}\nEND\nexit ${code}\n`);
  }
  const npm = `#!/bin/bash\npart=$1; [ "$part" = run ] && part=$2\ncd '${join(place, 'bin')}'\ntime=$(ls asked-"$part"-* 2>/dev/null | wc -l); touch "asked-$part-$time"; . "./$part-$time"\n`;
  await writeFile(join(place, 'bin', 'npm'), npm, { mode: 0o755 });
  return await new Promise((resolve) => {
    execFile(join(place, '.ci', 'run'), { env: { ...process.env, PATH: `${join(place, 'bin')}:${process.env['PATH']}` } }, (error, stdout) => {
      resolve({ code: error === null ? 0 : 1, lines: stdout.trimEnd().split('\n') });
    });
  });
}

test('a run without a failure adds up what its parts counted', async () => {
  const { code, lines } = await run('well', {});
  assert.equal(code, 0);
  assert.equal(lines.at(-1), '3241 passed, 0 failed');
  assert.ok(!lines.some((line) => /^(unsteady|== failed|== once more)/.test(line)));
});

test('an e2e with one failed check is played once more; passing then it counts, and the check is named', async () => {
  const { code, lines } = await run('unsteady', { e2e: [...badly(['the walk is served'], 199), ...well(200)] });
  assert.equal(code, 0);
  assert.equal(lines.at(-1), '3241 passed, 0 failed');
  assert.equal(lines.at(-3), 'unsteady: npm run e2e --silent: "the walk is served" failed, and passed when all was played again');
});

test('an e2e that fails again has failed, and what failed is said at the end', async () => {
  const { code, lines } = await run('twice', { e2e: [...badly(['the walk is served'], 199), ...badly(['a Route answers'], 199)] });
  assert.equal(code, 1);
  assert.equal(lines.at(-1), '3240 passed, 1 failed');
  assert.ok(lines.lastIndexOf('  FAILED  a Route answers') > lines.lastIndexOf('== failed in: npm run e2e --silent'));
});

test('an e2e with three failed checks, or that ended without counting, is not played again', async () => {
  const many = await run('many', { e2e: badly(['a', 'b', 'c'], 197) });
  const silent = await run('silent', { e2e: SILENT });
  assert.deepEqual([many.code, many.lines.at(-1), silent.code, silent.lines.at(-1)], [1, '3238 passed, 3 failed', 1, '3041 passed, 1 failed']);
  assert.ok(![...many.lines, ...silent.lines].some((line) => line.startsWith('== once more')));
});

test('failed tests are no e2e: no second try; and what npm test calls unsteady is said again at the end', async () => {
  assert.equal((await run('tests', { test: badly(['x'], 2999) })).lines.at(-1), '3240 passed, 1 failed');
  const told = await run('told', { test: [{ text: 'unsteady: a.test.ts: "x" failed, and passed when it was run again alone\n\n3000 passed, 0 failed', code: 0 }] });
  assert.deepEqual([told.code, told.lines.at(-3)], [0, 'unsteady: a.test.ts: "x" failed, and passed when it was run again alone']);
});
