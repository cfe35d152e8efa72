import * as fc from 'fast-check';
import { MAPPING } from '../../src/domain/conversion/table.ts';
import { set, type Path } from '../../src/domain/conversion/tree.ts';
import type { Json, JsonObject } from '../../src/lib/json.ts';

/* Random specs of both versions: real paths with real and wrong values, and rubbish beside them. */

const key = fc.constantFrom('global', 'proxy', 'a', 'enabled', 'x.y', 'a/b~c', '__proto__', 'constructor', 'toString', '', 'techPreview', 'v1Differences', 'v2Differences', 'istio', 'env');

const scalar: fc.Arbitrary<Json> = fc.oneof(
  fc.boolean(), fc.integer({ min: -5, max: 20_000 }), fc.double({ noNaN: true, noDefaultInfinity: true, min: -10, max: 200 }).map((value) => value + 0),
  fc.constant(null), fc.string({ maxLength: 8 }),
  fc.constantFrom<Json>('true', 'false', '2', '1.5', '100m', '128Mi', '10s', 'Jaeger', 'jaeger', 'zipkin', 'stackdriver', 'None', 'Mixer', 'Istiod', 'cert-manager', 'egress', 'CNI',
    'default:warn,x:debug', 'a,b', '80,443', '*', '', 'host:9000', 'enabled', 'MultiTenant', 'REGISTRY_ONLY', 'first-party-jwt'),
);

/** Any JSON value, small. */
export const json: fc.Arbitrary<Json> = fc.letrec<{ value: Json; map: JsonObject }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, scalar, fc.array(tie('value'), { maxLength: 3 }), tie('map')),
  map: fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((pairs) => Object.fromEntries(pairs)),
})).value;

const rubbish: fc.Arbitrary<JsonObject> = fc.array(fc.tuple(key, json), { maxLength: 3 }).map((pairs) => Object.fromEntries(pairs));

const gatewayParts = ['enabled', 'gatewayType', 'type', 'env', 'replicaCount', 'secretVolumes', 'ior_enabled', 'service', 'volumes', 'runtime'];

function pathsOf(fixed: readonly Path[], gateways: readonly Path[]): fc.Arbitrary<Path> {
  const named = fc.tuple(fc.constantFrom(...gateways), fc.constantFrom('mine', 'istio-ingressgateway', 'enabled', '__proto__', 'a.b'), fc.constantFrom(...gatewayParts))
    .map(([base, name, part]) => [...base, name, part]);
  return fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...fixed) }, { weight: 1, arbitrary: named });
}

function specs(paths: fc.Arbitrary<Path>, top: fc.Arbitrary<JsonObject>): fc.Arbitrary<JsonObject> {
  return fc.tuple(top, fc.array(fc.tuple(paths, json), { maxLength: 12 }))
    .map(([base, entries]) => entries.reduce((tree, [path, value]) => set(tree, path, value), base));
}

const version = fc.option(fc.constantFrom<Json>('v1.1', 'v2.5', 'v1.31', '1.31.1', 7), { nil: undefined });
const profiles = fc.option(fc.constantFrom<Json>([], ['default'], ['a', 'b'], null, [1]), { nil: undefined });
const preview = fc.option(rubbish, { nil: undefined });

function present(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** v1 specs: values of the table, wrong values in their places, and fields nobody knows. */
export const anySpecV1: fc.Arbitrary<JsonObject> = specs(
  pathsOf(MAPPING.flatMap(({ paths }) => paths), [['istio', 'gateways']]),
  fc.tuple(rubbish, version, profiles, fc.option(fc.constantFrom<Json>('default', 'small', null), { nil: undefined }), preview)
    .map(([extra, version, profiles, template, techPreview]) => present({ ...extra, version, profiles, template, ...(techPreview === undefined ? {} : { istio: { techPreview } }) })),
);

/** v2 specs, in the same way. */
export const anySpecV2: fc.Arbitrary<JsonObject> = specs(
  pathsOf(MAPPING.map(({ field }) => field), [['gateways', 'additionalIngress'], ['gateways', 'additionalEgress']]),
  fc.tuple(rubbish, version, profiles, preview).map(([extra, version, profiles, techPreview]) => present({ ...extra, version, profiles, techPreview })),
);
