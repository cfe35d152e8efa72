import { ANNOTATION_RESTARTING } from '../../api/names.ts';
import { valueAt } from '../../lib/json.ts';
import { findCondition } from '../../k8s/condition.ts';
import { annotationOf, type KubeObject } from '../../k8s/object.ts';
import { conditionsAt } from '../member-roll/reports.ts';
import type { SidecarsObserved } from './observed.ts';
import { rolloutFailure, rolloutObstacle } from './rollout.ts';
import { restartingWorkloads, staleWorkloads, workloadTitle, type StaleWorkload } from './workloads.ts';

/** How long a restarted workload may take until all its pods are new and available; the default of a Deployment's `progressDeadlineSeconds`. */
export const RESTART_DEADLINE_MS = 600_000;

/** Where the restarts of a mesh stand. */
export type RestartState =
  /** The mesh does not ask for them. */
  | 'Off'
  /** Every pod is as it should be. */
  | 'Done'
  /** The mesh itself is not: sidecars may change again. */
  | 'Waiting'
  /** One workload is on its way. */
  | 'Restarting'
  /** It did not come back, and no other is touched. */
  | 'Stopped'
  /** All that is left may not be restarted. */
  | 'HeldBack';

/** What is to be done, and to be said, about the workloads of a mesh. */
export interface Restarts {
  readonly state: RestartState;
  readonly message: string;
  /** The one that is on its way. */
  readonly current?: KubeObject;
  /** When it must be back. */
  readonly deadline?: Date;
  /** Those whose restart is over. */
  readonly finished: readonly KubeObject[];
  /** The one to restart in this pass. */
  readonly next?: StaleWorkload;
  readonly heldBack: readonly StaleWorkload[];
  /** How many are still to come. */
  readonly left: number;
}

const IDLE = { finished: [], heldBack: [], left: 0 } as const;

/** The mesh as its spec says, all of it: while it changes, sidecars may change again. */
function isSettled(controlPlane: KubeObject): boolean {
  const reconciled = findCondition(conditionsAt(controlPlane, 'status', 'conditions'), 'Reconciled');
  return reconciled?.status === 'True' && reconciled.observedGeneration === controlPlane.metadata.generation && valueAt(controlPlane, 'metadata', 'deletionTimestamp') === undefined;
}

/** Since when; a time that cannot be read is long ago. */
function deadlineOf(workload: KubeObject): Date {
  const since = Date.parse(annotationOf(workload, ANNOTATION_RESTARTING) ?? '');
  return new Date((Number.isNaN(since) ? 0 : since) + RESTART_DEADLINE_MS);
}

type Left = Pick<Restarts, 'finished' | 'heldBack' | 'left'>;

/** One is on its way: it is waited for, and when it does not come back all stops. */
function underWay(current: KubeObject, left: Left, now: Date): Restarts {
  const deadline = deadlineOf(current);
  const [failure, obstacle] = [rolloutFailure(current), rolloutObstacle(current)];
  const title = workloadTitle(current);
  if (failure !== '' || deadline <= now) {
    return { ...left, state: 'Stopped', current, message: `${title} was restarted and does not come back (${[obstacle, failure].filter((part) => part !== '').join('; ')}); no other workload is restarted until it does` };
  }
  return { ...left, state: 'Restarting', current, deadline, message: `${title} is being restarted: ${obstacle}; ${left.left} more to come` };
}

/**
 * Decides about restarts: at most one workload of a mesh at a time, the first one that may be. Order of the questions: is it asked for, is one on its way, is the mesh itself
 * done, is any left. Nothing is remembered but what the workloads carry.
 */
export function restartsOf(observed: SidecarsObserved, now: Date): Restarts {
  if (!observed.updatesWorkloads) return { ...IDLE, state: 'Off', message: '' };
  const restarting = restartingWorkloads(observed);
  const current = restarting.find((workload) => rolloutObstacle(workload) !== '');
  const finished = restarting.filter((workload) => rolloutObstacle(workload) === '');
  const stale = staleWorkloads(observed).filter(({ object }) => object === undefined || object !== current);
  const [ready, heldBack] = [stale.filter(({ obstacle }) => obstacle === ''), stale.filter(({ obstacle }) => obstacle !== '')];
  if (current !== undefined) return underWay(current, { finished, heldBack, left: ready.length }, now);
  if (!isSettled(observed.controlPlane)) return { state: 'Waiting', message: 'workloads are restarted when the control plane itself is up to date', finished, heldBack: [], left: stale.length };
  const [next] = ready;
  if (next !== undefined) return { state: 'Restarting', message: `${next.name} is being restarted; ${ready.length - 1} more to come`, finished, next, heldBack, left: ready.length - 1 };
  if (heldBack.length === 0) return { ...IDLE, finished, state: 'Done', message: '' };
  const [first] = heldBack;
  return { state: 'HeldBack', message: `${heldBack.length} workloads are not restarted; ${first?.name ?? ''}: ${first?.obstacle ?? ''}`, finished, heldBack, left: 0 };
}
