import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../../cluster/api-client.ts';
import { ensurePackages } from '../../cluster/node/debian-packages.ts';
import { environmentOf } from '../../cluster/node/real-node.ts';
import type { NamespaceObject, NetworkPolicyObject, PodObject } from './policy-objects.ts';
import { rulesOf } from './rules.ts';
import { removing, replacing } from './transaction.ts';

/*
 * The node's CNI plug-ins make a bridge and enforce nothing. This does it in their stead, for tests: packets between pods of a bridge pass
 * iptables. It looks twice a second; a pod is open until it was seen, where a CNI plug-in would hold it back.
 */

const PERIOD_MS = 500;

/** Enforces the policies of a cluster until it is stopped. */
export interface Enforcer {
  /** Resolves when the policies, pods and namespaces of this moment are in force. */
  sync(): Promise<void>;
  /** Passes some policies over from now on, as if nobody had written them. */
  leaveOut(isLeftOut: (policy: NetworkPolicyObject) => boolean): Promise<void>;
  /** Takes all rules away again. */
  stop(): Promise<void>;
}

type Iptables = (program: string, parameters: readonly string[], input: string) => Promise<string>;

/** The node's own iptables. This process must be in the node's network already. */
async function iptablesOf(dir: string): Promise<Iptables> {
  const env = { ...process.env, ...environmentOf(dir, await ensurePackages()) };
  return (program, parameters, input) => new Promise((resolve, reject) => {
    const child = spawn(join(dir, 'bin', program), [...parameters], { env });
    const [out, err]: [string[], string[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => { out.push(chunk.toString('utf8')); });
    child.stderr.on('data', (chunk: Buffer) => { err.push(chunk.toString('utf8')); });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(out.join(''));
      else reject(new Error(`${program}: ${err.join('').trim()}`));
    });
    // One that ends before it has read all says why by itself.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

class IptablesEnforcer implements Enforcer {
  readonly #client: ApiClient;
  readonly #iptables: Iptables;
  readonly #stopped = new AbortController();
  readonly #loop: Promise<void>;
  #isLeftOut: (policy: NetworkPolicyObject) => boolean = () => false;
  #inForce = '';
  #last: Promise<void> = Promise.resolve();

  constructor(client: ApiClient, iptables: Iptables) {
    this.#client = client;
    this.#iptables = iptables;
    this.#loop = this.#poll();
  }

  /** One at a time: an older list must not come in after a newer one. */
  sync(): Promise<void> {
    this.#last = this.#last.catch(() => undefined).then(() => this.#syncNow());
    return this.#last;
  }

  async leaveOut(isLeftOut: (policy: NetworkPolicyObject) => boolean): Promise<void> {
    this.#isLeftOut = isLeftOut;
    await this.sync();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#loop;
    await this.#last.catch(() => undefined);
    await this.#restore(removing);
  }

  async #poll(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      // The API server may be away for a while: what is in force stays.
      await this.sync().catch(() => undefined);
      await sleep(PERIOD_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #syncNow(): Promise<void> {
    const [policies, pods, namespaces] = await Promise.all([
      this.#list<NetworkPolicyObject>('/apis/networking.k8s.io/v1/networkpolicies'),
      this.#list<PodObject>('/api/v1/pods'),
      this.#list<NamespaceObject>('/api/v1/namespaces'),
    ]);
    const rules = rulesOf(policies.filter((policy) => !this.#isLeftOut(policy)), pods, namespaces);
    if (rules === this.#inForce) return;
    await this.#restore((present) => replacing(rules, present));
    this.#inForce = rules;
  }

  async #list<T>(path: string): Promise<readonly T[]> {
    return (await this.#client.call<{ readonly items: readonly T[] }>(path)).items;
  }

  async #restore(change: (present: string) => string): Promise<void> {
    const present = await this.#iptables('iptables-save', ['-t', 'filter'], '');
    await this.#iptables('iptables-restore', ['--noflush'], change(present));
  }
}

/** The kernel sends a client few refusals in a second; here they are answers, and a client that gets none has to wait for its time-out. */
async function sendEveryRefusal(): Promise<void> {
  await writeFile('/proc/sys/net/ipv4/icmp_ratemask', '0');
}

/** Starts to enforce. In: the cluster's folder; this process must be in the node's network. Resolves when the policies of now are in force. */
export async function startEnforcer(client: ApiClient, dir: string): Promise<Enforcer> {
  await sendEveryRefusal();
  const enforcer = new IptablesEnforcer(client, await iptablesOf(dir));
  await enforcer.sync();
  return enforcer;
}
