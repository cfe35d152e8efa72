import { readdir, readFile } from 'node:fs/promises';
import { startCluster, type Cluster } from '../cluster/cluster.ts';
import { identityOf } from '../cluster/process-identity.ts';
import { mountsUnder } from '../cluster/node/mounts.ts';
import { say, type Checks } from './screen.ts';

/** Command lines of processes that name a folder, this one's apart. */
async function processesOf(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
    const command = (await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ');
    if (command.includes(folder)) found.push(`${entry} ${command.slice(0, 120)}`);
  }
  return found;
}

interface PodList {
  readonly items: readonly { readonly metadata: { readonly namespace: string; readonly name: string }; readonly status: { readonly containerStatuses?: readonly { readonly ready: boolean }[] } }[];
}

async function unreadyPods(cluster: Cluster): Promise<readonly string[]> {
  const { stdout } = await cluster.kubectl(['get', 'pods', '-A', '-o', 'json']);
  const { items } = JSON.parse(stdout) as PodList;
  return items.filter(({ status }) => !(status.containerStatuses ?? [{ ready: false }]).every(({ ready }) => ready)).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
}

/**
 * Kills the process that holds the cluster, looks for what is left, and starts the cluster again in its folder, like a machine after a
 * power cut. Out: the new cluster, or undefined when it does not start.
 */
export async function killAndRestart(cluster: Cluster, checks: Checks, log: (line: string) => void): Promise<Cluster> {
  say('\n== The harness: killed with SIGKILL, and started again in its folder');
  const { dir, pids } = cluster;
  process.kill(pids['host'] ?? 0, 'SIGKILL');
  await checks.holds('no process of it is left', async () => {
    const left = [...Object.entries(pids).filter(([, pid]) => identityOf(pid) !== undefined).map(([name]) => name), ...await processesOf(dir)];
    return { isGood: left.length === 0, seen: left.join('\n') };
  });
  await checks.holds('no mount of it is left', async () => {
    const left = mountsUnder(dir, await readFile('/proc/self/mounts', 'utf8'));
    return { isGood: left.length === 0, seen: left.join('\n') };
  });
  const again = await startCluster({ flavour: 'openshift', node: true, dir, log });
  await checks.holds('all pods are ready again: operator, istiod, gateways, workloads', async () => {
    const left = await unreadyPods(again);
    return { isGood: left.length === 0, seen: left.join('\n') };
  }, { limitMs: 120_000 });
  return again;
}
