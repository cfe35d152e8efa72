import { DEPLOYMENT, findKind, NAMESPACE } from '../../api/kinds.ts';
import { keyOf } from '../../k8s/key.ts';
import type { KubeObject } from '../../k8s/object.ts';
import type { ResourceType } from '../../k8s/resource.ts';
import { mapLimited } from '../../runtime/limiter.ts';
import type { ClusterReader } from '../cluster-reader.ts';
import { ALL_SOURCES } from '../controllers.ts';
import { OfflineCluster } from '../offline-cluster.ts';
import { UsageError } from '../usage-error.ts';

const AT_ONCE = 8;
const NOT_FOUND = 404;

interface Found {
  readonly type: ResourceType;
  readonly isWhole: boolean;
  readonly objects: readonly KubeObject[];
}

/** Generation 1 fits the status of a healthy Deployment: what is compared is where the changes end, not where they stand now. */
function asHealthy(object: KubeObject): KubeObject {
  return object.kind === DEPLOYMENT.kind ? { ...object, metadata: { ...object.metadata, generation: 1 } } : object;
}

/** A cluster to play in, and what was read of it, as it was read. */
export interface Snapshot {
  readonly cluster: OfflineCluster;
  readonly hasNamespace: (name: string) => boolean;
  /** Whole objects only. */
  readonly live: (type: ResourceType, name: string, namespace: string | undefined) => KubeObject | undefined;
}

const idOf = (type: ResourceType, name: string, namespace: string | undefined): string => `${type.group} ${type.plural} ${keyOf(name, namespace)}`;

/**
 * Reads what the operator's caches hold, each as narrow as the cache: of Secrets, metadata only.
 * @throws UsageError when something may not be read: a part of the truth would be shown as a change
 */
export async function snapshotOf(reader: ClusterReader): Promise<Snapshot> {
  const found = await mapLimited(ALL_SOURCES, AT_ONCE, async ({ type, labelSelector, fieldSelector, metadataOnly }): Promise<Found> => (
    { type, isWhole: metadataOnly !== true, objects: await reader.list(type, { labelSelector, fieldSelector, isMetadataOnly: metadataOnly }) }));
  const refused = reader.gaps.find(({ status }) => status !== NOT_FOUND);
  if (refused !== undefined) throw new UsageError(`${refused.why}; diff reads all that the operator reads, so ask somebody who may`);
  const cluster = new OfflineCluster(reader.gaps.flatMap(({ type }) => type ?? []), true);
  // Whole objects last, over what is known of them by metadata only.
  const live = new Map<string, KubeObject>();
  for (const { type, isWhole, objects } of found.toSorted((a, b) => Number(a.isWhole) - Number(b.isWhole))) {
    for (const object of objects) {
      cluster.put(findKind(object.apiVersion, object.kind) ?? type, asHealthy(object));
      if (isWhole) live.set(idOf(type, object.metadata.name, object.metadata.namespace), object);
    }
  }
  const namespaces = new Set(found.filter(({ type }) => type === NAMESPACE).flatMap(({ objects }) => objects.map(({ metadata }) => metadata.name)));
  return { cluster, hasNamespace: (name) => namespaces.has(name), live: (type, name, namespace) => live.get(idOf(type, name, namespace)) };
}
