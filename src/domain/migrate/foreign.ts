import type { ResourceType } from '../../k8s/resource.ts';

/* Kinds that only a migration looks at: of the old operator, of OLM, and of Istio where we write none. */

export const MAISTRA_FEDERATION_GROUP = 'federation.maistra.io';

const namespaced = (group: string, version: string, kind: string, plural: string): ResourceType => ({ group, version, kind, plural, namespaced: true });

export const CLUSTER_SERVICE_VERSION = namespaced('operators.coreos.com', 'v1alpha1', 'ClusterServiceVersion', 'clusterserviceversions');

/** Configuration in members and control-plane namespaces that upstream Istio does not have or reads otherwise. */
export const CONFIGURATION_KINDS: readonly ResourceType[] = [
  namespaced(MAISTRA_FEDERATION_GROUP, 'v1', 'ServiceMeshPeer', 'servicemeshpeers'),
  namespaced(MAISTRA_FEDERATION_GROUP, 'v1', 'ExportedServiceSet', 'exportedservicesets'),
  namespaced(MAISTRA_FEDERATION_GROUP, 'v1', 'ImportedServiceSet', 'importedservicesets'),
  namespaced('maistra.io', 'v1', 'ServiceMeshExtension', 'servicemeshextensions'),
  namespaced('networking.istio.io', 'v1alpha3', 'EnvoyFilter', 'envoyfilters'),
  namespaced('extensions.istio.io', 'v1alpha1', 'WasmPlugin', 'wasmplugins'),
];

/** What a Deployment makes. The operator itself never looks at one. */
export const REPLICA_SET: ResourceType = { group: 'apps', version: 'v1', kind: 'ReplicaSet', plural: 'replicasets', namespaced: true };

