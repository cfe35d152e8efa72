import { LABEL_MEMBER_OF, LABEL_OWNER } from '../../api/names.ts';
import { keyOfObject, type ObjectKey } from '../../k8s/key.ts';
import { labelOf, type KubeObject } from '../../k8s/object.ts';
import { valueAt } from '../../lib/json.ts';
import type { Reader, Watch } from '../../runtime/controller.ts';
import { gifts } from '../member/watches.ts';
import { profileWatches } from '../profiles.ts';
import { changesIn, marks } from '../relevance.ts';
import * as sources from '../sources.ts';
import { WORKLOAD_SOURCES } from './observe.ts';

/** Pods come in bursts, and a mesh is looked at whole. */
const DELAY_MS = 500;

function controlPlanesOf(mesh: string | undefined, read: Reader): readonly KubeObject[] {
  return mesh === undefined ? [] : read.list(sources.CONTROL_PLANES, mesh);
}

/** Control planes of the mesh that the namespace of an object is in. */
function meshOf(object: KubeObject, read: Reader): readonly KubeObject[] {
  const namespace = read.get(sources.NAMESPACES, object.metadata.namespace ?? '');
  return namespace === undefined ? [] : controlPlanesOf(labelOf(namespace, LABEL_MEMBER_OF), read);
}

/** Deployments of the whole cluster change all day; most meshes do not ask for restarts. */
function isAsking(smcp: KubeObject): boolean {
  return [valueAt(smcp, 'spec'), valueAt(smcp, 'status', 'appliedSpec')].some((spec) => valueAt(spec, 'updateStrategy', 'updateWorkloads') === true);
}

const keysOf = (controlPlanes: readonly KubeObject[]): readonly ObjectKey[] => controlPlanes.map(keyOfObject);

/** What it asks for, whether it is done, and what of its status is ours. */
const ownFields = (smcp: KubeObject): unknown => [
  smcp.metadata.uid, smcp.metadata.generation, smcp['spec'], ['reconciledGeneration', 'conditions', 'sidecars'].map((field) => valueAt(smcp, 'status', field)), smcp['status'] === undefined,
];

const whole = (object: KubeObject): unknown => [object.metadata.generation, marks(object), object['spec'], object['status']];

/** What wakes the sidecars controller; its keys are SMCPs. */
export const SIDECAR_WATCHES: readonly Watch[] = [
  { source: sources.CONTROL_PLANES, isRelevant: changesIn(ownFields), toKeys: (smcp) => [keyOfObject(smcp)] },
  { source: sources.NAMESPACES, isRelevant: changesIn(marks), delayMs: DELAY_MS, toKeys: (namespace, read) => keysOf(controlPlanesOf(labelOf(namespace, LABEL_MEMBER_OF), read)) },
  { source: sources.PODS, isRelevant: changesIn(marks), delayMs: DELAY_MS, toKeys: (pod, read) => keysOf(meshOf(pod, read)) },
  { source: sources.MANAGED_MUTATING_WEBHOOKS, isRelevant: changesIn(gifts), toKeys: (webhook, read) => keysOf(controlPlanesOf(labelOf(webhook, LABEL_OWNER), read)) },
  ...[...WORKLOAD_SOURCES, sources.BUDGETS].map((source): Watch => ({ source, isRelevant: changesIn(whole), delayMs: DELAY_MS, toKeys: (object, read) => keysOf(meshOf(object, read).filter(isAsking)) })),
  ...profileWatches((read) => keysOf(read.list(sources.CONTROL_PLANES))),
];
