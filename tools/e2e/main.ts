import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../src/lib/result.ts';
import { startCluster, type Cluster } from '../cluster/cluster.ts';
import { MissingGo } from '../cluster/go-tool.ts';
import { enterNetwork, MissingRoot, requireRoot } from '../cluster/node/enter.ts';
import { isRunning } from '../cluster/process-identity.ts';
import { readState } from '../cluster/state.ts';
import { ACT_NAMES, HARNESS_ACT } from './acts.ts';
import { freshFolder } from './folder.ts';
import { killAndRestart } from './harness-life.ts';
import { importImages, makeImages } from './images.ts';
import { runInside } from './inside.ts';
import { optionsOf, WrongOptions, type Options } from './options.ts';
import { Checks, say } from './screen.ts';
import type { WalkResult } from './stage.ts';

/*
 * `npm run e2e [-- --only ACT,ACT… --keep --on FOLDER]`: a real node in namespaces of its own, the operator as a pod from its own image, upstream
 * Istio, and the walk with real requests. The walk itself (walk-main.ts) runs inside the node's network. Exit codes: 0, 1 for a failed check, 2 for
 * wrong options and for a machine where this cannot run.
 */

/** Runs the walk inside. In: the cluster's folder, the pid of its host, the acts, and figures so far. */
async function playInside(dir: string, hostPid: number, figures: Readonly<Record<string, string>>): Promise<WalkResult> {
  let result: WalkResult = { passed: 0, failures: ['the walk did not come to its end'] };
  await runInside({
    hostPid, script: join(import.meta.dirname, 'walk-main.ts'), args: [dir, JSON.stringify(figures), ...options.acts],
    onMessage: (message) => { result = message as WalkResult; },
  });
  return result;
}

const log = (line: string): void => { say(`  ${line}`); };

async function startWithImages(dir: string): Promise<{ readonly cluster: Cluster; readonly figures: Readonly<Record<string, string>> }> {
  const images = await makeImages();
  const started = Date.now();
  const seconds = (): string => `${((Date.now() - started) / 1000).toFixed(1)} s`;
  const cluster = await startCluster({ flavour: 'openshift', node: true, dir, log });
  const node = seconds();
  log(`the node is up (${node})`);
  await importImages(images, cluster.pids['host'] ?? 0);
  log(`${images.length} images imported (${seconds()})`);
  const megabytes = Math.round((images[0]?.size ?? 0) / 1e6);
  return { cluster, figures: { 'operator image': `${megabytes} MB uncompressed`, 'start of the node': node, 'start of the node, with images': seconds() } };
}

/** A run that was interrupted or asked to stay ends after the walk. */
async function play(dir: string, checks: Checks): Promise<void> {
  say('== A real node: etcd, API server, controllers, scheduler, containerd, kubelet, kube-proxy, CNI, DNS');
  const { cluster, figures } = await startWithImages(dir);
  let running = cluster;
  try {
    take(checks, await playInside(dir, cluster.pids['host'] ?? 0, figures));
    if (checks.failures.length === 0 && !options.keep && options.acts.includes(HARNESS_ACT)) running = await killAndRestart(cluster, checks, log);
  } finally {
    if (options.keep) await leave(running);
    else await running.stop();
  }
  if (!options.keep) await rm(dir, { recursive: true, force: true });
}

function take(checks: Checks, { passed, failures }: WalkResult): void {
  checks.passed += passed;
  checks.failures.push(...failures);
}

/** Plays in a cluster that an earlier run left, and leaves it again. */
async function playOn(dir: string, checks: Checks): Promise<void> {
  const state = await readState(dir);
  if (state === undefined || !isRunning(state.host)) throw new WrongOptions(`--on: no cluster runs in ${dir}`);
  take(checks, await playInside(dir, state.host.pid, {}));
}

async function leave(cluster: Cluster): Promise<void> {
  await cluster.detach();
  say(`\nThe cluster stays: export KUBECONFIG=${cluster.kubeconfig}; ${enterNetwork(cluster.pids['host'] ?? 0).join(' ')} kubectl get pods -A`);
  say(`Play on it with: npm run e2e -- --on ${cluster.dir} --only ACT`);
  say(`Stop it with: npm run cluster -- down --dir ${cluster.dir}`);
}

/** Wrong options end the process before anything is started. */
function optionsOrExit(): Options {
  try {
    return optionsOf(process.argv.slice(2), ACT_NAMES);
  } catch (thrown) {
    process.stderr.write(`e2e: ${messageOf(thrown)}\n`);
    process.exit(2);
  }
}

const options = optionsOrExit();
const checks = new Checks();
try {
  requireRoot();
  await (options.on === undefined ? play(await freshFolder(), checks) : playOn(options.on, checks));
  say(`\n${checks.passed} passed, ${checks.failures.length} failed`);
  process.exitCode = checks.failures.length === 0 ? 0 : 1;
} catch (thrown) {
  process.stderr.write(`e2e: ${messageOf(thrown)}\n`);
  process.exitCode = thrown instanceof MissingRoot || thrown instanceof MissingGo || thrown instanceof WrongOptions ? 2 : 1;
}
process.exit();
