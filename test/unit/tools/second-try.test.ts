import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseFailedFiles } from '../../../tools/second-try.ts';

/* Files of tests with a second try, run by node's test runner as `npm test` runs them. */

const tools = join(import.meta.dirname, '..', '..', '..', 'tools');
let folder: string;
before(async () => { folder = await mkdtemp(join(tmpdir(), 'tmesh-second-try-')); });
after(() => rm(folder, { recursive: true, force: true }));

const steady = "import { test } from 'node:test'; test('is right', () => {});";
const broken = "import { test } from 'node:test'; test('is wrong', () => { throw new Error('always'); });";
/** Fails where it has not been before. */
const racy = `import { test } from 'node:test'; import { existsSync, writeFileSync } from 'node:fs'; import { basename, join } from 'node:path';
test('was here before', () => { const mark = join('FOLDER', basename(import.meta.filename) + '.mark'); if (existsSync(mark)) return; writeFileSync(mark, ''); throw new Error('the first time'); });
test('is right', () => {});`;

/** Runs files of these texts, and gives the exit code and what was printed. */
async function run(texts: Readonly<Record<string, string>>): Promise<{ readonly code: number; readonly lines: readonly string[] }> {
  for (const [name, text] of Object.entries(texts)) await writeFile(join(folder, name), text.replace('FOLDER', folder));
  const files = Object.keys(texts).map((name) => join(folder, name));
  const script = `import { runWithSecondTry } from ${JSON.stringify(join(tools, 'second-try.ts'))};
    import { closeRun, testStep } from ${JSON.stringify(join(tools, 'step-runner.ts'))};
    process.exitCode = closeRun([await runWithSecondTry(testStep('a group', ${JSON.stringify(files)}, 2))]);`;
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return await new Promise((resolve) => {
    execFile(process.execPath, ['--input-type=module', '--eval', script], { env }, (error, stdout) => {
      resolve({ code: error === null ? 0 : 1, lines: stdout.trimEnd().split('\n') });
    });
  });
}
const triedAgain = (lines: readonly string[]): boolean => lines.some((line) => line.includes('once more, alone'));

test('a file that fails once and then passes is counted as passed, and named with the test that failed', async () => {
  const { code, lines } = await run({ 'racy-1.test.mjs': racy, 'steady.test.mjs': steady });
  assert.equal(code, 0);
  assert.equal(lines.at(-1), '3 passed, 0 failed');
  assert.match(lines.at(-3) ?? '', /^unsteady: .*racy-1\.test\.mjs: "was here before" failed, and passed when it was run again alone$/);
});

test('a file that fails twice has failed, also beside one that passes the second time', async () => {
  const { code, lines } = await run({ 'racy-2.test.mjs': racy, 'broken.test.mjs': broken });
  assert.equal(code, 1);
  assert.ok(triedAgain(lines));
  assert.equal(lines.at(-1), '1 passed, 2 failed');
});

test('a test that is skipped is not passed over because another file was unsteady', async () => {
  const skipping = "import { test } from 'node:test'; test('is right', () => {}); test('is not run', { skip: true }, () => {});";
  const { code, lines } = await run({ 'racy-6.test.mjs': racy, 'skipping.test.mjs': skipping });
  assert.equal(code, 1);
  assert.match(lines.at(-1) ?? '', / [1-9]\d* failed$/);
});

test('three files that fail are not tried again, and a steady run neither', async () => {
  const many = await run({ 'racy-3.test.mjs': racy, 'racy-4.test.mjs': racy, 'racy-5.test.mjs': racy });
  assert.equal(many.code, 1);
  assert.equal(many.lines.at(-1), '3 passed, 3 failed');
  const none = await run({ 'steady.test.mjs': steady });
  assert.equal(none.lines.at(-1), '1 passed, 0 failed');
  assert.deepEqual([many, none].map(({ lines }) => triedAgain(lines)), [false, false]);
});

test('a file is named once, with the first of its tests that failed', () => {
  assert.deepEqual(parseFailedFiles(`${join(tools, 'a.test.ts')}\tfirst\n${join(tools, 'a.test.ts')}\tsecond\n`), [{ file: join('tools', 'a.test.ts'), test: 'first' }]);
});
