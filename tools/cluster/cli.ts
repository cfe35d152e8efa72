import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../../src/lib/result.ts';
import { connect } from './api-client.ts';
import { brickPath, ensureBricks } from './bricks.ts';
import { certificateFiles } from './certificates.ts';
import { parseArguments, USAGE, type CliCommand } from './cli-arguments.ts';
import { startCluster } from './cluster.ts';
import { MissingGo } from './go-tool.ts';
import { enterNetwork, MissingRoot, requireRoot } from './node/enter.ts';
import { isRunning, waitUntilGone } from './process-identity.ts';
import { killLeftovers } from './reclaim.ts';
import { readState, type ClusterState, type Flavour } from './state.ts';
import { ensureTokens, kubeconfigFile } from './users.ts';

/* `npm run cluster -- up|down|status`: a cluster that stays until it is told to go. Exit codes: 0 done, 1 it did not work, 2 bad input. */

const DEFAULT_DIR = join(import.meta.dirname, '..', '..', '.tmesh', 'cluster');
const DEFAULT_NODE_DIR = join(DEFAULT_DIR, '..', 'node');
const STOP_TIMEOUT_MS = 30_000;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** From here nothing of a node's network can be reached: kubectl is run inside. */
async function isNodeReady({ dir, host }: ClusterState): Promise<boolean> {
  const [program, ...parameters] = enterNetwork(host.pid);
  const args = ['--kubeconfig', kubeconfigFile(dir, 'admin'), 'get', '--raw', '/readyz'];
  return promisify(execFile)(program, [...parameters, await brickPath('kubectl'), ...args]).then(({ stdout }) => stdout === 'ok', () => false);
}

async function isReady(state: ClusterState): Promise<boolean> {
  if (state.isReal === true) return isNodeReady(state);
  const client = connect(state.server, await readFile(certificateFiles(state.dir).caFile, 'utf8'), (await ensureTokens(state.dir)).admin);
  try {
    return await client.call('/readyz') === 'ok';
  } catch {
    return false;
  } finally {
    client.close();
  }
}

async function showAccess({ dir, isReal, host }: ClusterState): Promise<void> {
  say(`export KUBECONFIG=${kubeconfigFile(dir, 'admin')}`);
  // The programs a person runs must be inside, too.
  if (isReal === true) say(`alias kubectl='${enterNetwork(host.pid).join(' ')} ${await brickPath('kubectl')}'`);
}

async function up(dir: string, flavour: Flavour | undefined, node: boolean): Promise<number> {
  if (node) requireRoot();
  const state = await readState(dir);
  if (state !== undefined && isRunning(state.host)) {
    if (flavour !== undefined && state.flavour !== flavour) {
      note(`a cluster of flavour ${state.flavour} runs in ${dir}; stop it first, or choose another folder with --dir`);
      return 1;
    }
    note(`already up (${state.flavour}, pid ${state.host.pid})`);
    await showAccess(state);
    return 0;
  }
  await ensureBricks();
  const since = Date.now();
  const cluster = await startCluster({ dir, node: node || state?.isReal === true, flavour: flavour ?? state?.flavour ?? 'kubernetes', log: note });
  await cluster.detach();
  note(`up in ${((Date.now() - since) / 1000).toFixed(1)} s: ${cluster.server}`);
  note(`tenants without rights: ${cluster.kubeconfigFor('alice')}, ${cluster.kubeconfigFor('bob')}`);
  const now = await readState(dir);
  if (now !== undefined) await showAccess(now);
  return 0;
}

async function down(dir: string): Promise<number> {
  const state = await readState(dir);
  if (state === undefined) {
    note(`no cluster in ${dir}`);
    return 0;
  }
  if (isRunning(state.host)) process.kill(state.host.pid, 'SIGTERM');
  if (!await waitUntilGone(state.host, STOP_TIMEOUT_MS)) {
    note(`the cluster in ${dir} (pid ${state.host.pid}) does not stop; its log is ${join(dir, 'host.log')}`);
    return 1;
  }
  await killLeftovers(state, note);
  note(`stopped; ${dir} keeps what it stored`);
  return 0;
}

async function status(dir: string): Promise<number> {
  const state = await readState(dir);
  if (state === undefined) {
    say(`no cluster in ${dir}`);
    return 1;
  }
  const ready = isRunning(state.host) && await isReady(state);
  say(`${ready ? 'ready' : 'not ready'}  ${state.flavour}  ${state.server}`);
  const ports: Readonly<Record<string, number>> = {
    etcd: state.ports.etcd, 'kube-apiserver': state.ports.apiServer, 'kube-controller-manager': state.ports.controllerManager,
  };
  for (const [name, identity] of Object.entries({ host: state.host, ...state.processes })) {
    const port = ports[name] === undefined ? '' : `  port ${ports[name]}`;
    say(`  ${name.padEnd(24)} ${isRunning(identity) ? `pid ${identity.pid}` : 'not running'}${port}`);
  }
  if (ready) await showAccess(state);
  return ready ? 0 : 1;
}

async function run({ verb, flavour, node, dir: given }: CliCommand): Promise<number> {
  // npm runs scripts in the project's folder; a relative path is meant from where the person stands.
  const dir = given === undefined ? resolve(node ? DEFAULT_NODE_DIR : DEFAULT_DIR) : resolve(process.env['INIT_CWD'] ?? process.cwd(), given);
  if (verb === 'up') return up(dir, flavour, node);
  if (verb === 'down') return down(dir);
  if (verb === 'status') return status(dir);
  say(USAGE.trimEnd());
  return 0;
}

const parsed = parseArguments(process.argv.slice(2));
if (parsed.ok) {
  process.exitCode = await run(parsed.value).catch((thrown: unknown) => {
    note(messageOf(thrown));
    return thrown instanceof MissingGo || thrown instanceof MissingRoot ? 2 : 1;
  });
} else {
  note(`cluster: ${parsed.error}`);
  process.exitCode = 2;
}
