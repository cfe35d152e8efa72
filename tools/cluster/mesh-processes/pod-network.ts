import { spawn, type ChildProcess } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { HostTools } from './host-tools.ts';

const BRIDGE = 'pods';

/**
 * A bridge without an address of its own takes the lowest of its ports', and another one whenever a pod comes or goes. Pods that remember the former
 * address are then cut off from the node until they ask again, up to half a minute later. Source: Linux, br_stp_recalculate_bridge_id; the CNI plug-in `bridge` does the same.
 */
const BRIDGE_ADDRESS = '0a:58:0a:00:00:01';

/** Addresses of a cluster whose pods are processes. */
export interface PodRange {
  /** The node's own address, and the gateway of its pods. */
  readonly hostIP: string;
  readonly prefixLength: number;
  readonly serviceRange: string;
}

async function batch(file: string, args: readonly string[], lines: readonly string[]): Promise<void> {
  const child = spawn(file, [...args], { stdio: ['pipe', 'ignore', 'pipe'] });
  const ended = new Promise<number | null>((resolve, reject) => { child.once('error', reject).once('close', resolve); });
  // Whoever ends early says why on stderr.
  child.stdin.on('error', () => undefined).end(`${lines.join('\n')}\n`);
  const [complaint, code] = await Promise.all([text(child.stderr), ended]);
  if (code !== 0) throw new Error(`ip: ${complaint.trim()} (${lines.join('; ')})`);
}

/** A network namespace of one pod, held open by a process that does nothing. */
export interface PodSandbox {
  readonly pid: number;
  readonly address: string;
  /** Closes it once its containers have ended. */
  close(): void;
}

/** Waits for the word that the namespace is there; its holder ends when this process does, because its pipe closes. */
async function holdNamespace(tools: HostTools): Promise<ChildProcess> {
  const holder = spawn(tools.unshare, ['--net', '--', tools.sh, '-c', `echo up; exec ${tools.cat} >/dev/null`], { stdio: ['pipe', 'pipe', 'ignore'] });
  await new Promise<void>((resolve, reject) => {
    holder.stdout.once('data', () => { resolve(); });
    holder.once('error', reject);
    holder.once('exit', () => { reject(new Error('no network namespace could be made for a pod')); });
  });
  return holder;
}

/** A bridge for pods, each in a network namespace of its own: every pod has all ports, as on a real node. */
export class PodNetwork {
  readonly #tools: HostTools;
  readonly #range: PodRange;
  #next = 1;

  constructor(tools: HostTools, range: PodRange) {
    this.#tools = tools;
    this.#range = range;
  }

  /** Makes the bridge in the namespace of this process, and Service addresses local to it. */
  async start(): Promise<void> {
    const { hostIP, prefixLength, serviceRange } = this.#range;
    await batch(this.#tools.ip, ['-batch', '-'], [
      'link set lo up', `link add ${BRIDGE} address ${BRIDGE_ADDRESS} type bridge`, `addr add ${hostIP}/${prefixLength} dev ${BRIDGE}`, `link set ${BRIDGE} up`,
      `route add local ${serviceRange} dev lo`,
    ]);
  }

  /** A namespace with an address on the bridge; it reaches Services through the node. */
  async open(address: string): Promise<PodSandbox> {
    const { ip, nsenter } = this.#tools;
    const holder = await holdNamespace(this.#tools);
    const pid = holder.pid ?? 0;
    const link = `pod${this.#next}`;
    this.#next += 1;
    await batch(ip, ['-batch', '-'], [`link add ${link} type veth peer name eth0 netns ${pid}`, `link set ${link} master ${BRIDGE} up`]);
    await batch(nsenter, ['--target', String(pid), '--net', '--', ip, '-batch', '-'], [
      'link set lo up', `addr add ${address}/${this.#range.prefixLength} dev eth0`, 'link set eth0 up', `route add default via ${this.#range.hostIP}`,
    ]);
    return { pid, address, close: () => { holder.kill('SIGKILL'); } };
  }
}
