import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mustGather } from '../../src/cli/must-gather.ts';
import { messageOf } from '../../src/lib/result.ts';
import { kubeconfigFile } from '../cluster/users.ts';
import type { Access } from './cluster-access.ts';

/** Logs of the node's own programs, in the cluster's folder, which goes with the cluster. */
const NODE_LOGS = ['host', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy', 'containerd'];

interface Pods {
  readonly items: readonly { readonly metadata: { readonly name: string; readonly namespace: string } }[];
}

async function write(file: string, text: Promise<string>): Promise<void> {
  await writeFile(file, await text.catch((thrown: unknown) => `${messageOf(thrown)}\n`));
}

/** Of every pod, also of those that belong to no mesh. */
async function writeLogs({ client, kubectl }: Access, folder: string): Promise<void> {
  const { items } = await client.call<Pods>('/api/v1/pods');
  for (const { metadata: { name, namespace } } of items) {
    await write(join(folder, `${namespace}.${name}.log`), kubectl('logs', '-n', namespace, name, '--all-containers', '--prefix', '--tail=2000'));
  }
}

/**
 * Leaves what a person needs to see why a check failed, in a folder that is emptied before: what `tmesh must-gather` takes, all pods,
 * events and logs, and the logs of the node. No Secrets. What cannot be read is said in its file. In: the cluster's folder, the target.
 */
export async function writeDiagnostics(access: Access, dir: string, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  for (const part of ['pods', 'node']) await mkdir(join(folder, part), { recursive: true, mode: 0o700 });
  const gathered = mustGather({ kubeconfig: kubeconfigFile(dir, 'admin'), output: join(folder, 'mesh') }, process.env, () => undefined);
  await write(join(folder, 'must-gather.json'), gathered.then((report) => `${JSON.stringify(report, undefined, 2)}\n`));
  await write(join(folder, 'pods.txt'), access.kubectl('get', 'pods', '-A', '-o', 'wide'));
  await write(join(folder, 'pods.yaml'), access.kubectl('get', 'pods', '-A', '-o', 'yaml'));
  await write(join(folder, 'events.txt'), access.kubectl('get', 'events', '-A', '--sort-by=.lastTimestamp'));
  await writeLogs(access, join(folder, 'pods'));
  for (const name of NODE_LOGS) await copyFile(join(dir, `${name}.log`), join(folder, 'node', `${name}.log`)).catch(() => undefined);
}
