import { isJsonObject, objectsAt, textAt, valueAt } from '../../lib/json.ts';
import type { KubeObject } from '../../k8s/object.ts';

/* How far a Deployment, StatefulSet or DaemonSet is with its newest pod template, as `kubectl rollout status` sees it (Kubernetes, kubectl pkg/polymorphichelpers/rollout_status.go). */

function numberAt(object: KubeObject, ...path: readonly string[]): number | undefined {
  const value = valueAt(object, ...path);
  return typeof value === 'number' ? value : undefined;
}

const statusNumber = (object: KubeObject, field: string): number => numberAt(object, 'status', field) ?? 0;

/** Pods that a workload should have. */
export function wantedPods(object: KubeObject): number {
  return object.kind === 'DaemonSet' ? statusNumber(object, 'desiredNumberScheduled') : numberAt(object, 'spec', 'replicas') ?? 1;
}

function countObstacle(updated: number, available: number, wanted: number): string {
  if (updated < wanted) return `${updated} of ${wanted} pods are new`;
  return available < wanted ? `${available} of ${wanted} pods are available` : '';
}

function deploymentObstacle(object: KubeObject): string {
  const [updated, all] = [statusNumber(object, 'updatedReplicas'), statusNumber(object, 'replicas')];
  const counted = countObstacle(updated, statusNumber(object, 'availableReplicas'), wantedPods(object));
  return counted !== '' || all <= updated ? counted : `${all - updated} old pods still run`;
}

function statefulSetObstacle(object: KubeObject): string {
  const wanted = wantedPods(object);
  const isSettled = textAt(object, 'status', 'currentRevision') === textAt(object, 'status', 'updateRevision');
  const updated = isSettled ? wanted : statusNumber(object, 'updatedReplicas');
  return countObstacle(updated, statusNumber(object, 'readyReplicas'), wanted);
}

const daemonSetObstacle = (object: KubeObject): string =>
  countObstacle(statusNumber(object, 'updatedNumberScheduled'), statusNumber(object, 'numberAvailable'), wantedPods(object));

/** Why not all pods of a workload are new and available; '' when they are. A status of an older generation says nothing. */
export function rolloutObstacle(object: KubeObject): string {
  if (statusNumber(object, 'observedGeneration') < (object.metadata.generation ?? 0)) return 'its change has not been seen yet';
  if (object.kind === 'DaemonSet') return daemonSetObstacle(object);
  return object.kind === 'StatefulSet' ? statefulSetObstacle(object) : deploymentObstacle(object);
}

/** A Deployment's own word that its rollout does not come off; '' otherwise. */
export function rolloutFailure(object: KubeObject): string {
  const stuck = objectsAt(object, 'status', 'conditions').find(({ type, status }) => type === 'Progressing' && status === 'False');
  return stuck === undefined ? '' : textAt(stuck, 'message').slice(0, 200);
}

/** Why a changed pod template would not, or not wholly, bring new pods; '' when it would. */
export function rolloutHindrance(object: KubeObject): string {
  if (valueAt(object, 'spec', 'paused') === true) return 'its rollout is paused (spec.paused)';
  const strategy = textAt(object, 'spec', 'updateStrategy', 'type');
  if (strategy === 'OnDelete') return 'it makes pods anew only when they are deleted (updateStrategy OnDelete)';
  const partition = numberAt(object, 'spec', 'updateStrategy', 'rollingUpdate', 'partition') ?? 0;
  return partition > 0 ? `it keeps pods below ${partition} old (updateStrategy.rollingUpdate.partition)` : '';
}

/** `25%` or `2`, of so many pods. Percentages round down for Deployments and up for DaemonSets (Kubernetes API reference, RollingUpdate). */
function resolved(value: unknown, total: number, round: (value: number) => number): number | undefined {
  if (typeof value === 'number') return value;
  const percent = typeof value === 'string' ? /^(\d+)%$/.exec(value)?.[1] : undefined;
  return percent === undefined ? undefined : round(Number(percent) * total / 100);
}

/**
 * How many pods of a workload may be gone at the same time while it is rolled out. At least one: a rollout that brings new pods before it takes old ones
 * is still one that a budget of nothing is meant to keep away.
 */
export function disruptionOf(object: KubeObject): number {
  const wanted = wantedPods(object);
  if (textAt(object, 'spec', 'strategy', 'type') === 'Recreate') return Math.max(1, wanted);
  const field = object.kind === 'Deployment' ? 'strategy' : 'updateStrategy';
  const settings = valueAt(object, 'spec', field, 'rollingUpdate');
  const limit = isJsonObject(settings) ? settings['maxUnavailable'] : undefined;
  const round = object.kind === 'Deployment' ? Math.floor : Math.ceil;
  return Math.max(1, resolved(limit, wanted, round) ?? 1);
}
