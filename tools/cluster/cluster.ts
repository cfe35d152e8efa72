import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ensureBricks } from './bricks.ts';
import { certificateFiles } from './certificates.ts';
import { HostHandle } from './host-handle.ts';
import { runKubectl, type KubectlOptions, type KubectlResult } from './kubectl.ts';
import { withLock } from './lock.ts';
import type { ProcessImage } from './mesh-processes/images.ts';
import { OPENSHIFT_FILES, moduleFile } from './module-files.ts';
import { reclaim, sweepTemporary, TEMPORARY_PREFIX } from './reclaim.ts';
import { enterNetwork, NODE_HOST, requireRoot } from './node/enter.ts';
import { prepareNode } from './node/real-node.ts';
import type { Flavour } from './state.ts';
import { ensureTokens, kubeconfigFile, type Tokens, type User } from './users.ts';

export type { KubectlOptions, KubectlResult } from './kubectl.ts';
export type { Flavour } from './state.ts';
export type { User } from './users.ts';

export interface ClusterOptions {
  /** Default `kubernetes`. `openshift` adds what OpenShift's API server and router do; see openshift-stand-in.ts. */
  readonly flavour?: Flavour;
  /** Default true. Without: no Deployment makes pods, no namespace goes, nothing is garbage-collected. */
  readonly controllerManager?: boolean;
  /** Default true. Without: pods stay Pending. */
  readonly kubelet?: boolean;
  /** A real node instead of the stand-in: containerd, kubelet, kube-proxy, DNS, in namespaces of their own. Needs root on Linux. */
  readonly node?: boolean;
  /**
   * Pods of these images run as processes of this machine; the others are played. The caller must be in a network and mount namespace of
   * its own, where it may do everything (`unshare`): see mesh-processes/.
   */
  readonly images?: readonly ProcessImage[];
  /** Default false. With: the API server writes down what service accounts ask for, to be read by `askedBy`. */
  readonly audit?: boolean;
  /** The folder of the cluster; kept by stop(), and the next start in it continues. Default: a temporary one that goes with the cluster. */
  readonly dir?: string;
  /** Takes what goes on, a line at a time. Default: nothing is shown but the building of binaries, on stderr. */
  readonly log?: (line: string) => void;
}

/** A running cluster. Everything listens on 127.0.0.1 only; that of one with a real node is inside its own network namespace. */
export interface Cluster {
  /** URL of the API server. */
  readonly server: string;
  readonly caFile: string;
  /** URL of etcd, without TLS. */
  readonly etcdEndpoint: string;
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  readonly dir: string;
  /** Pids by name: `host`, `watchdog`, `etcd`, `kube-apiserver`, `kube-controller-manager`. */
  readonly pids: Readonly<Record<string, number>>;
  /** Path of a user's kubeconfig: `admin` may do everything; `alice` (group tenant-a) and `bob` (tenant-b) nothing yet. */
  kubeconfigFor(user: User): string;
  /** A user's bearer token. */
  token(user: User): string;
  /** Runs kubectl; never throws for its exit code. */
  kubectl(args: readonly string[], options?: KubectlOptions): Promise<KubectlResult>;
  /** Kills the API server, starts it again on the same port, and waits until it is ready. */
  restartApiServer(): Promise<void>;
  /** Compacts etcd at its newest revision: watches from before must list again. */
  compactEtcd(): Promise<void>;
  /** Leaves the cluster running when this process ends; `dir` is how to find it again. */
  detach(): Promise<void>;
  /** Stops everything in reverse order and waits for it. */
  stop(): Promise<void>;
}

async function compact(etcdEndpoint: string): Promise<void> {
  const post = async (path: string, body: object): Promise<{ header?: { revision?: string } }> => {
    const response = await fetch(`${etcdEndpoint}/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`etcd answered ${response.status} to ${path}: ${await response.text()}`);
    return await response.json() as { header?: { revision?: string } };
  };
  const { header } = await post('range', { key: Buffer.from('\0').toString('base64') });
  await post('compaction', { revision: header?.revision, physical: true });
}

class HostedCluster implements Cluster {
  readonly #host: HostHandle;
  readonly #tokens: Tokens;

  constructor(host: HostHandle, tokens: Tokens) {
    this.#host = host;
    this.#tokens = tokens;
  }

  get server(): string { return this.#host.state.server; }
  get etcdEndpoint(): string { return this.#host.state.etcdEndpoint; }
  get dir(): string { return this.#host.state.dir; }
  get caFile(): string { return certificateFiles(this.dir).caFile; }
  get kubeconfig(): string { return this.kubeconfigFor('admin'); }
  get pids(): Readonly<Record<string, number>> {
    const { host, processes } = this.#host.state;
    return { host: host.pid, ...Object.fromEntries(Object.entries(processes).map(([name, { pid }]) => [name, pid])) };
  }

  kubeconfigFor(user: User): string { return kubeconfigFile(this.dir, user); }
  token(user: User): string { return this.#tokens[user]; }
  kubectl(args: readonly string[], options: KubectlOptions = {}): Promise<KubectlResult> {
    const { dir, isReal, host } = this.#host.state;
    return runKubectl(dir, args, options, isReal === true ? enterNetwork(host.pid) : []);
  }
  restartApiServer(): Promise<void> { return this.#host.ask('restartApiServer'); }
  compactEtcd(): Promise<void> { return compact(this.etcdEndpoint); }
  detach(): Promise<void> { return this.#host.detach(); }
  stop(): Promise<void> { return this.#host.stop(); }
}

type Start = (dir: string) => Promise<HostHandle>;

async function startInTemporary(start: Start, log: (line: string) => void): Promise<HostHandle> {
  await sweepTemporary(log);
  return start(await mkdtemp(join(tmpdir(), TEMPORARY_PREFIX)));
}

/** Locked: of two starts in one folder at the same time the second must see that the first runs. */
async function startIn(dir: string, flavour: Flavour, start: Start, log: (line: string) => void): Promise<HostHandle> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  return withLock(join(dir, 'start.lock'), () => undefined, async () => {
    await reclaim(dir, flavour, log);
    return start(dir);
  });
}

/**
 * Starts etcd, kube-apiserver, kube-controller-manager and a stand-in for nodes on free loopback ports, and resolves when pods can be
 * made. The binaries come from bricks.ts, which may build them first. Any number of clusters run side by side, one per folder. The
 * cluster ends with this process, even when this process is killed, unless it was detached.
 * @throws when a binary is missing and cannot be built, a cluster already runs in `dir`, or a process does not come up; one sentence,
 * and the end of the log of that process.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { flavour = 'kubernetes', controllerManager = true, kubelet = true, node = false, audit = false, log = () => undefined } = options;
  if (node) requireRoot();
  const [bricks, manifests] = await Promise.all([
    ensureBricks(['etcd', 'kube-apiserver', 'kube-controller-manager'], options.log),
    flavour === 'openshift' ? Promise.all(OPENSHIFT_FILES.map((name) => moduleFile(name))) : [],
    node ? prepareNode(options.log) : undefined,
  ]);
  const start = (dir: string): Promise<HostHandle> => HostHandle.start({
    dir, flavour, manifests, isTemporary: options.dir === undefined, withControllerManager: controllerManager, withNode: kubelet, images: options.images,
    binaries: { etcd: bricks.etcd, apiServer: bricks['kube-apiserver'], controllerManager: bricks['kube-controller-manager'] },
    ...(node ? { isReal: true } : {}), ...(audit ? { withAudit: true } : {}),
  }, log, node ? NODE_HOST : undefined);
  const host = options.dir === undefined ? await startInTemporary(start, log) : await startIn(resolve(options.dir), flavour, start, log);
  return new HostedCluster(host, await ensureTokens(host.state.dir));
}
