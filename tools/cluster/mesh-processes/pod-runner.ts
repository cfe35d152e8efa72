import { join } from 'node:path';
import type { ApiClient } from '../api-client.ts';
import { capacity } from '../node-object.ts';
import type { ContainersSeen, Pod } from '../pod.ts';
import { systemFolders } from './container-root.ts';
import { hostTools } from './host-tools.ts';
import { isRunnable, type ProcessImage } from './images.ts';
import { apiSources } from './pod-files.ts';
import { PodNetwork, type PodRange } from './pod-network.ts';
import { PodProcess, type PodSurroundings } from './pod-process.ts';
import type { ServiceTable } from '../service-table.ts';

const RETRY_MS = 1000;

/** What a runner works with. */
export interface RunnerContext {
  readonly client: ApiClient;
  readonly dir: string;
  readonly images: readonly ProcessImage[];
  readonly range: PodRange;
  readonly table: ServiceTable;
  readonly log: (line: string) => void;
}

/** Runs pods as processes. It is told what to run; deciding that is up to the node. */
export class PodRunner {
  readonly #context: RunnerContext;
  readonly #network: PodNetwork;
  readonly #around: PodSurroundings;
  readonly #pods = new Map<string, Promise<PodProcess>>();
  readonly #open = new Map<string, PodProcess>();

  private constructor(context: RunnerContext, network: PodNetwork, around: PodSurroundings) {
    this.#context = context;
    this.#network = network;
    this.#around = around;
    context.table.onChange(() => { for (const pod of this.#open.values()) void pod.refreshHosts().catch(() => undefined); });
  }

  /** @throws one sentence when this process may not make namespaces or the machine lacks a program for it */
  static async start(context: RunnerContext): Promise<PodRunner> {
    const tools = await hostTools();
    const network = new PodNetwork(tools, context.range);
    await network.start();
    return new PodRunner(context, network, { tools, images: context.images, system: await systemFolders(), services: () => context.table.services() });
  }

  /** True for a pod whose every container has a program here. */
  takes(pod: Pod): boolean {
    return isRunnable(pod, this.#context.images);
  }

  /** What is known of its containers: nothing is ready before run(). */
  seen({ metadata }: Pod): ContainersSeen {
    return this.#open.get(metadata.uid)?.seen ?? { ready: new Set(), restarts: new Map() };
  }

  /** Gives the pod a network namespace with that address, once. */
  async prepare(pod: Pod, address: string): Promise<void> {
    const { uid, name, namespace } = pod.metadata;
    const dir = join(this.#context.dir, 'pods', `${namespace}_${name}`);
    const known = this.#pods.get(uid) ?? this.#network.open(address).then((sandbox) => new PodProcess(pod, dir, sandbox, this.#around));
    this.#pods.set(uid, known);
    await known.catch((thrown: unknown) => { this.#pods.delete(uid); throw thrown; });
  }

  /** Starts the containers of a prepared pod, once. `changed` is called when `seen` may have changed. */
  async run(pod: Pod, changed: () => void): Promise<void> {
    const { uid, name } = pod.metadata;
    const process = await this.#pods.get(uid);
    if (process === undefined || this.#open.has(uid)) return;
    this.#open.set(uid, process);
    const place = { podIP: process.address, hostIP: this.#context.range.hostIP, capacity: capacity() };
    void process.run(apiSources(this.#context.client, pod, place), changed).catch((thrown: unknown) => {
      this.#context.log(`pod ${name}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
      // Nothing has been started: what failed is to be tried again, in a moment.
      this.#open.delete(uid);
      setTimeout(changed, RETRY_MS).unref();
    });
  }

  /** Ends its containers and lets go of its namespace; nothing if there is none. */
  async end(uid: string, graceMs: number): Promise<void> {
    const process = await this.#pods.get(uid);
    this.#pods.delete(uid);
    this.#open.delete(uid);
    await process?.end(graceMs);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#pods.keys()].map((uid) => this.end(uid, 0)));
  }
}
