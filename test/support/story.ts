import * as kinds from '../../src/api/kinds.ts';
import { FINALIZER } from '../../src/api/names.ts';
import { OfflineCluster } from '../../src/cli/offline-cluster.ts';
import { deepMerge } from '../../src/lib/merge.ts';
import { isJsonObject, sameJson, valueAt, type JsonObject } from '../../src/lib/json.ts';
import { compareText } from '../../src/lib/sort.ts';
import type { KubeObject } from '../../src/k8s/object.ts';
import { NOTHING_DONE, type Step } from '../../src/k8s/plan.ts';
import { describeRef, type ObjectRef } from '../../src/k8s/ref.ts';
import type { ResourceType } from '../../src/k8s/resource.ts';
import type { Controller } from '../../src/runtime/controller.ts';
import { seededRandom } from './chance.ts';

/*
 * Plays a story against a plain map of objects: controllers are woken in a seeded random order until nothing changes, and somebody plays
 * users and kubelet in between. Each change is one readable line; the lines are the golden file.
 */

/** A day on which every minor is supported. */
const NOW = new Date('2026-06-15T12:00:00Z');
const MOST_ROUNDS = 40;
const anyOf = (type: ResourceType): { readonly id: string; readonly type: ResourceType } => ({ id: 'story', type });

function refOfStep(step: Step): ObjectRef {
  if (step.do === 'patch' || step.do === 'remove') return step.ref;
  const { name, namespace } = (step.do === 'apply' ? step.object : step.request.object).metadata;
  return { type: step.type, name, ...(namespace === undefined ? {} : { namespace }) };
}

function shownCondition(condition: JsonObject): string {
  const [type, status, reason] = ['type', 'status', 'reason'].map((field) => (typeof condition[field] === 'string' ? condition[field] : ''));
  return `${type}=${status}/${reason}`;
}

/** READY and STATUS as the user's table shows them. */
function shownStatus(status: JsonObject): string {
  const conditions = Array.isArray(status['conditions']) ? status['conditions'].filter(isJsonObject) : [];
  const ready = valueAt(status, 'annotations', 'readyComponentCount');
  return [...(typeof ready === 'string' ? [ready] : []), ...conditions.map(shownCondition)].join(' ');
}

/** A story: the cluster, its controllers, and what was written down. */
export class Story {
  readonly cluster: OfflineCluster;
  readonly lines: string[] = [];
  /** The time of every pass from now on. */
  now = NOW;
  readonly #controllers: readonly Controller<unknown>[];
  readonly #random: () => number;

  constructor(controllers: readonly Controller<unknown>[], options: { readonly seed: number; readonly unserved: readonly ResourceType[] }) {
    this.#controllers = controllers;
    this.#random = seededRandom(options.seed);
    this.cluster = new OfflineCluster(options.unserved);
  }

  /** A headline, and what a user does under it. */
  user(headline: string, type: ResourceType, object: KubeObject): void {
    this.lines.push('', `# ${headline}`);
    const before = this.find({ type, ...object.metadata });
    const generation = (before?.metadata.generation ?? 0) + 1;
    this.cluster.put(type, { ...object, metadata: { ...object.metadata, generation, ...(before === undefined ? {} : { finalizers: before.metadata.finalizers ?? [] }) } });
  }

  /** A headline, and a deletion; an object with finalizers only gets its timestamp. */
  delete(headline: string, ref: ObjectRef): void {
    this.lines.push('', `# ${headline}`);
    const before = this.find(ref);
    if (before === undefined) return;
    if ((before.metadata.finalizers ?? []).length === 0) this.cluster.carryOut({ do: 'remove', ref });
    else this.cluster.put(ref.type, { ...before, metadata: { ...before.metadata, deletionTimestamp: this.now.toISOString() } });
  }

  find(ref: ObjectRef): KubeObject | undefined {
    return this.cluster.get(anyOf(ref.type), ref.name, ref.namespace);
  }

  /** All pods of these Deployments become ready; in the log as the kubelet's doing. */
  podsReady(...names: readonly string[]): void {
    const deployments = this.cluster.list(anyOf(kinds.DEPLOYMENT));
    for (const deployment of deployments.filter(({ metadata }) => names.includes(metadata.name))) {
      const generation = deployment.metadata.generation ?? 1;
      const status: JsonObject = { observedGeneration: generation, replicas: 1, readyReplicas: 1, updatedReplicas: 1, conditions: [{ type: 'Available', status: 'True' }] };
      this.cluster.putStatus(kinds.DEPLOYMENT, deployment, status);
    }
    this.lines.push(`pods ready: ${names.join(' ')}`);
  }

  /** Wakes every controller for every key, in random order, until nothing changes. */
  settle(): void {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const keys = this.#controllers.flatMap((controller) => [...this.#keysOf(controller)].map((key) => ({ controller, key })));
      const order = keys.map((entry) => ({ entry, at: this.#random() })).toSorted((a, b) => a.at - b.at);
      const changes = order.filter(({ entry }) => this.#pass(entry.controller, entry.key)).length;
      if (changes === 0) return;
    }
    throw new Error(`no rest after ${MOST_ROUNDS} rounds:\n${this.lines.slice(-20).join('\n')}`);
  }

  #keysOf(controller: Controller<unknown>): Set<string> {
    return new Set(controller.watches.flatMap((watch) => this.cluster.list(watch.source).flatMap((object) => watch.toKeys(object, this.cluster))).toSorted(compareText));
  }

  #pass(controller: Controller<unknown>, key: string): boolean {
    const observed = controller.observe(key, this.cluster);
    if (observed === undefined) return false;
    const plan = controller.plan(observed, this.now);
    const steps = plan.stages.flat().filter((step) => this.#carryOut(step, controller.name));
    const finalizer = this.#finalizer(plan.finalizer, plan.primary);
    const statuses = controller.status(observed, plan, NOTHING_DONE, this.now).filter(({ type, object, status }) => this.cluster.putStatus(type, object, status));
    const lines = [
      ...(finalizer === '' ? [] : [finalizer]),
      ...steps.map((step) => `${step.do} ${describeRef(refOfStep(step))}`),
      ...statuses.map(({ object, status }) => `status of ${object.kind}: ${shownStatus(status)}`),
    ];
    if (lines.length > 0) this.lines.push(`${controller.name} ${key}`, ...lines.map((line) => `  ${line}`));
    return lines.length > 0;
  }

  /** Server-side apply as far as a story needs it: generation, record of the writer, pods of new Deployments not ready. */
  #carryOut(step: Step, controller: string): boolean {
    if (step.do !== 'apply' && step.do !== 'mint') return this.cluster.carryOut(step);
    const object = step.do === 'apply' ? step.object : step.request.object;
    const before = this.find(refOfStep(step));
    const generation = (before?.metadata.generation ?? 1) + (before !== undefined && !sameJson(before['spec'], object['spec']) ? 1 : 0);
    const managedFields = [{ manager: `tmesh-${controller}`, operation: 'Apply' }];
    const written: KubeObject = { ...object, ...(step.type === kinds.DEPLOYMENT ? { status: {} } : {}), metadata: { ...object.metadata, generation, managedFields } };
    if (step.do === 'mint') return before === undefined && this.cluster.put(step.type, written);
    return this.cluster.put(step.type, written);
  }

  #finalizer(wanted: string, primary: ObjectRef | undefined): string {
    const object = primary === undefined ? undefined : this.find(primary);
    if (primary === undefined || object === undefined) return '';
    const before = object.metadata.finalizers ?? [];
    if (wanted === 'ensure' && !before.includes(FINALIZER)) {
      this.cluster.put(primary.type, { ...object, metadata: { ...object.metadata, finalizers: [...before, FINALIZER] } });
      return `finalizer on ${describeRef(primary)}`;
    }
    if (wanted !== 'release' || !before.includes(FINALIZER)) return '';
    this.cluster.carryOut({ do: 'remove', ref: primary });
    return `finalizer off ${describeRef(primary)}`;
  }
}

/** A JSON object laid over an object. */
export function changed(object: KubeObject, patch: JsonObject): KubeObject {
  return { ...object, ...deepMerge({ spec: isJsonObject(object['spec']) ? object['spec'] : {} }, patch) };
}
