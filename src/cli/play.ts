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
  /** Every object that a step removed, also those that were made anew. */
  readonly removed: readonly ObjectRef[];
  /** The last step about each object, with the controller that wants it; patches, which each change a part, all of them. */
  readonly steps: readonly PlayedStep[];
}

/** A step, and who wants it. */
export interface PlayedStep {
  readonly controller: string;
  readonly step: Step;
  /** An earlier step removed the object: it cannot be changed in place. */
  readonly isMadeAnew?: true;
}

const MOST_ROUNDS = 60;
/** Where nothing is real, neither is the time. */
const OFFLINE_MOMENT = new Date('2000-01-01T00:00:00Z');

/** What all passes share. */
interface Stage {
  readonly cluster: OfflineCluster;
  readonly now: Date;
  readonly take: (plan: Plan, controller: string) => void;
}

function keysOf(controller: Controller<unknown>, cluster: OfflineCluster): Set<ObjectKey> {
  return new Set(controller.watches.flatMap((watch) => cluster.list(watch.source).flatMap((object) => watch.toKeys(object, cluster))));
}

function objectOfStep(step: Step): KubeObject | undefined {
  if (step.do === 'apply') return step.object;
  return step.do === 'mint' ? step.request.object : undefined;
}

/** What a step is about; a patch also by what it changes. */
function keyOfStep(step: Step): string {
  const object = objectOfStep(step);
  if (object !== undefined) return `${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`;
  const ref = step.do === 'patch' || step.do === 'remove' ? step.ref : undefined;
  const name = `${ref?.type.kind ?? ''}/${ref?.namespace ?? ''}/${ref?.name ?? ''}`;
  return step.do === 'patch' ? `${name} ${JSON.stringify(step.patch)}` : name;
}

/** One pass of one key; true if the cluster changed. */
function pass(controller: Controller<unknown>, key: ObjectKey, { cluster, now, take }: Stage): boolean {
  const observed = controller.observe(key, cluster);
  if (observed === undefined) return false;
  const plan = controller.plan(observed, now);
  take(plan, controller.name);
  let changed = false;
  for (const step of plan.stages.flat()) changed = cluster.carryOut(step) || changed;
  for (const write of controller.status(observed, plan, NOTHING_DONE, now)) changed = cluster.putStatus(write.type, write.object, statusAfter(write.object['status'], write)) || changed;
  return changed;
}

/**
 * Runs all controllers against the offline cluster until nothing changes any more: the same observe, plan and status as in a live operator.
 * Throws if that takes more than 60 rounds, which would be a bug of ours.
 */
export function playControllers(controllers: readonly Controller<unknown>[], cluster: OfflineCluster, now: Date = OFFLINE_MOMENT): Played {
  const steps = new Map<string, PlayedStep>();
  const removed = new Map<string, ObjectRef>();
  let problems: Problem[] = [];
  const take = (plan: Plan, controller: string): void => {
    problems.push(...plan.problems);
    for (const step of plan.stages.flat()) {
      const key = keyOfStep(step);
      if (step.do === 'remove') removed.set(key, step.ref);
      steps.set(key, { controller, step, ...(step.do === 'apply' && removed.has(key) ? { isMadeAnew: true } : {}) });
    }
  };
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    problems = [];
    let changed = false;
    for (const controller of controllers) {
      for (const key of keysOf(controller, cluster)) changed = pass(controller, key, { cluster, now, take }) || changed;
    }
    if (!changed) return { objects: [...steps.values()].flatMap(({ step }) => objectOfStep(step) ?? []), problems, removed: [...removed.values()], steps: [...steps.values()] };
  }
  throw new Error(`the controllers did not come to rest after ${MOST_ROUNDS} rounds`);
}
