import { parse } from 'yaml';
import { LABEL_MEMBER_OF } from '../../api/names.ts';
import { isJsonObject, valueAt, type JsonObject } from '../../lib/json.ts';
import { objectOf, type ResourceType } from '../../k8s/resource.ts';
import type { KubeObject } from '../../k8s/object.ts';

const sail = (kind: string, plural: string): ResourceType => ({ group: 'sailoperator.io', version: 'v1', kind, plural, namespaced: false });
const ISTIO = sail('Istio', 'istios');
const ISTIO_CNI = sail('IstioCNI', 'istiocnis');

/** A control plane, and what the operator renders for it. */
export interface ExportedPlane {
  readonly plane: KubeObject;
  readonly wanted: readonly KubeObject[];
}

/** Name of the Istio object and of its revision: cluster-scoped, so it carries the namespace. */
export function revisionOf({ metadata: { namespace = '', name } }: KubeObject): string {
  return `${namespace}-${name}`;
}

/** Fields of the mesh configuration that the chart of istiod writes by itself, from where it is installed. */
const FROM_THE_CHART = new Set(['rootNamespace', 'ingressControllerMode', 'enableTracing']);

/** The mesh configuration as users would write it into `values.meshConfig`. */
function meshConfigOf({ plane, wanted }: ExportedPlane): JsonObject {
  const { name, namespace = '' } = plane.metadata;
  const text = valueAt(wanted.find((object) => object.kind === 'ConfigMap' && object.metadata.name === `istio-${name}` && object.metadata.namespace === namespace), 'data', 'mesh');
  const config: unknown = typeof text === 'string' ? parse(text) : {};
  const own = isJsonObject(config) ? Object.fromEntries(Object.entries(config).filter(([key]) => !FROM_THE_CHART.has(key))) : {};
  const { discoveryAddress: _address, ...defaultConfig } = isJsonObject(own['defaultConfig']) ? own['defaultConfig'] : {};
  const { defaultConfig: _before, ...rest } = own;
  return { ...rest, ...(Object.keys(defaultConfig).length === 0 ? {} : { defaultConfig }), discoverySelectors: [{ matchLabels: { [LABEL_MEMBER_OF]: namespace } }] };
}

/** How many istiods, and how big: as the operator runs them now. */
function pilotOf({ plane, wanted }: ExportedPlane): JsonObject {
  const { name, namespace = '' } = plane.metadata;
  const isAt = (object: KubeObject, kind: string): boolean => object.kind === kind && object.metadata.name === `istiod-${name}` && object.metadata.namespace === namespace;
  const deployment = wanted.find((object) => isAt(object, 'Deployment'));
  const containers = valueAt(deployment, 'spec', 'template', 'spec', 'containers');
  const resources = valueAt(Array.isArray(containers) ? containers[0] : undefined, 'resources');
  const replicas = valueAt(deployment, 'spec', 'replicas');
  return {
    cni: { enabled: true },
    autoscaleEnabled: wanted.some((object) => isAt(object, 'HorizontalPodAutoscaler')),
    ...(typeof replicas === 'number' ? { replicaCount: replicas } : {}),
    ...(isJsonObject(resources) ? { resources } : {}),
  };
}

/**
 * The Istio object of a mesh. The same namespace means the same root of trust, for istiod reads it from the Secret there; `autoInject: disabled` keeps
 * injection a thing that pods ask for. Fields: sailoperator.io/v1 (Sail 1.30), values of the chart istio-discovery.
 */
export function istioObject(exported: ExportedPlane, version: string): KubeObject {
  const { namespace = '' } = exported.plane.metadata;
  return objectOf(ISTIO, { name: revisionOf(exported.plane) }, {
    spec: {
      version: `v${version}`, namespace, updateStrategy: { type: 'InPlace' },
      values: { global: { istioNamespace: namespace, proxy: { autoInject: 'disabled' } }, pilot: pilotOf(exported), meshConfig: meshConfigOf(exported) },
    },
  });
}

/** The node plug-in that all meshes share: Sail knows one, called default. */
export function cniObject(version: string): KubeObject {
  return objectOf(ISTIO_CNI, { name: 'default' }, { spec: { version: `v${version}`, namespace: 'istio-cni' } });
}
