import { mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type ApiClient } from './api-client.ts';
import { auditArguments } from './audit.ts';
import { ensureCertificates, type CertificateFiles } from './certificates.ts';
import { apiServerArguments, controllerManagerArguments, etcdArguments, type Ports } from './control-plane.ts';
import type { HostPlan } from './host-protocol.ts';
import { startMeshParts, type MeshParts } from './mesh-processes/mesh-parts.ts';
import type { Nodes } from './node-provider.ts';
import { nodeStandIn } from './node-stand-in.ts';
import { apiServerAdditions, controllerManagerAdditions } from './node/node-arguments.ts';
import { realNode } from './node/real-node.ts';
import { startOpenShift } from './openshift-stand-in.ts';
import { freePorts, isFree } from './ports.ts';
import { identityOf, type ProcessIdentity } from './process-identity.ts';
import { lastLines, startProcess, type Running } from './processes.ts';
import { readState, writeState, type ClusterState } from './state.ts';
import { ensureTokens, kubeconfigFile, writeKubeconfigs } from './users.ts';

/** Somebody else took a port of ours; another choice may do. */
class PortTaken extends Error {}

const START_TIMEOUT_MS = 120_000;
const ATTEMPTS = 3;

async function choosePorts(dir: string): Promise<Ports> {
  const last = (await readState(dir))?.ports;
  // The same ports as last time, if they are free, keep kubeconfigs good that were handed out before.
  if (last !== undefined && (await Promise.all(Object.values(last).map(isFree))).every(Boolean)) return last;
  const [etcd = 0, etcdPeer = 0, apiServer = 0, controllerManager = 0] = await freePorts(4);
  return { etcd, etcdPeer, apiServer, controllerManager };
}

/** The processes and stand-ins of one cluster, started in order and stopped in reverse. */
export class ClusterHost {
  readonly #plan: HostPlan;
  readonly #watchdog: ProcessIdentity;
  readonly #log: (line: string) => void;
  #ports: Ports = { etcd: 0, etcdPeer: 0, apiServer: 0, controllerManager: 0 };
  #running: Running[] = [];
  #parts: Nodes[] = [];
  #client: ApiClient | undefined;
  #files: CertificateFiles | undefined;

  constructor(plan: HostPlan, watchdog: ProcessIdentity, log: (line: string) => void) {
    this.#plan = plan;
    this.#watchdog = watchdog;
    this.#log = log;
  }

  /** Starts everything; tries other ports when one was taken meanwhile. */
  async start(): Promise<ClusterState> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#startOnce();
      } catch (thrown) {
        await this.stop(0);
        if (!(thrown instanceof PortTaken) || attempt === ATTEMPTS) throw thrown;
        this.#log(`${thrown.message}; trying other ports`);
      }
    }
  }

  get state(): ClusterState {
    const { dir, flavour, isTemporary, isReal } = this.#plan;
    return {
      dir, flavour, isTemporary, ...(isReal === true ? { isReal } : {}), ports: this.#ports, server: this.#server, etcdEndpoint: this.#etcdEndpoint,
      host: identityOf(process.pid) ?? { pid: process.pid, startTick: '' },
      processes: { watchdog: this.#watchdog, ...Object.fromEntries(this.#running.map((running) => [running.name, running.identity])), ...Object.assign({}, ...this.#parts.map((part) => part.processes)) },
    };
  }

  /** Kills the API server and starts it again on its port; watches break, storage stays. */
  async restartApiServer(): Promise<ClusterState> {
    const old = this.#running.find((running) => running.name === 'kube-apiserver');
    await old?.stop(0);
    const fresh = this.#spawnApiServer();
    this.#running = this.#running.map((running) => (running === old ? fresh : running));
    await this.#untilReady(fresh, () => this.#isApiServerReady());
    await writeState(this.state);
    return this.state;
  }

  /** Stops in reverse order and waits for each. `graceMs` 0 kills: right for data that nobody wants any more. */
  async stop(graceMs: number): Promise<void> {
    for (const part of this.#parts.reverse()) await part.stop();
    this.#client?.close();
    for (const running of this.#running.reverse()) await running.stop(graceMs);
    this.#parts = [];
    this.#running = [];
  }

  get #server(): string {
    return `https://127.0.0.1:${this.#ports.apiServer}`;
  }

  get #etcdEndpoint(): string {
    return `http://127.0.0.1:${this.#ports.etcd}`;
  }

  async #startOnce(): Promise<ClusterState> {
    const { dir } = this.#plan;
    await mkdir(dir, { recursive: true, mode: 0o700 });
    this.#ports = await choosePorts(dir);
    const [, files, tokens] = await Promise.all([this.#startEtcd(), ensureCertificates(dir, new Date()), ensureTokens(dir)]);
    this.#files = files;
    await writeKubeconfigs(dir, tokens, this.#server, files.caFile);
    const client = connect(this.#server, await readFile(files.caFile, 'utf8'), tokens.admin);
    this.#client = client;
    const apiServer = this.#spawnApiServer();
    this.#running.push(apiServer);
    await writeState(this.state);
    // It answers a second before it calls itself ready, which is when the controller manager can already fill its caches.
    await this.#until(apiServer, () => client.call('/version').then(() => true));
    await Promise.all([this.#untilReady(apiServer, () => this.#isApiServerReady()), this.#startManager(client, files)]);
    await this.#startStandIns(client);
    await writeState(this.state);
    return this.state;
  }

  async #startManager(client: ApiClient, files: CertificateFiles): Promise<void> {
    const { dir, binaries, withControllerManager, isReal } = this.#plan;
    if (!withControllerManager) return;
    const args = [...controllerManagerArguments(kubeconfigFile(dir, 'admin'), this.#ports, files), ...(isReal === true ? controllerManagerAdditions() : [])];
    const manager = this.#spawn('kube-controller-manager', binaries.controllerManager, args);
    this.#running.push(manager);
    // Pods can be made once their service account exists: this is the first sign of life of the controller manager.
    await this.#untilReady(manager, () => client.call('/api/v1/namespaces/default/serviceaccounts/default').then(() => true));
  }

  async #startStandIns(client: ApiClient): Promise<void> {
    const { dir, flavour, manifests, withNode, isReal } = this.#plan;
    const openShift = flavour === 'openshift' ? await startOpenShift(client, manifests) : undefined;
    const mesh = await this.#startMesh(client);
    const context = { client, dir, kubeconfig: kubeconfigFile(dir, 'admin'), log: this.#log, runner: mesh?.runner };
    const nodes = withNode ? await (isReal === true ? realNode : nodeStandIn).start(context) : undefined;
    this.#parts.push(...[mesh, openShift, nodes].filter((part) => part !== undefined));
  }

  async #startMesh(client: ApiClient): Promise<MeshParts | undefined> {
    const { dir, flavour, images } = this.#plan;
    if (images === undefined) return undefined;
    return startMeshParts({ client, dir, images, apiServerPort: this.#ports.apiServer, withRouter: flavour === 'openshift', log: this.#log });
  }

  async #startEtcd(): Promise<void> {
    const { dir, binaries } = this.#plan;
    const isHealthy = async (): Promise<boolean> => (await fetch(`${this.#etcdEndpoint}/health`)).ok;
    const spawn = (): Running => this.#spawn('etcd', binaries.etcd, etcdArguments(dir, this.#ports));
    const etcd = spawn();
    this.#running = [etcd];
    try {
      await this.#untilReady(etcd, isHealthy);
    } catch (thrown) {
      if (thrown instanceof PortTaken || !etcd.hasEnded()) throw thrown;
      // Nothing is flushed to disk, so that a power cut can leave a store that etcd refuses: an empty one is better than none.
      const aside = join(dir, `etcd-damaged-${Date.now()}`);
      await rename(join(dir, 'etcd'), aside).catch(() => { throw thrown; });
      this.#log(`etcd refused the store of the last run; it was moved to ${aside}, and the cluster starts empty`);
      const again = spawn();
      this.#running = [again];
      await this.#untilReady(again, isHealthy);
    }
  }

  #spawnApiServer(): Running {
    if (this.#files === undefined) throw new Error('the cluster has not been started');
    const additions = [...(this.#plan.isReal === true ? apiServerAdditions(this.#files) : []), ...(this.#plan.withAudit === true ? auditArguments(this.#plan.dir) : [])];
    return this.#spawn('kube-apiserver', this.#plan.binaries.apiServer, [...apiServerArguments(this.#plan.dir, this.#ports, this.#files), ...additions]);
  }

  #spawn(name: string, file: string, args: readonly string[]): Running {
    return startProcess({ name, file, args, logFile: this.#logFile(name) });
  }

  #logFile(name: string): string {
    return join(this.#plan.dir, `${name}.log`);
  }

  async #isApiServerReady(): Promise<boolean> {
    return await this.#client?.call('/readyz') === 'ok';
  }

  async #untilReady(running: Running, isReady: () => Promise<boolean>): Promise<void> {
    const since = Date.now();
    await this.#until(running, isReady);
    this.#log(`${running.name} is ready (${((Date.now() - since) / 1000).toFixed(1)} s)`);
  }

  /** Asks until the answer is yes; fails with the end of the log when the process ends or two minutes pass. */
  async #until(running: Running, isTrue: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(await isTrue().catch(() => false))) {
      if (running.hasEnded() || Date.now() > deadline) throw await this.#failure(running);
      await sleep(25);
    }
  }

  async #failure(running: Running): Promise<Error> {
    const log = await lastLines(this.#logFile(running.name));
    if (running.hasEnded() && /address already in use/.test(log)) return new PortTaken(`a port of ${running.name} was taken`);
    const what = running.hasEnded() ? `ended (${await running.ended})` : `was not ready after ${START_TIMEOUT_MS / 1000} s`;
    return new Error(`${running.name} ${what}; the end of ${this.#logFile(running.name)}:\n${log}`);
  }
}
