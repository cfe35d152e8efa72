import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../src/lib/result.ts';
import { startCluster, type Cluster } from '../cluster/cluster.ts';
import { MissingGo } from '../cluster/go-tool.ts';
import { enterNetwork, MissingRoot, requireRoot } from '../cluster/node/enter.ts';
import { freshFolder } from './folder.ts';
import { killAndRestart } from './harness-life.ts';
import { importImages, makeImages } from './images.ts';
import { runInside } from './inside.ts';
import { Checks, say } from './screen.ts';
import type { WalkResult } from './stage.ts';

/*
 * `npm run e2e [-- --keep]`: a real node in namespaces of its own, the operator as a pod from its own image, upstream Istio, and the walk
 * with real requests. The walk itself (walk-main.ts) runs inside the node's network. Exit codes: 0, 1 for a failed check, 2 for a machine
 * where this cannot run.
 */
function isKeep(flags: readonly string[]): boolean {
  const unknown = flags.find((flag) => flag !== '--keep');
  if (unknown === undefined) return flags.length > 0;
  process.stderr.write(`e2e: unknown option ${unknown}; there is only --keep, which leaves the cluster running\n`);
  process.exit(2);
}

/** Runs the walk inside. */
async function playInside(cluster: Cluster, figures: Readonly<Record<string, string>>): Promise<WalkResult> {
  let result: WalkResult = { passed: 0, failures: ['the walk did not come to its end'] };
  await runInside({
    hostPid: cluster.pids['host'] ?? 0, script: join(import.meta.dirname, 'walk-main.ts'), args: [cluster.dir, JSON.stringify(figures)],
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
async function play(dir: string): Promise<number> {
  say('== A real node: etcd, API server, controllers, scheduler, containerd, kubelet, kube-proxy, CNI, DNS');
  const { cluster, figures } = await startWithImages(dir);
  let running = cluster;
  const checks = new Checks();
  try {
    const { passed, failures } = await playInside(cluster, figures);
    checks.passed += passed;
    checks.failures.push(...failures);
    if (failures.length === 0 && !keep) running = await killAndRestart(cluster, checks, log);
  } finally {
    if (keep) await leave(running);
    else await running.stop();
  }
  if (!keep) await rm(dir, { recursive: true, force: true });
  say(`\n${checks.passed} passed, ${checks.failures.length} failed`);
  return checks.failures.length === 0 ? 0 : 1;
}

async function leave(cluster: Cluster): Promise<void> {
  await cluster.detach();
  say(`\nThe cluster stays: export KUBECONFIG=${cluster.kubeconfig}; ${enterNetwork(cluster.pids['host'] ?? 0).join(' ')} kubectl get pods -A`);
  say(`Stop it with: npm run cluster -- down --dir ${cluster.dir}`);
}

const keep = isKeep(process.argv.slice(2));
try {
  requireRoot();
  process.exitCode = await play(await freshFolder());
} catch (thrown) {
  process.stderr.write(`e2e: ${messageOf(thrown)}\n`);
  process.exitCode = thrown instanceof MissingRoot || thrown instanceof MissingGo ? 2 : 1;
}
process.exit();
