import { isJsonObject, valueAt } from '../../lib/json.ts';
import type { KubeObject } from '../../k8s/object.ts';
import type { Copies } from './copied-marks.ts';

type Texts = Readonly<Record<string, string>>;

/** Labels and annotations that the mesh's owner wants on Routes, for example for a router shard (wishes.md W28). */
export interface RouteMetadata {
  readonly labels: Texts;
  readonly annotations: Texts;
  /** Which of the Gateway's own marks go to its Routes. */
  readonly copies: Copies;
}

/** The ingress gateway that is set up under `gateways.ingress`; all others have their own name. */
const MAIN_INGRESS = 'istio-ingressgateway';

function textsIn(value: unknown): Texts {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/**
 * What the SMCP says about the Routes to a Service: `gateways.openshiftRoute.metadata` for all of them, and over it `routeConfig.metadata` of the
 * gateway that the Service belongs to.
 */
export function routeMetadata(controlPlane: KubeObject | undefined, service: KubeObject): Omit<RouteMetadata, 'copies'> {
  const gateways = valueAt(controlPlane, 'spec', 'gateways');
  const isOfMesh = service.metadata.namespace === controlPlane?.metadata.namespace;
  const own = service.metadata.name === MAIN_INGRESS && isOfMesh ? valueAt(gateways, 'ingress') : valueAt(gateways, 'additionalIngress', service.metadata.name);
  const layers = [valueAt(gateways, 'openshiftRoute', 'metadata'), valueAt(own, 'routeConfig', 'metadata')];
  return {
    labels: Object.assign({}, ...layers.map((layer) => textsIn(valueAt(layer, 'labels')))),
    annotations: Object.assign({}, ...layers.map((layer) => textsIn(valueAt(layer, 'annotations')))),
  };
}
