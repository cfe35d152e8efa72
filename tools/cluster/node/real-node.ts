import { execFile } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { corednsImage, pauseImage } from '../../images/catalogue.ts';
import { iptablesLinks } from '../../images/libraries.ts';
import { storeImage, type StoredImage } from '../../images/store.ts';
import type { ApiClient } from '../api-client.ts';
import { ensureBricks } from '../bricks.ts';
import { certificateFiles } from '../certificates.ts';
import type { NodeContext, NodeProvider, Nodes } from '../node-provider.ts';
import { lastLines, startProcess, type ProcessPlan, type Running } from '../processes.ts';
import { removeCgroups, weighPods } from './cgroups.ts';
import { CLUSTER_DOMAIN, DNS_ADDRESS, NODE_NAME } from './addresses.ts';
import { CNI_FILE, cniConfig, containerdConfig, containerdFolders, CONTAINERD_SOCKET } from './containerd-config.ts';
import { corednsObjects } from './coredns.ts';
import { ensurePackages, LIBRARY_FOLDERS, type PackageFolders } from './debian-packages.ts';
import { unmountUnder } from './mounts.ts';
import { kubeletArguments, kubeletConfig, kubeProxyArguments, schedulerArguments } from './node-arguments.ts';

const run = promisify(execFile);
const READY_TIMEOUT_MS = 240_000;
const RESTART_MS = 1000;

/** Built or fetched beforehand: what comes out of the caches when the node starts. */
const NODE_PROGRAMS = ['kube-scheduler', 'kubelet', 'kube-proxy', 'coredns'] as const;

/** Has everything a node is made of in the caches; to be called where progress can be shown. */
export async function prepareNode(log?: (line: string) => void): Promise<void> {
  await Promise.all([ensureBricks(NODE_PROGRAMS, log), ensurePackages()]);
  for (const image of [await pauseImage(), await corednsImage()]) await storeImage(image);
}

async function until(what: string, running: Running, logFile: string, isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!await isTrue().catch(() => false)) {
    if (running.hasEnded() || Date.now() > deadline) throw new Error(`${what} did not come up; the end of ${logFile}:\n${await lastLines(logFile)}`);
    await sleep(50);
  }
}

/** Paths of the unpacked packages in front of the machine's own; the machine may lack iptables, runc and their libraries. */
export function environmentOf(dir: string, packages: PackageFolders): Readonly<Record<string, string>> {
  const libraries = [packages.libseccomp2, packages.libmnl0, packages.libnftnl11, packages.libxtables12, packages.libip4tc2, packages.libip6tc2,
    packages['libnetfilter-conntrack3'], packages.libnfnetlink0].flatMap((folder) => LIBRARY_FOLDERS.map((part) => join(folder, part)));
  return {
    PATH: [join(dir, 'bin'), join(packages.containerd, 'usr/bin'), join(packages.runc, 'usr/sbin'), process.env['PATH'] ?? '', '/usr/sbin', '/sbin'].join(':'),
    LD_LIBRARY_PATH: libraries.join(':'),
    XTABLES_LIBDIR: join(packages.iptables, 'usr/lib/x86_64-linux-gnu/xtables'),
  };
}

class RealNode implements Nodes {
  readonly #context: NodeContext;
  readonly #packages: PackageFolders;
  #running: Running[] = [];
  #isStopped = false;

  constructor(context: NodeContext, packages: PackageFolders) {
    this.#context = context;
    this.#packages = packages;
  }

  get processes(): NonNullable<Nodes['processes']> {
    return Object.fromEntries(this.#running.map(({ name, identity }) => [name, identity]));
  }

  async start(): Promise<void> {
    const { dir, kubeconfig } = this.#context;
    const bricks = await ensureBricks(NODE_PROGRAMS);
    await this.#writeFiles();
    await weighPods();
    await this.#startContainerd();
    for (const image of [await pauseImage(), await corednsImage()]) await this.#import(await storeImage(image));
    this.#spawn('kube-scheduler', bricks['kube-scheduler'], schedulerArguments(kubeconfig));
    this.#spawn('kube-proxy', bricks['kube-proxy'], kubeProxyArguments(kubeconfig));
    // Heartbeats come in whole seconds.
    const since = new Date(Math.floor(Date.now() / 1000) * 1000);
    const kubelet = this.#spawn('kubelet', bricks.kubelet, kubeletArguments(dir, kubeconfig));
    await this.#untilReady('kubelet', kubelet, () => isNodeReady(this.#context.client, since));
    await this.#startDns(kubelet);
    void this.#keepKubelet(kubelet, bricks.kubelet);
  }

  /** A kubelet that ends is started again, as a machine's init does. */
  async #keepKubelet(first: Running, program: string): Promise<void> {
    const { dir, kubeconfig } = this.#context;
    for (let kubelet = first; ;) {
      await kubelet.ended;
      await sleep(RESTART_MS);
      if (this.#isStopped) return;
      kubelet = this.#spawn('kubelet', program, kubeletArguments(dir, kubeconfig));
    }
  }

  /** Pods are not asked: containerd's end is theirs, as at a power cut. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const running of this.#running.reverse()) await running.stop(0);
    this.#running = [];
    await unmountUnder(this.#context.dir);
    await removeCgroups(this.#folders.root);
  }

  async #writeFiles(): Promise<void> {
    const { dir } = this.#context;
    const folders = this.#folders;
    const bin = join(dir, 'bin');
    await rm(bin, { recursive: true, force: true });
    for (const folder of [bin, folders.cniConfig, folders.root]) await mkdir(folder, { recursive: true });
    for (const [name, program] of iptablesLinks()) await symlink(join(this.#packages.iptables, 'usr/sbin', program), join(bin, name));
    await writeFile(join(folders.cniConfig, CNI_FILE), cniConfig());
    await writeFile(join(dir, 'containerd.toml'), containerdConfig(folders));
    await writeFile(join(dir, 'kubelet.json'), JSON.stringify(kubeletConfig(dir, certificateFiles(dir)), undefined, 2));
    // Nothing listens there: a pod with `dnsPolicy: Default` knows no names.
    await writeFile(join(dir, 'resolv.conf'), 'nameserver 127.0.0.1\n');
  }

  /** As the first process of a process namespace: shims and containers end with it, whatever happens to us. */
  async #startContainerd(): Promise<void> {
    const { dir } = this.#context;
    const program = join(this.#packages.containerd, 'usr/bin/containerd');
    const wrapper = ['--pid', '--fork', '--kill-child=KILL', '--mount-proc', '--propagation', 'slave'];
    const containerd = this.#spawn('containerd', 'unshare', [...wrapper, program, '--config', join(dir, 'containerd.toml')]);
    await this.#untilReady('containerd', containerd, () => this.#ctr('version').then(() => true));
  }

  async #startDns(kubelet: Running): Promise<void> {
    const { client } = this.#context;
    for (const { collection, manifest } of corednsObjects()) {
      const path = `${collection}/${manifest.metadata.name}?fieldManager=node&force=true`;
      await client.call(path, { method: 'PATCH', contentType: 'application/apply-patch+yaml', body: manifest });
    }
    await this.#untilReady('coredns', kubelet, answersNames);
  }

  async #import(image: StoredImage): Promise<void> {
    await this.#ctr('--namespace', 'k8s.io', 'images', 'import', image.archive);
  }

  async #ctr(...parameters: readonly string[]): Promise<void> {
    await run(join(this.#packages.containerd, 'usr/bin/ctr'), ['--address', CONTAINERD_SOCKET, ...parameters]);
  }

  async #untilReady(what: string, running: Running, isTrue: () => Promise<boolean>): Promise<void> {
    const since = Date.now();
    await until(what, running, this.#logFile(running.name), isTrue);
    this.#context.log(`${what} is ready (${((Date.now() - since) / 1000).toFixed(1)} s)`);
  }

  #spawn(name: string, file: string, args: readonly string[]): Running {
    const { dir } = this.#context;
    const plan: ProcessPlan = { name, file, args, logFile: this.#logFile(name), env: environmentOf(dir, this.#packages) };
    const running = startProcess(plan);
    this.#running.push(running);
    return running;
  }

  #logFile(name: string): string {
    return join(this.#context.dir, `${name}.log`);
  }

  get #folders(): ReturnType<typeof containerdFolders> {
    return containerdFolders(this.#context.dir, { cni: this.#packages['containernetworking-plugins'], runc: this.#packages.runc });
  }
}

interface NodeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string; readonly lastHeartbeatTime: string }[] };
}

/** What an earlier kubelet said of itself does not count. */
async function isNodeReady(client: ApiClient, since: Date): Promise<boolean> {
  const node = await client.call<NodeObject>(`/api/v1/nodes/${NODE_NAME}`);
  return node.status?.conditions?.some(({ type, status, lastHeartbeatTime }) =>
    type === 'Ready' && status === 'True' && Date.parse(lastHeartbeatTime) >= since.getTime()) ?? false;
}

/** Asked as a pod would: through the Service's address. */
async function answersNames(): Promise<boolean> {
  const resolver = new Resolver({ timeout: 1000, tries: 1 });
  resolver.setServers([DNS_ADDRESS]);
  return (await resolver.resolve4(`kubernetes.default.svc.${CLUSTER_DOMAIN}`)).length === 1;
}

/** containerd, kubelet, kube-proxy, scheduler and DNS; its host process runs by node/host.ts. */
export const realNode: NodeProvider = {
  async start(context) {
    const node = new RealNode(context, await ensurePackages());
    try {
      await node.start();
    } catch (thrown) {
      await node.stop();
      throw thrown;
    }
    return node;
  },
};
