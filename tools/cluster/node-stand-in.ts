import { setTimeout as sleep } from 'node:timers/promises';
import { ApiFailure, type ApiClient } from './api-client.ts';
import { followCollection } from './list-watch.ts';
import type { PodRunner } from './mesh-processes/pod-runner.ts';
import { HOST_IP, NODE_NAME, nodeObject, now, podAddress } from './node-object.ts';
import type { NodeContext, NodeProvider, Nodes } from './node-provider.ts';
import { nextStep, rulesOf, type NodeObject, type NodeRules, type Step } from './pod-step.ts';
import {
  completedStatus, conditionOf, creatingStatus, podNeeds, runningStatus, WRITTEN_BY_ISTIOD, type ContainersSeen, type Need, type Pod,
} from './pod.ts';

export { HOLD_ANNOTATION, NODE_NAME } from './node-object.ts';

const NOTHING: ReadonlySet<string> = new Set();

const RETRY_MS = 500;
/** A real kubelet gives 30 s; our programs need less, and whoever watches does not want to wait. */
const GRACE_MS = 2_000;

function isStatus(thrown: unknown, ...statuses: readonly number[]): boolean {
  return thrown instanceof ApiFailure && statuses.includes(thrown.status);
}

interface Tracked {
  pod: Pod;
  isBusy: boolean;
  isDirty: boolean;
}

/** Works on many pods at once, on each one step at a time. */
class StandIn {
  readonly #client: ApiClient;
  readonly #runner: PodRunner | undefined;
  readonly #stopped = new AbortController();
  readonly #pods = new Map<string, Tracked>();
  readonly #addresses = new Set<string>();
  readonly #followers: Promise<void>[] = [];
  #rules: NodeRules = { isCordoned: false, held: undefined };
  #nextAddress = 0;

  constructor(client: ApiClient, runner: PodRunner | undefined) {
    this.#client = client;
    this.#runner = runner;
  }

  async start(): Promise<void> {
    await this.#client.call('/api/v1/nodes', { method: 'POST', body: nodeObject(this.#runner !== undefined) })
      .catch((thrown: unknown) => { if (!isStatus(thrown, 409)) throw thrown; });
    const { signal } = this.#stopped;
    this.#followers.push(
      followCollection<NodeObject>(this.#client, '/api/v1/nodes', {
        onList: (nodes) => { for (const node of nodes) this.#takeNode(node); },
        onChange: (node, isGone) => { if (!isGone) this.#takeNode(node); },
      }, signal),
      followCollection<Pod>(this.#client, '/api/v1/pods', {
        onList: (pods) => { this.#takeList(pods); },
        onChange: (pod, isGone) => { this.#take(pod, isGone); },
      }, signal),
    );
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#followers);
  }

  #takeNode(node: NodeObject): void {
    if (node.metadata.name !== NODE_NAME) return;
    this.#rules = rulesOf(node);
    for (const tracked of this.#pods.values()) this.#wake(tracked);
  }

  #takeList(pods: readonly Pod[]): void {
    const present = new Set(pods.map((pod) => pod.metadata.uid));
    for (const { pod } of this.#pods.values()) if (!present.has(pod.metadata.uid)) this.#take(pod, true);
    for (const pod of pods) this.#take(pod, false);
  }

  #take(pod: Pod, isGone: boolean): void {
    const address = pod.status?.podIP;
    if (isGone) {
      this.#pods.delete(pod.metadata.uid);
      void this.#runner?.end(pod.metadata.uid, GRACE_MS);
      if (address !== undefined) this.#addresses.delete(address);
      return;
    }
    if (address !== undefined) this.#addresses.add(address);
    const tracked = this.#pods.get(pod.metadata.uid) ?? { pod, isBusy: false, isDirty: false };
    tracked.pod = pod;
    this.#pods.set(pod.metadata.uid, tracked);
    this.#wake(tracked);
  }

  #wake(tracked: Tracked): void {
    tracked.isDirty = true;
    if (!tracked.isBusy) void this.#work(tracked);
  }

  async #work(tracked: Tracked): Promise<void> {
    tracked.isBusy = true;
    while (tracked.isDirty && !this.#stopped.signal.aborted) {
      tracked.isDirty = false;
      const step = nextStep(tracked.pod, this.#rules, this.#seen(tracked.pod));
      const isDone = step === undefined || await this.#carryOut(step, tracked.pod).catch((thrown: unknown) => isStatus(thrown, 404, 409));
      if (!isDone && this.#pods.has(tracked.pod.metadata.uid)) {
        await sleep(RETRY_MS, undefined, { ref: false });
        tracked.isDirty = true;
      }
    }
    tracked.isBusy = false;
  }

  /** True when the step is made: the watch then brings the pod back if more is to do. False: again in a moment. */
  async #carryOut(step: Step, pod: Pod): Promise<boolean> {
    const { name, namespace = '', uid } = pod.metadata;
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    if (step === 'finalize') {
      await this.#runner?.end(uid, GRACE_MS);
      await this.#client.call(path, { method: 'DELETE', body: { gracePeriodSeconds: 0, preconditions: { uid } } });
      return true;
    }
    if (step === 'bind') {
      const target = { apiVersion: 'v1', kind: 'Node', name: NODE_NAME };
      await this.#client.call(`${path}/binding`, { method: 'POST', body: { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace, uid }, target } });
      return true;
    }
    const missing = await this.#firstMissing(pod);
    if (missing === undefined) {
      await this.#bringUp(step, pod, path);
      return true;
    }
    const status = creatingStatus(pod, `${missing.plural} "${missing.name}" not found`, now());
    if (conditionOf(pod, 'ContainersReady') === 'Unknown') await this.#patchStatus(path, uid, status);
    return false;
  }

  /** The address is told before the containers start: they, and others, look for it on the API server. */
  async #bringUp(step: Step, pod: Pod, path: string): Promise<void> {
    const { uid } = pod.metadata;
    const podIP = pod.status?.podIP ?? this.#takeAddress();
    const seen = this.#seen(pod);
    const isReal = seen !== undefined && step !== 'complete';
    if (isReal) await this.#runner?.prepare(pod, podIP);
    const as = { podIP, hostIP: HOST_IP, isReady: step !== 'hold', at: now(), ...(isReal ? { seen } : {}) };
    await this.#patchStatus(path, uid, step === 'complete' ? completedStatus(pod, as) : runningStatus(pod, as));
    if (isReal) await this.#runner?.run(pod, () => { this.#wakeBy(uid); });
  }

  #seen(pod: Pod): ContainersSeen | undefined {
    return this.#runner?.takes(pod) === true ? this.#runner.seen(pod) : undefined;
  }

  #wakeBy(uid: string): void {
    const tracked = this.#pods.get(uid);
    if (tracked !== undefined) this.#wake(tracked);
  }

  async #patchStatus(path: string, uid: string, status: object): Promise<void> {
    await this.#client.call(`${path}/status`, { method: 'PATCH', contentType: 'application/merge-patch+json', body: { metadata: { uid }, status } });
  }

  async #firstMissing(pod: Pod): Promise<Need | undefined> {
    for (const need of podNeeds(pod, this.#runner === undefined ? WRITTEN_BY_ISTIOD : NOTHING)) {
      const isThere = await this.#client.call(`/api/v1/namespaces/${pod.metadata.namespace}/${need.plural}/${need.name}`)
        .then(() => true, (thrown: unknown) => { if (isStatus(thrown, 404)) return false; throw thrown; });
      if (!isThere) return need;
    }
    return undefined;
  }

  #takeAddress(): string {
    let address = podAddress(this.#nextAddress);
    while (this.#addresses.has(address)) address = podAddress(this.#nextAddress += 1);
    this.#addresses.add(address);
    this.#nextAddress += 1;
    return address;
  }
}

/**
 * One Node and a pretended kubelet: binds pods, and sets them Running and Ready when the ConfigMaps and Secrets they need exist; pods of
 * Jobs succeed; deleted pods go at once. No image is pulled, and nothing runs unless there is a runner that knows the programs of a pod.
 */
export const nodeStandIn: NodeProvider = {
  start: async ({ client, runner }: NodeContext): Promise<Nodes> => {
    const standIn = new StandIn(client, runner);
    await standIn.start();
    return { stop: () => standIn.stop() };
  },
};
