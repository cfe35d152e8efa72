import { CNI_NAME, LABEL_COMPONENT } from '../../api/names.ts';
import type { Charts } from '../../domain/control-plane/charts.ts';
import type { OperatorFacts } from '../../domain/control-plane/facts.ts';
import { CNI_CONTROLLER, type CniObserved } from '../../domain/cni/observed.ts';
import { planCni } from '../../domain/cni/plan.ts';
import { labelOf, type KubeObject } from '../../k8s/object.ts';
import { valueAt } from '../../lib/json.ts';
import type { Controller, Reader, Source, Watch } from '../../runtime/controller.ts';
import { changesIn, intent } from '../relevance.ts';
import { profilesIn, profileWatches } from '../profiles.ts';
import * as sources from '../sources.ts';

/** There is one key: the cluster. */
const CLUSTER = 'cluster';

/** Caches of every kind that the plug-in's objects have. */
const PARTS: readonly Source[] = [
  sources.CNI_DAEMON_SETS, sources.CNI_ATTACHMENTS, sources.MANAGED_CONFIG_MAPS, sources.MANAGED_SERVICE_ACCOUNTS, sources.MANAGED_CLUSTER_ROLE_BINDINGS,
];

const isPart = (object: KubeObject): boolean => labelOf(object, LABEL_COMPONENT) === CNI_NAME;
const spec = (object: KubeObject): unknown => [object.metadata.uid, object.metadata.generation, object.metadata.labels];

const WATCHES: readonly Watch[] = [
  { source: sources.CONTROL_PLANES, isRelevant: changesIn((smcp) => [intent(smcp), valueAt(smcp, 'status', 'chartVersion')]), toKeys: () => [CLUSTER] },
  // Pods come and go in its status.
  { source: sources.CNI_DAEMON_SETS, isRelevant: changesIn(spec), toKeys: () => [CLUSTER] },
  ...PARTS.slice(1).map((source): Watch => ({ source, toKeys: (object) => (isPart(object) ? [CLUSTER] : []) })),
  { source: sources.OTHER_CNI_BINDING, toKeys: () => [CLUSTER] },
  ...profileWatches(() => [CLUSTER]),
  // Asked only whether the kind is served.
  { source: sources.ROUTES, isRelevant: () => false, toKeys: () => [] },
];

function observe(read: Reader, facts: OperatorFacts): CniObserved {
  const otherBinding = read.list(sources.OTHER_CNI_BINDING)[0];
  return {
    controlPlanes: read.list(sources.CONTROL_PLANES),
    labelled: PARTS.flatMap((source) => read.list(source)).filter(isPart),
    daemonSets: read.list(sources.CNI_DAEMON_SETS),
    ...(otherBinding === undefined ? {} : { otherBinding }),
    profiles: profilesIn(read, facts.operatorNamespace),
    facts: { ...facts, servesRoutes: read.isServed(sources.ROUTES), servesNetworkAttachments: read.isServed(sources.CNI_ATTACHMENTS) },
  };
}

/** Keeps the node plug-in that meshes share. In: what is known at start, and the charts. */
export function cniController({ facts, charts }: { readonly facts: OperatorFacts; readonly charts: Charts }): Controller<CniObserved> {
  return {
    name: CNI_CONTROLLER,
    watches: WATCHES,
    workers: 1,
    observe: (_key, read) => observe(read, facts),
    plan: (observed) => planCni(observed, charts),
    status: () => [],
  };
}
