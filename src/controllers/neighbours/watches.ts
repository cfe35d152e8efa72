import { crdNameOf } from '../../k8s/resource.ts';
import type { KubeObject } from '../../k8s/object.ts';
import type { ObjectKey } from '../../k8s/key.ts';
import { CONTROL_PLANE } from '../../api/kinds.ts';
import { OTHER_OPERATOR_WEBHOOKS } from '../../api/names.ts';
import { valueAt } from '../../lib/json.ts';
import type { Reader, Watch } from '../../runtime/controller.ts';
import { changesIn } from '../relevance.ts';
import * as sources from '../sources.ts';

const replicas = (deployment: KubeObject): unknown => valueAt(deployment, 'spec', 'replicas');
const labels = ({ metadata }: KubeObject): unknown => metadata.labels ?? {};

/** Rows for everything that says whether another operator runs. In: the keys to wake then. */
export function signWatches(toKeys: (read: Reader) => readonly ObjectKey[]): readonly Watch[] {
  return [
    { source: sources.OTHER_OPERATORS, isRelevant: changesIn(replicas), toKeys: (_deployment, read) => toKeys(read) },
    { source: sources.WEBHOOK_NAMES, isRelevant: changesIn(() => ''), toKeys: ({ metadata }, read) => (metadata.name.endsWith(OTHER_OPERATOR_WEBHOOKS) ? toKeys(read) : []) },
    { source: sources.CRDS, isRelevant: changesIn(labels), toKeys: ({ metadata }, read) => (metadata.name === crdNameOf(CONTROL_PLANE) ? toKeys(read) : []) },
  ];
}
