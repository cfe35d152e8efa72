import { LABEL_MEMBER_OF, LABEL_OWNER } from '../../api/names.ts';
import { keyOfObject, type ObjectKey } from '../../k8s/key.ts';
import { labelOf, type KubeObject } from '../../k8s/object.ts';
import { valueAt } from '../../lib/json.ts';
import type { Reader, Watch } from '../../runtime/controller.ts';
import { gifts } from '../member/watches.ts';
import { changesIn, marks } from '../relevance.ts';
import * as sources from '../sources.ts';

/** Pods come in bursts, and a mesh is looked at whole. */
const DELAY_MS = 500;

function controlPlanesOf(mesh: string | undefined, read: Reader): readonly ObjectKey[] {
  return mesh === undefined ? [] : read.list(sources.CONTROL_PLANES, mesh).map(keyOfObject);
}

/** The mesh that the namespace of an object is in. */
function meshToKeys(object: KubeObject, read: Reader): readonly ObjectKey[] {
  const namespace = read.get(sources.NAMESPACES, object.metadata.namespace ?? '');
  return namespace === undefined ? [] : controlPlanesOf(labelOf(namespace, LABEL_MEMBER_OF), read);
}

/** Whether it has a status at all, and what of it is ours. */
const ownFields = (smcp: KubeObject): unknown => [smcp.metadata.uid, smcp['status'] === undefined, valueAt(smcp, 'status', 'sidecars')];

/** What wakes the sidecars controller; its keys are SMCPs. */
export const SIDECAR_WATCHES: readonly Watch[] = [
  { source: sources.CONTROL_PLANES, isRelevant: changesIn(ownFields), toKeys: (smcp) => [keyOfObject(smcp)] },
  { source: sources.NAMESPACES, isRelevant: changesIn(marks), delayMs: DELAY_MS, toKeys: (namespace, read) => controlPlanesOf(labelOf(namespace, LABEL_MEMBER_OF), read) },
  { source: sources.PODS, isRelevant: changesIn(marks), delayMs: DELAY_MS, toKeys: meshToKeys },
  { source: sources.MANAGED_MUTATING_WEBHOOKS, isRelevant: changesIn(gifts), toKeys: (webhook, read) => controlPlanesOf(labelOf(webhook, LABEL_OWNER), read) },
];
