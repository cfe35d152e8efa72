import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { messageOf } from '../../src/lib/result.ts';
import { startCluster, type Cluster } from '../cluster/cluster.ts';
import { MissingGo } from '../cluster/go-tool.ts';
import { enterNetwork, MissingRoot, requireRoot } from '../cluster/node/enter.ts';
import { importImages, makeImages } from './images.ts';
import { say } from './screen.ts';

/*
 * `npm run e2e [-- --keep]`: a real node in namespaces of its own, the operator as a pod from its own image, upstream Istio, and the walk
 * with real requests. The walk itself (walk-main.ts) runs inside the node's network. Exit codes: 0, 1 for a failed check, 2 for a machine
 * where this cannot run.
 */
const root = join(import.meta.dirname, '..', '..');

function isKeep(flags: readonly string[]): boolean {
  const unknown = flags.find((flag) => flag !== '--keep');
  if (unknown === undefined) return flags.length > 0;
  process.stderr.write(`e2e: unknown option ${unknown}; there is only --keep, which leaves the cluster running\n`);
  process.exit(2);
}

/** Runs the walk inside; signals end it first and the cluster after. */
function playInside(cluster: Cluster, figures: Readonly<Record<string, string>>): Promise<number> {
  const [program, ...parameters] = enterNetwork(cluster.pids['host'] ?? 0);
  const walk = [process.execPath, '--disable-warning=ExperimentalWarning', join(root, 'tools', 'e2e', 'walk-main.ts'), cluster.dir, JSON.stringify(figures)];
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...parameters, ...walk], { cwd: root, stdio: 'inherit' });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => child.kill(signal));
    child.once('error', reject);
    child.once('exit', (code) => { resolve(code ?? 1); });
  });
}

async function play(keep: boolean): Promise<number> {
  const started = Date.now();
  const seconds = (): string => `${((Date.now() - started) / 1000).toFixed(1)} s`;
  say('== A real node: etcd, API server, controllers, scheduler, containerd, kubelet, kube-proxy, CNI, DNS');
  const images = await makeImages();
  const cluster = await startCluster({ flavour: 'openshift', node: true, log: (line) => { say(`  ${line}`); } });
  try {
    say(`  the node is up (${seconds()})`);
    await importImages(images, cluster.pids['host'] ?? 0);
    say(`  ${images.length} images imported (${seconds()})`);
    const megabytes = Math.round((images[0]?.size ?? 0) / 1e6);
    return await playInside(cluster, { 'operator image': `${megabytes} MB uncompressed`, 'node and images': seconds() });
  } finally {
    if (keep) await leave(cluster);
    else await cluster.stop();
  }
}

async function leave(cluster: Cluster): Promise<void> {
  await cluster.detach();
  say(`\nThe cluster stays: export KUBECONFIG=${cluster.kubeconfig}; ${enterNetwork(cluster.pids['host'] ?? 0).join(' ')} kubectl get pods -A`);
  say(`Stop it with: npm run cluster -- down --dir ${cluster.dir}`);
}

const keep = isKeep(process.argv.slice(2));
try {
  requireRoot();
  process.exitCode = await play(keep);
} catch (thrown) {
  process.stderr.write(`e2e: ${messageOf(thrown)}\n`);
  process.exitCode = thrown instanceof MissingRoot || thrown instanceof MissingGo ? 2 : 1;
}
process.exit();
