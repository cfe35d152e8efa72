import { DEPLOYMENT, KIALI } from '../../api/kinds.ts';
import { ANNOTATION_MESH_GENERATION, SCOPED_API_NAME } from '../../api/names.ts';
import { isJsonObject, valueAt } from '../../lib/json.ts';
import { annotationOf, type KubeObject } from '../../k8s/object.ts';
import { LAST_WAVE } from './components.ts';
import type { ControlPlaneObserved } from './observed.ts';
import type { RenderedComponent, WantedObject } from './render.ts';

/** State of a component: `pending` is not (wholly) there yet, `unready` is there and does not work yet. */
export type ComponentState = 'ready' | 'unready' | 'pending';

/** Readiness of one component, with the reason. */
export interface ComponentReadiness {
  readonly name: string;
  readonly state: ComponentState;
  /** What it waits for; '' when ready. */
  readonly reason: string;
  /** True when the waves after it must wait for it. */
  readonly isGate: boolean;
  /** True when its readiness comes from a workload that we see; false for what is ready as soon as it is written. */
  readonly hasWorkload: boolean;
}

const numberAt = (object: KubeObject, ...path: readonly string[]): number | undefined => {
  const value = valueAt(object, ...path);
  return typeof value === 'number' ? value : undefined;
};

interface StatusCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

function conditionsOf(object: KubeObject): StatusCondition[] {
  const list = valueAt(object, 'status', 'conditions');
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  return (Array.isArray(list) ? list : []).filter(isJsonObject).map((condition) => ({
    type: text(condition['type']), status: text(condition['status']), reason: text(condition['reason']), message: text(condition['message']),
  }));
}

/** A Deployment's own words on why its pods do not come: quota, Pod Security, a deadline. */
function complaintOf(object: KubeObject): string {
  const conditions = conditionsOf(object);
  const found = conditions.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True')
    ?? conditions.find(({ type, status }) => type === 'Progressing' && status === 'False');
  return found === undefined ? '' : ` (${[found.reason, found.message].filter((part) => part !== '').join(': ').slice(0, 200)})`;
}

/** One wording from the moment a change is planned until it is seen: the status need not be written in between. */
const IN_ROLLOUT = 'its last change is being rolled out';

/** True while enough pods of a Deployment serve, of whatever template. */
export function isAvailable(deployment: KubeObject): boolean {
  return conditionsOf(deployment).some(({ type, status }) => type === 'Available' && status === 'True');
}

/** Why pods of the old template still count; '' when all are of the new one. While both run side by side, those that are ready may be the old ones. */
function rolloutObstacle(object: KubeObject, wanted: number): string {
  const updated = numberAt(object, 'status', 'updatedReplicas') ?? 0;
  if (updated < wanted) return `${updated} of ${wanted} pods are of the new version`;
  const old = (numberAt(object, 'status', 'replicas') ?? updated) - updated;
  return old > 0 ? `pods of the old version that still run: ${old}` : '';
}

/**
 * Why a Deployment is not ready; '' when it is. Source: spec/api-smcp.md 4.2.
 * The status must be about the present generation: an old one says nothing about what was just applied.
 * With `rolledOut` all pods must be of the present template, so that the next wave does not overtake this one.
 */
export function deploymentObstacle(object: KubeObject, rolledOut: boolean): string {
  const name = `Deployment ${object.metadata.name}`;
  const replicas = numberAt(object, 'spec', 'replicas') ?? 1;
  const observed = numberAt(object, 'status', 'observedGeneration');
  if (observed !== undefined && observed < (object.metadata.generation ?? 0)) return `${name}: ${IN_ROLLOUT}`;
  const ready = observed === undefined ? 0 : numberAt(object, 'status', 'readyReplicas') ?? 0;
  if (ready < replicas) return `${name}: ${ready} of ${replicas} pods are ready${complaintOf(object)}`;
  const rollout = rolledOut ? rolloutObstacle(object, replicas) : '';
  if (rollout !== '') return `${name}: ${rollout}${complaintOf(object)}`;
  return isAvailable(object) ? '' : `${name}: not available${complaintOf(object)}`;
}

/** Why a Kiali resource is not ready, in the words of its operator; '' when it is. */
function kialiObstacle(object: KubeObject): string {
  const conditions = conditionsOf(object);
  const failure = conditions.find(({ type, status }) => type === 'Failure' && status === 'True');
  if (failure !== undefined) return `Kiali ${object.metadata.name}: ${failure.message.slice(0, 200)}`;
  const isThere = conditions.some(({ type, status }) => type === 'Successful' && status === 'True');
  return isThere ? '' : `Kiali ${object.metadata.name}: its operator has not finished`;
}

/**
 * A workload that this pass is going to change is not ready, however well the old one runs: the waves after it must wait for the new one.
 * decorate.ts gives an object another generation exactly if it is to be changed.
 */
function changeObstacle(live: KubeObject, wanted: KubeObject): string {
  const isCurrent = annotationOf(live, ANNOTATION_MESH_GENERATION) === annotationOf(wanted, ANNOTATION_MESH_GENERATION);
  return isCurrent ? '' : `${live.kind} ${live.metadata.name}: ${IN_ROLLOUT}`;
}

/** Why istiods cannot read the cluster now; '' when they can, and in soft isolation. */
export function scopedApiObstacle({ scopedApi, facts }: Pick<ControlPlaneObserved, 'scopedApi' | 'facts'>): string {
  if (facts.isolation === 'soft' || (scopedApi !== undefined && isAvailable(scopedApi))) return '';
  const found = scopedApi === undefined ? `Deployment ${SCOPED_API_NAME}: not there yet` : deploymentObstacle(scopedApi, false);
  return `istiod reads the cluster through the scoped API in namespace ${facts.operatorNamespace}; ${found}`;
}

/** How live objects are found: by kind, namespace and name. */
export type LiveOf = (object: KubeObject) => KubeObject | undefined;

function obstacleOf({ type, object }: WantedObject, live: KubeObject, wave: number): string {
  const change = changeObstacle(live, object);
  if (change !== '') return change;
  if (type === KIALI) return kialiObstacle(live);
  return wave === LAST_WAVE && serves(live) ? '' : deploymentObstacle(live, wave < LAST_WAVE);
}

/**
 * An add-on that is available is ready, also while its pods change: nobody waits for the new ones, and Kiali gets some whenever a member joins.
 * A change that does not come off is a complaint of the Deployment and ends this.
 */
function serves(deployment: KubeObject): boolean {
  return isAvailable(deployment) && complaintOf(deployment) === '';
}

/**
 * Readiness of a component: all its objects are there, and every workload among them works.
 * In: the component as rendered, and a way to the objects that count as being there.
 */
export function readinessOf(component: RenderedComponent, liveOf: LiveOf): ComponentReadiness {
  const { name, objects, unservedKinds, lacking, absentGateways, wave } = component;
  const workloads = objects.filter(({ type }) => type === DEPLOYMENT || type === KIALI);
  const hasWorkload = workloads.length > 0 || lacking.length > 0;
  const missing = objects.find(({ object }) => liveOf(object) === undefined);
  if (missing !== undefined) return { name, state: 'pending', reason: `${missing.type.kind} ${missing.object.metadata.name} is not there yet`, isGate: true, hasWorkload };
  const obstacles = [
    ...workloads.map((workload) => obstacleOf(workload, liveOf(workload.object) ?? workload.object, wave)).filter((obstacle) => obstacle !== ''),
    ...unservedKinds.map((kind) => `kind ${kind} is not served yet`), ...lacking,
  ];
  const reason = [...obstacles, ...absentGateways].join('; ');
  return { name, state: reason === '' ? 'ready' : 'unready', reason, isGate: obstacles.length > 0, hasWorkload };
}

/** The same if what is missing is written in this pass: then it is there, and its pods are not. */
export function readinessOnceWritten(component: RenderedComponent, liveOf: LiveOf): ComponentReadiness {
  return readinessOf(component, (object) => liveOf(object) ?? object);
}

/** A component that is held back: what is there of it goes on, the rest waits for others. */
export function readinessHeldBack(component: RenderedComponent, liveOf: LiveOf, waitingFor: readonly string[]): ComponentReadiness {
  const readiness = readinessOf(component, liveOf);
  return readiness.state === 'pending' ? { ...readiness, reason: `waits for ${waitingFor.join(', ')}` } : readiness;
}
