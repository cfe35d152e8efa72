import assert from 'node:assert/strict';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, test } from 'node:test';
import { brickPath } from '../../../tools/cluster/bricks.ts';
import { freePorts } from '../../../tools/cluster/ports.ts';
import { startWatchdog } from '../../../tools/cluster/watchdog.ts';
import { COMMAND_BLOCKS, typedHere } from '../../support/command-blocks.ts';
import { consoleSteps, rewriteConsole, settledOutput } from '../../support/console-page.ts';
import { root } from '../../support/operator-fixture.ts';
import { blocksOf, commandsOf, pages } from '../../unit/docs/markdown.ts';

/*
 * docs/tutorial.md, from its first command to its last, as a reader types them into one shell. Another folder than /tmp/tutorial and free ports are put in their places,
 * so that a reader's own cluster is left alone. While its mesh is there, the commands of the other pages are typed as well (test/support/command-blocks.ts). `UPDATE_GOLDEN=1` writes what is printed now into the page.
 */

const PAGE = join(root, 'docs', 'tutorial.md');
const LONGEST_WAIT_MS = 90_000;
/** What only looks may be asked again until it sees what the page shows. */
const LOOKS = /^(?:kubectl get|tmesh get|tmesh why|tmesh doctor|tmesh diff)\b/;

const folder = await mkdtemp(join(tmpdir(), 'tmesh-tutorial-'));
const programs = join(folder, 'programs');
const cluster = join(folder, 'cluster');
const [webhook = 0, health = 0, metrics = 0] = await freePorts(3);
let background: ChildProcess | undefined;

const here = (text: string): string => text.replaceAll('/tmp/tutorial', cluster).replaceAll('https://127.0.0.1:9443', `https://127.0.0.1:${webhook} --health-port ${health} --metrics-port ${metrics}`).replaceAll('127.0.0.1:8081', `127.0.0.1:${health}`);
const there = (text: string): string => text.replaceAll(cluster, '/tmp/tutorial');

/** What the shell remembers: variables and aliases. */
const memory: string[] = ['shopt -s expand_aliases'];

function environment(): NodeJS.ProcessEnv {
  const { KUBECONFIG: _none, ...inherited } = process.env;
  return { ...inherited, PATH: [programs, dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter), NO_COLOR: '1', INIT_CWD: root };
}

/** Runs a line in the reader's shell. Out: what he sees, both streams. */
async function typed(command: string): Promise<string> {
  const line = here(command);
  if (/^(?:export|alias) /.test(line)) {
    memory.push(line);
    return '';
  }
  const env = environment();
  if (line.endsWith(' &')) {
    background = spawn('bash', ['-c', [...memory, line.replace(/ &$/, '')].join('\n')], { cwd: root, env, stdio: 'ignore', detached: true });
    const watchdog = startWatchdog(background.pid ?? 0);
    background.once('exit', () => { watchdog.standDown(); });
    return '';
  }
  if (line === 'kill %1') {
    process.kill(-(background?.pid ?? 0), 'SIGTERM');
    return '';
  }
  return new Promise((resolve) => {
    execFile('bash', ['-c', [...memory, `{ ${line}\n} 2>&1`].join('\n')], { cwd: root, env, maxBuffer: 16 * 1024 * 1024 }, (_error, stdout) => { resolve(there(stdout)); });
  });
}

async function seen(command: string, expected: string): Promise<string> {
  const deadline = Date.now() + LONGEST_WAIT_MS;
  for (;;) {
    const output = await typed(command);
    if (settledOutput(output) === settledOutput(expected) || !LOOKS.test(command) || Date.now() > deadline) return output;
    await sleep(1000);
  }
}

/** When the page is written: what a look shows twice in a row, three seconds apart. */
async function settled(command: string): Promise<string> {
  let before = await typed(command);
  if (!LOOKS.test(command)) return before;
  for (;;) {
    await sleep(3000);
    const now = await typed(command);
    if (settledOutput(now) === settledOutput(before)) return now;
    before = now;
  }
}

/** Blocks of the other pages that are for a shell, as they are typed beside the tutorial's mesh; what writes a file that a later one reads comes first. */
function otherPages(): readonly string[] {
  const found = pages().flatMap((page) => blocksOf(page).map((block) => ({ page: page.path, commands: commandsOf(block) })));
  const shell = COMMAND_BLOCKS.filter(({ proof }) => proof.by === 'shell').flatMap(({ page, begins }) => found.filter((block) => block.page === page && block.commands[0]?.startsWith(begins) === true));
  return [...new Set(shell.flatMap(({ commands }) => commands).flatMap((command) => typedHere(command) ?? []))].toSorted((a, b) => Number(b.includes('must-gather -n')) - Number(a.includes('must-gather -n')));
}

/** Types a line as a user of the installed command, in a folder of his own. */
function typedBeside(line: string): Promise<{ readonly code: number; readonly output: string }> {
  const script = [...memory.filter((known) => known.startsWith('export ')), `tmesh() { ${process.execPath} ${join(root, 'bin', 'tmesh.mjs')} "$@"; }`, `SAMPLES=${join(root, 'test', 'samples')}`, line].join('\n');
  return new Promise((resolve) => {
    execFile('bash', ['-c', script], { cwd: folder, env: environment(), maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => { resolve({ code: error === null ? 0 : Number(error.code ?? 99), output: `${stdout}${stderr}` }); });
  });
}

async function checkOtherPages(): Promise<void> {
  const lines = otherPages();
  assert.ok(lines.length > 15, `${lines.length} commands`);
  const wrong: string[] = [];
  for (const line of lines) {
    const { code, output } = await typedBeside(line);
    // 1 is an answer: something would change, something is wrong. 2 is a command that does not work.
    if (!(code === 0 || (code === 1 && line.startsWith('tmesh ')))) wrong.push(`$ ${line}\n${output.slice(-500)}(exit code ${code})`);
  }
  assert.deepEqual(wrong, []);
}

after(async () => {
  await typed('npm run -s cluster -- down --dir /tmp/tutorial');
  if (background !== undefined && background.exitCode === null && background.signalCode === null) process.kill(-(background.pid ?? 0), 'SIGTERM');
  await rm(folder, { recursive: true, force: true });
});

test('every command of the tutorial prints what the tutorial shows, and those of the other pages work beside its mesh', async () => {
  await mkdir(programs);
  await symlink(await brickPath('kubectl'), join(programs, 'kubectl'));
  const steps = consoleSteps(PAGE);
  assert.ok(steps.length > 35, `${steps.length} commands`);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    const outputs: string[] = [];
    for (const { command } of steps) outputs.push(await settled(command));
    rewriteConsole(PAGE, outputs);
    return;
  }
  for (const { command, printed } of steps) {
    if (command.startsWith('kubectl delete smcp')) await checkOtherPages();
    assert.equal(settledOutput(await seen(command, printed)), settledOutput(printed), `$ ${command}`);
  }
});
