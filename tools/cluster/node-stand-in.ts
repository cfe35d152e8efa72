import { setTimeout as sleep } from 'node:timers/promises';
import { ApiFailure, type ApiClient } from './api-client.ts';
import { followCollection, type AnyObject } from './list-watch.ts';
import { capacity, type PodRunner } from './mesh-processes/pod-runner.ts';
import type { NodeContext, NodeProvider, Nodes } from './node-provider.ts';
import {
  completedStatus, conditionOf, creatingStatus, podNeeds, runningStatus, runsToCompletion, saysOfContainers, type ContainersSeen, type Need, type Pod,
  WRITTEN_BY_ISTIOD,
} from './pod.ts';

const NOTHING: ReadonlySet<string> = new Set();

/** The one node there is. */
export const NODE_NAME = 'node-1';

/**
 * An annotation of the Node for tests: `LABEL=VALUE[,…]`. Pods that carry all these labels run but are held not Ready, until the
 * annotation goes or changes.
 */
export const HOLD_ANNOTATION = 'stand-in.test/not-ready';

/** The node's own address, in the last corner of the pod network. */
export const HOST_IP = '10.244.255.1';
const RETRY_MS = 500;
/** A real kubelet gives 30 s; our programs need less, and whoever watches does not want to wait. */
const GRACE_MS = 2_000;

interface NodeObject extends AnyObject {
  readonly spec: { readonly unschedulable?: boolean };
}

/** What the node lets pods do at this moment. */
export interface NodeRules {
  /** `kubectl cordon`: pods that are not bound yet stay Pending. */
  readonly isCordoned: boolean;
  readonly held: Readonly<Record<string, string>> | undefined;
}

/** The rules out of a Node object. */
export function rulesOf(node: NodeObject): NodeRules {
  const hold = node.metadata.annotations?.[HOLD_ANNOTATION];
  const pairs = hold?.split(',').map((pair): [string, string] => {
    const [label = '', value = ''] = pair.split('=');
    return [label.trim(), value.trim()];
  });
  return { isCordoned: node.spec.unschedulable ?? false, held: pairs === undefined ? undefined : Object.fromEntries(pairs) };
}

/** The next thing to do for a pod; undefined while there is nothing. */
export type Step = 'finalize' | 'bind' | 'complete' | 'run' | 'hold';

function isHeld(pod: Pod, { held }: NodeRules): boolean {
  return held !== undefined && Object.entries(held).every(([label, value]) => pod.metadata.labels?.[label] === value);
}

function isGated(pod: Pod): boolean {
  return (pod.spec.schedulingGates ?? []).length > 0;
}

function isOver(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

function stepToRun(pod: Pod, rules: NodeRules, seen: ContainersSeen | undefined): Step | undefined {
  if (runsToCompletion(pod)) return 'complete';
  const isReady = seen === undefined || pod.spec.containers.every(({ name }) => seen.ready.has(name));
  const wanted = isReady && !isHeld(pod, rules) ? 'True' : 'False';
  const isTold = conditionOf(pod, 'ContainersReady') === wanted && (seen === undefined || saysOfContainers(pod, seen));
  if (pod.status?.phase === 'Running' && isTold) return undefined;
  return wanted === 'True' ? 'run' : 'hold';
}

/**
 * Decides from the pod and the node alone, so that any number of repetitions, and a restart at any line, end the same.
 * @param seen the containers of a pod that really runs; without, it is played
 */
export function nextStep(pod: Pod, rules: NodeRules, seen?: ContainersSeen): Step | undefined {
  const node = pod.spec.nodeName ?? '';
  if (pod.metadata.deletionTimestamp !== undefined) return node === '' ? undefined : 'finalize';
  if (node === '') return rules.isCordoned || isGated(pod) ? undefined : 'bind';
  return node !== NODE_NAME || isOver(pod) ? undefined : stepToRun(pod, rules, seen);
}

/** Address number `index` of the pod network: 10.244.0.0/16 without the node's own last corner. */
export function podAddress(index: number): string {
  const host = 2 + (index % 65_000);
  return `10.244.${host >> 8}.${host & 255}`;
}

/** A node for played pods has more than anybody asks for; one that runs them has what the machine has. */
function nodeObject(isReal: boolean): object {
  const { cpu, memory } = capacity();
  const amounts = isReal ? { cpu: String(cpu), memory: String(memory) } : { cpu: '64', memory: '256Gi' };
  const resources = { ...amounts, pods: '100000', 'ephemeral-storage': '1Ti' };
  const message = isReal ? 'no kubelet: containers with a known program run as processes, others are pretended' : 'no kubelet: containers are only pretended';
  return {
    apiVersion: 'v1', kind: 'Node',
    metadata: {
      name: NODE_NAME,
      labels: { 'kubernetes.io/hostname': NODE_NAME, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64', 'node-role.kubernetes.io/worker': '' },
    },
    spec: {},
    status: {
      capacity: resources, allocatable: resources, addresses: [{ type: 'InternalIP', address: HOST_IP }, { type: 'Hostname', address: NODE_NAME }],
      conditions: [{ type: 'Ready', status: 'True', reason: 'StandIn', message, lastTransitionTime: now() }],
      nodeInfo: {
        architecture: 'amd64', operatingSystem: 'linux', kubeletVersion: 'v1.34.4', osImage: 'stand-in', kernelVersion: '', bootID: '',
        containerRuntimeVersion: 'stand-in://1', kubeProxyVersion: '', machineID: '', systemUUID: '',
      },
    },
  };
}

function now(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

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
