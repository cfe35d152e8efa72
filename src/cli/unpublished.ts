import { CONFIG_MAP } from '../api/kinds.ts';
import { LABEL_COMPONENT, LABEL_MANAGED_BY, MANAGED_BY, SCOPED_API_AUTHORITY, SCOPED_API_COMPONENT } from '../api/names.ts';
import { objectOf } from '../k8s/resource.ts';
import { MANAGED_CONFIG_MAPS } from '../controllers/sources.ts';
import type { OfflineCluster } from './offline-cluster.ts';

/** Stands where only a running operator knows what: a certificate that nobody can take for one. */
export const UNKNOWN_CERTIFICATE = '-----BEGIN CERTIFICATE-----\nunknown\n-----END CERTIFICATE-----\n';

/** Lets control planes be played where no operator has published the scoped API's authority yet. */
export function withAuthority(cluster: OfflineCluster, namespace: string): void {
  if (cluster.get(MANAGED_CONFIG_MAPS, SCOPED_API_AUTHORITY, namespace) !== undefined) return;
  const labels = { [LABEL_MANAGED_BY]: MANAGED_BY, [LABEL_COMPONENT]: SCOPED_API_COMPONENT };
  cluster.put(CONFIG_MAP, objectOf(CONFIG_MAP, { name: SCOPED_API_AUTHORITY, namespace, labels }, { data: { 'ca.crt': UNKNOWN_CERTIFICATE } }));
}
