import { constants, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Container, ContainersSeen, Pod } from '../pod.ts';
import { ContainerProcess } from './container-process.ts';
import type { RootPlan } from './container-root.ts';
import { environmentOf, expand, type Sources } from './environment.ts';
import { hostsText } from './host-names.ts';
import type { HostTools } from './host-tools.ts';
import { imageFor, type ProcessImage } from './images.ts';
import { containerMounts, environmentTexts, writeEtc, writeVolumes } from './pod-files.ts';
import type { PodSandbox } from './pod-network.ts';
import { passesProbe } from './probe.ts';
import type { Service } from '../service-table.ts';
import type { VolumeSources } from './volume-files.ts';

const IMAGE_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Until a container is ready for the first time it is asked more often than its probe says, so that nobody waits for nothing. */
const FIRST_PERIOD_MS = 200;

/** What all pods of a node share. */
export interface PodSurroundings {
  readonly tools: HostTools;
  readonly images: readonly ProcessImage[];
  readonly system: Pick<RootPlan, 'mounts' | 'links'>;
  services(): readonly Service[];
}

interface Started {
  readonly spec: Container;
  readonly process: ContainerProcess;
}

/** One pod whose containers are processes: volumes and environment as a kubelet would make them, a network namespace, probes, restarts. */
export class PodProcess {
  readonly #pod: Pod;
  readonly #dir: string;
  readonly #sandbox: PodSandbox;
  readonly #around: PodSurroundings;
  readonly #ready = new Set<string>();
  readonly #started: Started[] = [];
  #isEnding = false;

  constructor(pod: Pod, dir: string, sandbox: PodSandbox, around: PodSurroundings) {
    this.#pod = pod;
    this.#dir = dir;
    this.#sandbox = sandbox;
    this.#around = around;
  }

  get address(): string {
    return this.#sandbox.address;
  }

  get seen(): ContainersSeen {
    const restarts = this.#started.filter(({ process }) => process.restarts > 0).map(({ spec, process }): [string, number] => [spec.name, process.restarts]);
    return { ready: new Set(this.#ready), restarts: new Map(restarts) };
  }

  /** Writes the names of Services as they are now, into the file that the containers have mounted. */
  async refreshHosts(): Promise<void> {
    const text = Buffer.from(hostsText(this.#pod, this.address, this.#around.services()));
    const file = await open(join(this.#dir, 'etc', 'hosts'), constants.O_WRONLY | constants.O_CREAT, 0o644);
    try {
      // In place, and never empty: whoever looks a name up meanwhile must find it.
      await file.write(text, 0, text.length, 0);
      await file.truncate(text.length);
    } finally {
      await file.close();
    }
  }

  /** Init containers one after the other, then the others; `changed` is called whenever `seen` may be different. */
  async run(sources: VolumeSources, changed: () => void): Promise<void> {
    await writeEtc(this.#dir, this.#userOf(this.#pod.spec.containers[0]));
    await this.refreshHosts();
    await writeVolumes(this.#pod, this.#dir, sources);
    const environment = { place: sources.place, texts: await environmentTexts(this.#pod, sources) };
    for (const spec of this.#pod.spec.initContainers ?? []) {
      const container = await this.#prepare(spec, environment);
      if (spec.restartPolicy === 'Always') this.#keep(container, changed);
      else await container.process.untilDone();
      if (spec.restartPolicy !== 'Always') this.#ready.add(spec.name);
      changed();
      if (this.#isEnding) return;
    }
    for (const spec of this.#pod.spec.containers) this.#keep(await this.#prepare(spec, environment), changed);
  }

  async end(graceMs: number): Promise<void> {
    this.#isEnding = true;
    await Promise.all(this.#started.map(({ process }) => process.stop(graceMs)));
    this.#sandbox.close();
  }

  #keep(container: Started, changed: () => void): void {
    void container.process.forEver();
    void this.#watch(container, changed);
  }

  async #watch({ spec, process }: Started, changed: () => void): Promise<void> {
    const { readinessProbe: probe } = spec;
    const { periodSeconds = 10, failureThreshold = 3 } = probe ?? {};
    let failures = 0;
    let restarts = 0;
    while (!this.#isEnding) {
      const isPassed = process.isRunning && (probe === undefined || await passesProbe(spec, probe, this.address));
      failures = isPassed ? 0 : failures + 1;
      const isReady = isPassed || (process.isRunning && this.#ready.has(spec.name) && failures < failureThreshold);
      if (isReady !== this.#ready.has(spec.name) || restarts !== process.restarts) {
        if (isReady) this.#ready.add(spec.name);
        else this.#ready.delete(spec.name);
        ({ restarts } = process);
        changed();
      }
      await sleep(isReady && probe !== undefined ? periodSeconds * 1000 : FIRST_PERIOD_MS, undefined, { ref: false });
    }
  }

  #userOf(container: Container | undefined): number {
    return container?.securityContext?.runAsUser ?? this.#pod.spec.securityContext?.runAsUser ?? imageFor(container?.image, this.#around.images)?.user ?? 0;
  }

  async #prepare(spec: Container, sources: Sources): Promise<Started> {
    const image = imageFor(spec.image, this.#around.images);
    if (image === undefined) throw new Error(`no program is known for image ${spec.image}`);
    const { tools, system } = this.#around;
    const logs = join(this.#dir, 'logs');
    await mkdir(logs, { recursive: true });
    const environment = { ...this.#imageEnvironment(), ...environmentOf(spec, this.#pod, sources) };
    const command = [...(spec.command ?? image.entrypoint), ...(spec.args ?? [])].map((word) => expand(word, environment));
    const root = {
      root: join(this.#dir, 'roots', spec.name), links: system.links, mounts: [...system.mounts, ...containerMounts(spec, image, this.#dir)],
      isReadOnly: spec.securityContext?.readOnlyRootFilesystem ?? false, workingDir: spec.workingDir ?? '/', user: this.#userOf(spec),
    };
    const plan = { name: spec.name, command, environment, root, sandboxPid: this.#sandbox.pid, logFile: join(logs, `${spec.name}.log`) };
    const started = { spec, process: new ContainerProcess(plan, tools) };
    this.#started.push(started);
    return started;
  }

  /** What image and kubelet give to every container. */
  #imageEnvironment(): Readonly<Record<string, string>> {
    const apiServer = this.#around.services().find(({ metadata }) => metadata.namespace === 'default' && metadata.name === 'kubernetes');
    return {
      PATH: IMAGE_PATH, HOME: '/', HOSTNAME: this.#pod.spec.hostname ?? this.#pod.metadata.name,
      KUBERNETES_SERVICE_HOST: apiServer?.spec.clusterIP ?? '', KUBERNETES_SERVICE_PORT: '443',
    };
  }
}
