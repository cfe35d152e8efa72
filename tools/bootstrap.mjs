// Runs a task of this project from a bare clone: `node tools/bootstrap.mjs TASK [ARGUMENT…]`.
// Plain JavaScript for Node 18 and newer, no dependencies: it is what runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const modules = join(root, 'node_modules');
const marker = join(modules, '.tmesh-lock');
const nodeBinary = join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** Tasks: the files that Node 24 runs, in order. `--` hands on the arguments to the last one. */
const tasks = {
  tmesh: [['tools/build/bundle.ts', '--if-stale'], ['dist/tmesh.mjs']],
  build: [['tools/build/bundle.ts']],
  bundle: [['tools/olm/main.ts']],
  release: [['tools/release/main.ts']],
  sbom: [['tools/supply-chain/sbom.ts']],
  audit: [['tools/supply-chain/audit.ts']],
  check: [['tools/check.ts']],
  test: [['tools/test.ts']],
  demo: [['tools/build/bundle.ts', '--if-stale'], ['tools/demo/main.ts']],
  cluster: [['tools/cluster/cli.ts']],
  bench: [['tools/build/bundle.ts', '--if-stale'], ['tools/bench/main.ts']],
  e2e: [['tools/build/bundle.ts', '--if-stale'], ['tools/e2e/main.ts']],
  'e2e-cni': [['tools/build/bundle.ts', '--if-stale'], ['tools/e2e/node-plugin-main.ts']],
  gen: [['tools/gen/main.ts']],
  pictures: [['tools/pictures/main.ts']],
  plugin: [['tools/build/bundle.ts', '--if-stale'], ['tools/build/plugin.ts']],
};

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(2);
}

function lockHash() {
  return createHash('sha256').update(readFileSync(join(root, 'package-lock.json'))).digest('hex');
}

function isInstalled() {
  return existsSync(nodeBinary) && existsSync(marker) && readFileSync(marker, 'utf8') === lockHash();
}

/** One install at a time: two tasks started together in a bare clone must not fight over node_modules. */
function withInstallLock(action) {
  const lock = join(root, '.tmesh', 'install.lock');
  mkdirSync(dirname(lock), { recursive: true });
  for (let waited = 0; ; waited += 1) {
    try {
      mkdirSync(lock);
      break;
    } catch {
      const age = existsSync(lock) ? Date.now() - statSync(lock).mtimeMs : 0;
      if (age > 600_000) rmSync(lock, { recursive: true, force: true });
      if (waited > 700) fail(`another install has held ${lock} for too long; remove that folder and try again`);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
    }
  }
  const release = () => rmSync(lock, { recursive: true, force: true });
  // `fail` ends the process at once, which skips `finally`.
  process.once('exit', release);
  action();
  release();
}

function install() {
  if (isInstalled()) return;
  process.stderr.write('Installing the pinned npm packages (once, about half a minute) …\n');
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
  // Not `npm ci`: it refuses a lockfile without the linter's binaries for other platforms, and not every registry mirror has those.
  // Versions are exact in package.json and the lockfile either way, and `--no-save` leaves both as they are.
  const result = spawnSync(npm[0], [...npm.slice(1), 'install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (result.status !== 0) fail('`npm install` failed; its messages are above. The first run needs the network once.');
  if (!existsSync(nodeBinary)) {
    // npm may hold back install scripts; the `node` package fetches its binary in one.
    const setup = spawnSync(process.execPath, [join(modules, 'node', 'installArchSpecificPackage.js')], { cwd: join(modules, 'node'), stdio: ['ignore', 2, 2] });
    if (setup.status !== 0 || !existsSync(nodeBinary)) fail('Node 24 could not be installed from its npm package; install Node 24 yourself and run `npm install`.');
  }
  writeFileSync(marker, lockHash());
}

const [task, ...rest] = process.argv.slice(2);
const steps = task === undefined ? undefined : tasks[task];
if (steps === undefined) fail(`unknown task ${JSON.stringify(task ?? '')}; one of: ${Object.keys(tasks).join(', ')}`);
if (!isInstalled()) withInstallLock(install);

const env = { ...process.env, PATH: `${join(modules, '.bin')}:${dirname(nodeBinary)}:${process.env.PATH ?? ''}` };
const nodeFlags = ['--disable-warning=ExperimentalWarning', '--disable-warning=DEP0040'];
/** A small young generation and a single arena of malloc keep the operator at half the memory; docs/bench.md. */
const operatorFlags = task === 'tmesh' ? ['--max-semi-space-size=4', '--heap-growing-percent=10'] : [];
if (task === 'tmesh') env.MALLOC_ARENA_MAX ??= '1';

/** Runs one step; signals are handed on, so that SIGTERM to npm ends the real program cleanly. */
function run(step, parameters, cwd) {
  return new Promise((resolve) => {
    const child = spawn(nodeBinary, [...nodeFlags, ...operatorFlags, join(root, step[0]), ...step.slice(1), ...parameters], { stdio: 'inherit', env, cwd });
    const forward = (signal) => child.kill(signal);
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, forward);
    child.on('error', (error) => fail(`could not start ${nodeBinary}: ${error.message}`));
    child.on('exit', (code, signal) => {
      for (const each of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.off(each, forward);
      resolve(signal === null ? code ?? 1 : 128 + (constants.signals[signal] ?? 0));
    });
  });
}

for (const [index, step] of steps.entries()) {
  const isLast = index === steps.length - 1;
  const cwd = isLast && task === 'tmesh' ? process.env.INIT_CWD ?? process.cwd() : root;
  const code = await run(step, isLast ? rest : [], cwd);
  if (code !== 0) process.exit(code);
}
