import assert from 'node:assert/strict';
import { findKind, KIALI } from '../../src/api/kinds.ts';
import { OfflineCluster } from '../../src/cli/offline-cluster.ts';
import { keyOfObject } from '../../src/k8s/key.ts';
import type { KubeObject } from '../../src/k8s/object.ts';
import { NOTHING_DONE } from '../../src/k8s/plan.ts';
import { refOf } from '../../src/k8s/ref.ts';
import { sameJson } from '../../src/lib/json.ts';
import type { Controller, Watch } from '../../src/runtime/controller.ts';
import { keysToWake } from '../../src/runtime/wake-keys.ts';
import { withMeta } from '../build/mesh-objects.ts';

const NOW = new Date('2000-01-01T00:00:00Z');

type Snapshot = ReadonlyMap<Watch, ReadonlyMap<string, KubeObject>>;

/** A cluster whose changes wake controllers as the runtime would, and nothing else does. */
export class WokenCluster {
  readonly cluster = new OfflineCluster([KIALI]);
  readonly #controllers: readonly Controller<unknown>[];
  readonly #queue: { readonly controller: Controller<unknown>; readonly key: string }[] = [];

  constructor(controllers: readonly Controller<unknown>[]) {
    this.#controllers = controllers;
  }

  #snapshot(): Snapshot {
    const watches = this.#controllers.flatMap((controller) => controller.watches);
    return new Map(watches.map((watch) => [watch, new Map(this.cluster.list(watch.source).map((object) => [keyOfObject(object), object]))]));
  }

  #wake(controller: Controller<unknown>, watch: Watch, changed: readonly [KubeObject | undefined, KubeObject | undefined]): void {
    const [before, after] = changed;
    if (sameJson(before, after)) return;
    for (const key of new Set(keysToWake(watch, before, after, this.cluster))) {
      if (!this.#queue.some((entry) => entry.controller === controller && entry.key === key)) this.#queue.push({ controller, key });
    }
  }

  /** Does something to the cluster, and wakes whom that concerns. */
  change(what: () => void): void {
    const before = this.#snapshot();
    what();
    const after = this.#snapshot();
    for (const controller of this.#controllers) {
      for (const watch of controller.watches) {
        const names = new Set([...before.get(watch)?.keys() ?? [], ...after.get(watch)?.keys() ?? []]);
        for (const name of names) this.#wake(controller, watch, [before.get(watch)?.get(name), after.get(watch)?.get(name)]);
      }
    }
  }

  put(object: KubeObject): void {
    const type = findKind(object.apiVersion, object.kind);
    assert.ok(type);
    this.change(() => { this.cluster.put(type, object); });
  }

  remove(object: KubeObject): void {
    const type = findKind(object.apiVersion, object.kind);
    assert.ok(type);
    this.change(() => { this.cluster.carryOut({ do: 'remove', ref: refOf(type, withMeta(object, {})) }); });
  }

  /** As after a restart: every key there is. */
  wakeAll(): void {
    for (const controller of this.#controllers) {
      for (const watch of controller.watches) {
        for (const object of this.cluster.list(watch.source)) this.#wake(controller, watch, [undefined, object]);
      }
    }
  }

  /** A killed operator forgets what it was about to do. */
  forget(): void {
    this.#queue.length = 0;
  }

  /** Works the queue off; at most so many passes. */
  settle(most = 2000): void {
    for (let pass = 0; pass < most; pass += 1) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      const observed = next.controller.observe(next.key, this.cluster);
      if (observed === undefined) continue;
      const plan = next.controller.plan(observed, NOW);
      for (const step of plan.stages.flat()) this.change(() => { this.cluster.carryOut(step); });
      for (const { type, object, status } of next.controller.status(observed, plan, NOTHING_DONE, NOW)) this.change(() => { this.cluster.putStatus(type, object, status); });
    }
    assert.fail(`not at rest after ${most} passes`);
  }
}
