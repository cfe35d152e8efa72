import { isJsonObject, type Json, type JsonObject } from '../../lib/json.ts';
import { commaList, textMap, truth, type Codec } from './codec.ts';
import { dotted, ISTIO, placed, row, rows, type Base, type Row, type Values } from './row.ts';
import { componentRows } from './rows-runtime.ts';
import { get, own } from './tree.ts';

/* spec/conversion-v1-v2.md 2, "gateways". */

const SERVICE_FIELDS = [
  'type', 'ports', 'selector', 'clusterIP', 'loadBalancerIP', 'loadBalancerSourceRanges', 'externalIPs', 'externalName', 'externalTrafficPolicy',
  'healthCheckNodePort', 'sessionAffinity',
];

type VolumeKind = readonly [kind: 'secret' | 'configMap', name: 'secretName' | 'name', v1Name: 'secretName' | 'configMapName'];
const VOLUME_KINDS: readonly VolumeKind[] = [['secret', 'secretName', 'secretName'], ['configMap', 'name', 'configMapName']];

function volumeOf(entry: Json, [kind, name, v1Name]: VolumeKind): Json | undefined {
  const object = own(entry, v1Name);
  const volume = own(entry, 'name');
  const mountPath = own(entry, 'mountPath');
  const isKnown = isJsonObject(entry) && Object.keys(entry).length === 3;
  if (!isKnown || typeof object !== 'string' || typeof volume !== 'string' || typeof mountPath !== 'string') return undefined;
  return { volume: { [kind]: { [name]: object } }, volumeMount: { name: volume, mountPath } };
}

function readVolumes(values: Values): Json | undefined {
  const volumes = values.flatMap((list, index) => {
    const kind = VOLUME_KINDS[index];
    return kind !== undefined && Array.isArray(list) ? list.map((entry: Json) => volumeOf(entry, kind)) : [];
  });
  return volumes.every((volume) => volume !== undefined) ? volumes : undefined;
}

function writeVolumes(value: Json): Values | undefined {
  if (!Array.isArray(value)) return undefined;
  const lists = VOLUME_KINDS.map(([kind, name, v1Name]) => value.flatMap((entry: Json) => {
    const object = get(entry, ['volume', kind, name]);
    return object === undefined ? [] : [{ name: get(entry, ['volumeMount', 'name']), [v1Name]: object, mountPath: get(entry, ['volumeMount', 'mountPath']) }];
  }));
  return lists.map((list) => (list.length === 0 ? undefined : list));
}

function volumesRow(base: Base): Row {
  return {
    field: [...base.field, 'volumes'], paths: [[...base.path, 'secretVolumes'], [...base.path, 'configVolumes']], read: readVolumes, write: writeVolumes,
  };
}

const COMMON: readonly (readonly [field: string, path: string, codec?: Codec])[] = [
  ['enabled', 'enabled', truth],
  ['namespace', 'namespace'],
  ...SERVICE_FIELDS.map((name) => [`service.${name}`, name] as const),
  ['service.metadata.labels', 'labels', textMap],
  ['service.metadata.annotations', 'serviceAnnotations', textMap],
  ['routerMode', 'env.ISTIO_META_ROUTER_MODE'],
];

function commonRows(base: Base): Row[] {
  return [...rows(base, COMMON), volumesRow(base), ...componentRows({ field: [...base.field, 'runtime'], path: base.path })];
}

function ingressRows(base: Base): Row[] {
  return [
    ...rows(base, [
      ['routeConfig.enabled', 'routeConfig.enabled', truth],
      ['routeConfig.metadata.labels', 'routeConfig.labels', textMap],
      ['routeConfig.metadata.annotations', 'routeConfig.annotations', textMap],
      ['sds.enabled', 'sds.enabled', truth],
    ]),
    ...componentRows({ field: [...base.field, 'sds', 'runtime'], path: [...base.path, 'sds'] }),
    ...commonRows(base),
  ];
}

function egressRows(base: Base): Row[] {
  return [row(base, 'requestedNetworkView', 'env.ISTIO_META_REQUESTED_NETWORK_VIEW', commaList), ...commonRows(base)];
}

/** Gateways that every control plane has, and what is said of all. */
export const GATEWAY_ROWS: readonly Row[] = [
  row(ISTIO, 'gateways.enabled', 'gateways.enabled', truth),
  row(ISTIO, 'gateways.openshiftRoute.enabled', 'gateways.istio-ingressgateway.ior_enabled', truth),
  // v1 never had these two: they stand beside the switch that they belong to.
  row(ISTIO, 'gateways.openshiftRoute.metadata.labels', 'gateways.istio-ingressgateway.ior_labels', textMap),
  row(ISTIO, 'gateways.openshiftRoute.metadata.annotations', 'gateways.istio-ingressgateway.ior_annotations', textMap),
  row(ISTIO, 'gateways.ingress.ingress', 'global.k8sIngress.enabled', truth),
  row(ISTIO, 'gateways.ingress.meshExpansionPorts', 'gateways.istio-ingressgateway.meshExpansionPorts'),
  ...ingressRows({ field: ['gateways', 'ingress'], path: ['istio', 'gateways', 'istio-ingressgateway'] }),
  ...egressRows({ field: ['gateways', 'egress'], path: ['istio', 'gateways', 'istio-egressgateway'] }),
  ...commonRows({ field: ['cluster', 'meshExpansion', 'ilbGateway'], path: ['istio', 'gateways', 'istio-ilbgateway'] }),
];

const FIXED = new Set(['enabled', 'istio-ingressgateway', 'istio-egressgateway', 'istio-ilbgateway']);

/** An additional gateway: a name, and on which side it stands. */
export interface NamedGateway {
  readonly name: string;
  readonly side: 'additionalIngress' | 'additionalEgress';
}

/** The additional gateways of a v1 spec: every other map under `istio.gateways`; egress if its gatewayType says so. */
export function gatewaysOfV1(spec: JsonObject): NamedGateway[] {
  const all = get(spec, dotted('istio.gateways'));
  const named = isJsonObject(all) ? Object.entries(all).filter(([name, value]) => !FIXED.has(name) && isJsonObject(value)) : [];
  return named.map(([name, value]) => ({ name, side: own(value, 'gatewayType') === 'egress' ? 'additionalEgress' : 'additionalIngress' }));
}

/** The additional gateways of a v2 spec. One with a name that v1 has another use for cannot be said there. */
export function gatewaysOfV2(spec: JsonObject): NamedGateway[] {
  return (['additionalIngress', 'additionalEgress'] as const).flatMap((side) => {
    const all = get(spec, ['gateways', side]);
    return isJsonObject(all) ? Object.keys(all).filter((name) => !FIXED.has(name)).map((name) => ({ name, side })) : [];
  });
}

type Side = NamedGateway['side'];

const NOWHERE: Base = { field: [], path: [] };

/** Rows of an additional gateway, relative to its place. */
export const NAMED_ROWS: Readonly<Record<Side, readonly Row[]>> = { additionalIngress: ingressRows(NOWHERE), additionalEgress: egressRows(NOWHERE) };

/** Where an additional gateway stands in both versions. */
export function baseOf({ name, side }: NamedGateway): Base {
  return { field: ['gateways', side, name], path: ['istio', 'gateways', name] };
}

/** Rows of additional gateways. */
export function namedGatewayRows(gateways: readonly NamedGateway[]): Row[] {
  return gateways.flatMap((gateway) => NAMED_ROWS[gateway.side].map((pattern) => placed(pattern, baseOf(gateway))));
}

/** v1 path of the type of a gateway: `egress` tells the sides apart there. */
export function gatewayTypePath(name: string): readonly string[] {
  return ['istio', 'gateways', name, 'gatewayType'];
}
