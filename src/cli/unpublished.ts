import { CONFIG_MAP, DEPLOYMENT } from '../api/kinds.ts';
import { LABEL_COMPONENT, LABEL_MANAGED_BY, MANAGED_BY, SCOPED_API_AUTHORITY, SCOPED_API_COMPONENT, SCOPED_API_NAME } from '../api/names.ts';
import { objectOf } from '../k8s/resource.ts';
import { MANAGED_CONFIG_MAPS, MANAGED_DEPLOYMENTS } from '../controllers/sources.ts';
import type { OfflineCluster } from './offline-cluster.ts';

/** Stands where only a running operator knows what: a certificate that nobody can take for one. */
export const UNKNOWN_CERTIFICATE = '-----BEGIN CERTIFICATE-----\nunknown\n-----END CERTIFICATE-----\n';

const LABELS = { [LABEL_MANAGED_BY]: MANAGED_BY, [LABEL_COMPONENT]: SCOPED_API_COMPONENT };

/** Lets control planes be played where no operator has published the scoped API's authority yet. */
export function withAuthority(cluster: OfflineCluster, namespace: string): void {
  if (cluster.get(MANAGED_CONFIG_MAPS, SCOPED_API_AUTHORITY, namespace) !== undefined) return;
  cluster.put(CONFIG_MAP, objectOf(CONFIG_MAP, { name: SCOPED_API_AUTHORITY, namespace, labels: LABELS }, { data: { 'ca.crt': UNKNOWN_CERTIFICATE } }));
}

/** The same for meshes that run already: they wait until the scoped API serves, and what is played here does not make one. */
export function withScopedApi(cluster: OfflineCluster, namespace: string): void {
  withAuthority(cluster, namespace);
  if (cluster.get(MANAGED_DEPLOYMENTS, SCOPED_API_NAME, namespace) !== undefined) return;
  cluster.put(DEPLOYMENT, objectOf(DEPLOYMENT, { name: SCOPED_API_NAME, namespace, labels: LABELS }, { spec: { replicas: 1 } }));
}
