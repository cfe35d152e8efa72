import { ROLE, ROLE_BINDING } from '../../api/kinds.ts';
import { isJsonObject, valueAt, type JsonObject } from '../../lib/json.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { objectOf } from '../../k8s/resource.ts';
import { asOwn } from './clean.ts';

const INJECT = 'sidecar.istio.io/inject';

function containerOf(deployment: KubeObject): JsonObject {
  const containers = valueAt(deployment, 'spec', 'template', 'spec', 'containers');
  const first: unknown = Array.isArray(containers) ? containers.find((container) => valueAt(container, 'name') === 'istio-proxy') : undefined;
  return isJsonObject(first) ? first : {};
}

/** True for the Deployment of a gateway: the only ones whose main container is a proxy. */
export function isGatewayDeployment(object: KubeObject): boolean {
  return object.kind === 'Deployment' && Object.keys(containerOf(object)).length > 0 && object.metadata.labels?.['istio'] !== undefined;
}

/** Labels that selectors go by, without the word that forbids injection. */
function podLabels(deployment: KubeObject, revision: string): JsonObject {
  const labels = valueAt(deployment, 'spec', 'template', 'metadata', 'labels');
  const own = isJsonObject(labels) ? Object.entries(labels).filter(([key]) => key !== INJECT) : [];
  return { ...Object.fromEntries(own), [INJECT]: 'true', 'istio.io/rev': revision };
}

/**
 * A gateway that istiod of a revision fills in (Istio documentation, "Installing Gateways"): same name, labels, ports and size; the proxy
 * itself comes from the injector. Volumes with certificates of the user stay, for Gateways may name their files.
 */
export function injectedGateway(deployment: KubeObject, revision: string): KubeObject {
  const own = asOwn(deployment);
  const container = containerOf(deployment);
  const spec = isJsonObject(own['spec']) ? own['spec'] : {};
  const pod = valueAt(spec, 'template', 'spec');
  const volumes = valueAt(pod, 'volumes');
  const kept = Array.isArray(volumes) ? volumes.filter((volume) => valueAt(volume, 'secret') !== undefined) : [];
  const names = new Set(kept.map((volume) => valueAt(volume, 'name')));
  const mounts = Array.isArray(container['volumeMounts']) ? container['volumeMounts'].filter((mount) => names.has(valueAt(mount, 'name'))) : [];
  const pick = (from: JsonObject, fields: readonly string[]): JsonObject => Object.fromEntries(Object.entries(from).filter(([key]) => fields.includes(key)));
  const proxy = { name: 'istio-proxy', image: 'auto', ...pick(container, ['ports', 'resources']), ...(mounts.length === 0 ? {} : { volumeMounts: mounts }) };
  const template = {
    metadata: { labels: podLabels(deployment, revision), annotations: { 'inject.istio.io/templates': 'gateway' } },
    spec: {
      ...(isJsonObject(pod) ? pick(pod, ['serviceAccountName', 'nodeSelector', 'tolerations', 'affinity', 'imagePullSecrets', 'securityContext']) : {}),
      containers: [proxy], ...(kept.length === 0 ? {} : { volumes: kept }),
    },
  };
  return { ...own, spec: { ...pick(spec, ['replicas', 'selector', 'strategy']), template } };
}

/** The right of a gateway to read certificates of its namespace, by names that nothing of the operator has. */
export function secretReader(deployment: KubeObject): readonly KubeObject[] {
  const { name, namespace = '' } = deployment.metadata;
  const account = valueAt(deployment, 'spec', 'template', 'spec', 'serviceAccountName');
  if (typeof account !== 'string') return [];
  const metadata = { name: `${name}-secret-reader`, namespace };
  return [
    objectOf(ROLE, metadata, { rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'watch'] }] }),
    objectOf(ROLE_BINDING, metadata, { roleRef: { apiGroup: ROLE.group, kind: ROLE.kind, name: metadata.name }, subjects: [{ kind: 'ServiceAccount', name: account, namespace }] }),
  ];
}
