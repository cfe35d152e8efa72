import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { deepMerge } from '../../src/lib/merge.ts';
import type { JsonObject } from '../../src/lib/json.ts';

const samples = join(import.meta.dirname, '..', '..', 'test', 'samples');

/** Path of one of the walk's files. */
export function sampleFile(name: string): string {
  return join(samples, name);
}

/*
 * What this cluster cannot do, said in the control plane's own settings (v1): Envoy here is not Istio's build, so istiod must leave out the
 * filters that only that one has; and there are no images of add-ons.
 */
const STOCK_ENVOY: JsonObject = {
  istio: {
    pilot: { env: { PILOT_ENABLE_ALPN_FILTER: 'false', PILOT_ENABLE_METADATA_EXCHANGE: 'false' } },
    telemetry: { enabled: false },
  },
};
const NO_ADDONS: JsonObject = {
  istio: { prometheus: { enabled: false }, kiali: { enabled: false }, grafana: { enabled: false }, tracing: { enabled: false } },
};
/** The node's own CNI chain has no Multus: the init container redirects the traffic. */
const INIT_CONTAINER: JsonObject = { istio: { istio_cni: { enabled: false } } };

/** A gateway that keeps serving on a busy machine: its default request is a hundredth of a processor. */
export const BUSY_GATEWAY: JsonObject = {
  istio: { gateways: { 'istio-ingressgateway': { resources: { requests: { cpu: '200m', memory: '128Mi' } } } } },
};
/** One beside others on a node whose processors are all asked for: small requests, but for the gateway, and for an istiod that tells proxies of pods that go while these still serve. */
export const SMALL_MESH: JsonObject = {
  istio: {
    pilot: { resources: { requests: { cpu: '50m', memory: '128Mi' } } },
    global: { proxy: { resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { cpu: '500m', memory: '128Mi' } } } },
    gateways: { 'istio-ingressgateway': { resources: { requests: { cpu: '100m', memory: '128Mi' } } } },
  },
};

/** One of the walk's control planes with what this cluster needs. In: file under test/samples, namespace, further settings. */
export async function controlPlane(file: string, namespace: string, further: JsonObject = {}): Promise<JsonObject> {
  const given = parse(await readFile(sampleFile(file), 'utf8')) as JsonObject;
  const spec = [STOCK_ENVOY, NO_ADDONS, INIT_CONTAINER, further].reduce<JsonObject>((below, above) => deepMerge(below, above), given['spec'] as JsonObject);
  return { ...given, metadata: { ...(given['metadata'] as JsonObject), namespace }, spec };
}
