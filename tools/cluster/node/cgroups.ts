import { readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

const MOUNT = '/sys/fs/cgroup';
/** containerd's CRI plug-in puts a container's cgroup under the name of its containerd namespace. */
const PARENT = 'k8s.io';

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

/**
 * Removes the cgroups of a cluster's containers: the only thing of a node that the kernel does not take away with the last process.
 * Other clusters' have other names. In: containerd's root folder. With cgroup v1 there is one tree for each controller.
 */
export async function removeCgroups(root: string): Promise<void> {
  const ids = await containerIds(root);
  const trees = [MOUNT, ...(await names(MOUNT)).map((name) => join(MOUNT, name))].map((tree) => join(tree, PARENT));
  for (const tree of trees) {
    for (const id of ids) await removeTree(join(tree, id));
    if (ids.length > 0) await rmdir(tree).catch(() => undefined);
  }
}
