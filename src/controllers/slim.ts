import { ANNOTATION_RESTARTED_FOR, ANNOTATION_RESTARTING, ANNOTATION_UPDATE_WORKLOAD } from '../api/names.ts';
import { objectsAt, valueAt } from '../lib/json.ts';
import { annotationOf, type KubeObject } from '../k8s/object.ts';

/* Objects of all namespaces, cut before they are cached: what is kept is what somebody reads. */

/** Identity and labels, nothing else. */
export function slimMeta(pod: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, labels } = pod.metadata;
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }), ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }), ...(labels === undefined ? {} : { labels }) };
  return { apiVersion: pod.apiVersion, kind: pod.kind, metadata };
}

/** One copy of what many pods carry alike. */
const TEXTS = new Map<string, string>();
const MOST_TEXTS = 1000;

/** The text, as the one copy that all share. */
export function sharedText(text: string): string {
  const known = TEXTS.get(text);
  if (known !== undefined) return known;
  if (TEXTS.size >= MOST_TEXTS) TEXTS.clear();
  TEXTS.set(text, text);
  return text;
}

const RESTART_MARKS = [ANNOTATION_RESTARTED_FOR, ANNOTATION_RESTARTING, ANNOTATION_UPDATE_WORKLOAD];
const ROLLOUT_SETTINGS = ['replicas', 'paused', 'strategy', 'updateStrategy'];
const ROLLOUT_COUNTS = ['observedGeneration', 'replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas', 'currentRevision', 'updateRevision',
  'desiredNumberScheduled', 'updatedNumberScheduled', 'numberAvailable'];

function picked(value: unknown, names: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(names.flatMap((name) => { const found = valueAt(value, name); return found === undefined ? [] : [[name, found]]; }));
}

/** Of a workload, how far it is with its pods, and what our restarts left on it. */
export function slimWorkload(workload: KubeObject): KubeObject {
  const { labels: _labels, ...slim } = slimMeta(workload).metadata;
  const { generation, deletionTimestamp } = workload.metadata;
  const annotations = Object.fromEntries(RESTART_MARKS.flatMap((name) => { const value = annotationOf(workload, name); return value === undefined ? [] : [[name, value]]; }));
  const stuck = objectsAt(workload, 'status', 'conditions').filter(({ type, status }) => type === 'Progressing' && status === 'False');
  return {
    apiVersion: workload.apiVersion, kind: workload.kind,
    metadata: { ...slim, ...(generation === undefined ? {} : { generation }), ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }), ...(Object.keys(annotations).length === 0 ? {} : { annotations }) },
    spec: picked(workload['spec'], ROLLOUT_SETTINGS), status: { ...picked(workload['status'], ROLLOUT_COUNTS), ...(stuck.length === 0 ? {} : { conditions: stuck }) },
  };
}

/** Of a PodDisruptionBudget, over whom it is and what it allows. */
export function slimBudget(budget: KubeObject): KubeObject {
  const { generation } = budget.metadata;
  const { labels: _labels, ...slim } = slimMeta(budget).metadata;
  return {
    apiVersion: budget.apiVersion, kind: budget.kind, metadata: { ...slim, ...(generation === undefined ? {} : { generation }) },
    spec: picked(budget['spec'], ['selector']), status: picked(budget['status'], ['observedGeneration', 'disruptionsAllowed']),
  };
}
