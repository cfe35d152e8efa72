import { execFile } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/*
 * Where kubelet and containerd write whatever one configures: sockets, device plug-ins, results of CNI, links to logs. Each cluster gets
 * empty ones of its own, in memory, that go with its mount namespace. Two of these folders may have to be made; empty, they stay.
 */
const PRIVATE_FOLDERS = ['/run', '/var/log', '/var/lib/cni', '/var/lib/kubelet'];

/**
 * Makes the mount namespace fit for a container runtime. To be called once, inside a fresh one that hands nothing back to the machine.
 */
export async function prepareMounts(): Promise<void> {
  await run('mount', ['--make-rshared', '/']);
  for (const folder of PRIVATE_FOLDERS) {
    await mkdir(folder, { recursive: true });
    await run('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', folder]);
  }
  for (const folder of ['/run/netns', '/run/lock']) await mkdir(folder);
}

/** Mount points under a folder, the innermost first, out of the text of /proc/self/mounts; it writes spaces as `\\040`. */
export function mountsUnder(folder: string, text: string): readonly string[] {
  const points = text.split('\n').map((line) => (line.split(' ')[1] ?? '').replaceAll(/\\([0-7]{3})/g, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 8))));
  return points.filter((point) => point.startsWith(`${folder}/`)).reverse();
}

/** Lets go of what a kubelet has mounted under a folder, so that the folder can be removed. */
export async function unmountUnder(folder: string): Promise<void> {
  for (const point of mountsUnder(folder, await readFile('/proc/self/mounts', 'utf8'))) await run('umount', ['--lazy', point]);
}
