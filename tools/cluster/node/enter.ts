import { join } from 'node:path';
import type { HostEntry } from '../host-handle.ts';

/** This needs root, and a system it knows. The message is one sentence; programs end with exit code 2. */
export class MissingRoot extends Error {
  constructor(reason: string) {
    super(`a real node needs ${reason}; without it \`npm run cluster -- up\` starts a cluster whose pods are played by a stand-in.`);
    this.name = 'MissingRoot';
  }
}

/** Throws MissingRoot unless this process may make namespaces and start containers. */
export function requireRoot(platform: string = process.platform, uid: number | undefined = process.getuid?.()): void {
  if (platform !== 'linux') throw new MissingRoot('Linux');
  if (uid !== 0) throw new MissingRoot('root (namespaces, mounts and iptables rules of its own; nothing of the machine is changed): run this with sudo');
}

/** The command in front of one that is to run in the node's network. In: pid of the cluster's host. */
export function enterNetwork(hostPid: number): readonly [string, ...string[]] {
  return ['nsenter', `--target=${hostPid}`, '--net', '--'];
}

/** The same for one that must also see the node's mounts and sockets; it starts in /. */
export function enterNode(hostPid: number): readonly [string, ...string[]] {
  return ['nsenter', `--target=${hostPid}`, '--net', '--mount', '--'];
}

/** The host process of a cluster with a real node: in new namespaces that hand no mount back to the machine. */
export const NODE_HOST: HostEntry = {
  script: join(import.meta.dirname, 'host.ts'),
  wrapper: ['unshare', '--net', '--mount', '--propagation', 'slave', '--'],
};
