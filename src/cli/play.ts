import type { ObjectKey } from '../k8s/key.ts';
import type { KubeObject } from '../k8s/object.ts';
import { NOTHING_DONE, type Plan, type Problem, type Step } from '../k8s/plan.ts';
import { statusAfter } from '../k8s/status-part.ts';
import type { ObjectRef } from '../k8s/ref.ts';
import type { Controller } from '../runtime/controller.ts';
import type { OfflineCluster } from './offline-cluster.ts';

/** What came of playing controllers offline. */
export interface Played {
  /** Every object that a step applied or minted, in the order of its first step, as it was last applied. */
  readonly objects: readonly KubeObject[];
  readonly problems: readonly Problem[];
  /** Every object that a step removed. */
  readonly removed: readonly ObjectRef[];
}

const MOST_ROUNDS = 60;

function keysOf(controller: Controller<unknown>, cluster: OfflineCluster): Set<ObjectKey> {
  return new Set(controller.watches.flatMap((watch) => cluster.list(watch.source).flatMap((object) => watch.toKeys(object, cluster))));
}

function objectOfStep(step: Step): KubeObject | undefined {
  if (step.do === 'apply') return step.object;
  return step.do === 'mint' ? step.request.object : undefined;
}

/** One pass of one key; true if the cluster changed. */
function pass(controller: Controller<unknown>, key: ObjectKey, cluster: OfflineCluster, take: (plan: Plan) => void): boolean {
  const now = new Date('2000-01-01T00:00:00Z');
  const observed = controller.observe(key, cluster);
  if (observed === undefined) return false;
  const plan = controller.plan(observed, now);
  take(plan);
  let changed = false;
  for (const step of plan.stages.flat()) changed = cluster.carryOut(step) || changed;
  for (const write of controller.status(observed, plan, NOTHING_DONE, now)) changed = cluster.putStatus(write.type, write.object, statusAfter(write.object['status'], write)) || changed;
  return changed;
}

/**
 * Runs all controllers against the offline cluster until nothing changes any more: the same observe, plan and status as in a live operator.
 * Throws if that takes more than 60 rounds, which would be a bug of ours.
 */
export function playControllers(controllers: readonly Controller<unknown>[], cluster: OfflineCluster): Played {
  const objects = new Map<string, KubeObject>();
  const removed: ObjectRef[] = [];
  let problems: Problem[] = [];
  const take = (plan: Plan): void => {
    problems.push(...plan.problems);
    for (const step of plan.stages.flat()) if (step.do === 'remove') removed.push(step.ref);
    for (const object of plan.stages.flat().map(objectOfStep)) {
      if (object !== undefined) objects.set(`${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`, object);
    }
  };
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    problems = [];
    let changed = false;
    for (const controller of controllers) {
      for (const key of keysOf(controller, cluster)) changed = pass(controller, key, cluster, take) || changed;
    }
    if (!changed) return { objects: [...objects.values()], problems, removed };
  }
  throw new Error(`the controllers did not come to rest after ${MOST_ROUNDS} rounds`);
}
