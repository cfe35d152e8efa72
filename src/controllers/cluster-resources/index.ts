import { planClusterResources, type ClusterResourcesObserved } from '../../domain/cluster-resources/plan.ts';
import type { KubeObject } from '../../k8s/object.ts';
import type { Controller, Watch } from '../../runtime/controller.ts';
import { CRDS, MANAGED_CLUSTER_ROLES } from '../sources.ts';

/** There is one key: the cluster. */
const CLUSTER = 'cluster';

/** Our own CRDs wake it on a cluster that has none of Istio's yet. */
const isMeshDefinition = ({ metadata: { name } }: KubeObject): boolean => name.endsWith('.istio.io') || name.endsWith('.maistra.io');

const WATCHES: readonly Watch[] = [
  { source: CRDS, toKeys: (definition) => (isMeshDefinition(definition) ? [CLUSTER] : []) },
  { source: MANAGED_CLUSTER_ROLES, toKeys: () => [CLUSTER] },
];

/** Keeps what all meshes share: Istio's CRDs and the ClusterRoles. In: the CRDs this build brings, marked. */
export function clusterResourcesController(wanted: readonly KubeObject[]): Controller<ClusterResourcesObserved> {
  return {
    name: 'cluster-resources',
    watches: WATCHES,
    workers: 1,
    observe: (_key, read) => ({ wanted, definitions: new Map(read.list(CRDS).map((definition) => [definition.metadata.name, definition])) }),
    plan: planClusterResources,
    status: () => [],
  };
}
