import { mkdir, readdir, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const MOUNT = '/sys/fs/cgroup';
/** containerd's CRI plug-in puts a container's cgroup under the name of its containerd namespace. */
const PARENT = 'k8s.io';

/** A busy process of the machine weighs 1024. */
const PODS_SHARES = 16 * 1024;

/**
 * Gives the pods of all nodes together the weight of sixteen busy processes. They share one cgroup, which by itself weighs as much as one: on a machine with other work
 * probes then fail and requests hang, as on no node that has its machine for itself. Nothing where the kernel has no cgroup v1 for processors. In: where cgroups are mounted.
 */
export async function weighPods(mount: string = MOUNT): Promise<void> {
  const pods = join(mount, 'cpu', PARENT);
  try {
    await mkdir(pods).catch(() => undefined);
    await writeFile(join(pods, 'cpu.shares'), String(PODS_SHARES), { flag: 'r+' });
  } catch {
    // Read-only, or without such a controller: then it is as it was.
  }
}

async function names(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** From the inside out: the kernel removes empty cgroups only, and one with processes stays. */
async function removeTree(folder: string): Promise<void> {
  for (const name of await names(folder)) await removeTree(join(folder, name));
  await rmdir(folder).catch(() => undefined);
}

/** Sandboxes and containers of a cluster's containerd, by the folders it keeps about them. */
async function containerIds(root: string): Promise<readonly string[]> {
  const cri = join(root, 'io.containerd.grpc.v1.cri');
  return [...await names(join(cri, 'sandboxes')), ...await names(join(cri, 'containers'))];
}

/** A container's cgroup is empty only for a moment while it starts. */
const LEFT_OVER_MS = 30_000;

async function isOld(folder: string): Promise<boolean> {
  return stat(folder).then(({ ctimeMs }) => Date.now() - ctimeMs > LEFT_OVER_MS, () => false);
}

/**
 * Removes the cgroups of a cluster's containers: the only thing of a node that the kernel does not take away with the last process. And those that
 * any killed cluster left: a kubelet looks at each for three seconds before it starts. What lives stays, for the kernel removes no cgroup with
 * processes. In: containerd's root folder. With cgroup v1 there is one tree for each controller.
 */
export async function removeCgroups(root: string): Promise<void> {
  const ids = new Set(await containerIds(root));
  const trees = [MOUNT, ...(await names(MOUNT)).map((name) => join(MOUNT, name))].map((tree) => join(tree, PARENT));
  for (const tree of trees) {
    for (const id of await names(tree)) {
      if (ids.has(id) || await isOld(join(tree, id))) await removeTree(join(tree, id));
    }
    await rmdir(tree).catch(() => undefined);
  }
}
