import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { controlPlaneSpecSchema } from '../../src/api/maistra-v2/control-plane.ts';
import { schemaAt } from '../../src/api/schema/walk.ts';
import { MAPPING } from '../../src/domain/conversion/table.ts';
import { stepsOf } from '../../src/domain/validation/v1-paths.ts';
import { set, type Path } from '../../src/domain/conversion/tree.ts';
import { isJsonObject, sameJson, valueAt, type Json, type JsonObject } from '../../src/lib/json.ts';
import type { KubeObject } from '../../src/k8s/object.ts';
import { structuralSchema } from '../../tools/gen/structural.ts';
import { pick, seededRandom } from '../support/chance.ts';
import { anyJson, valueOf, type Fill, type Random } from './random-value.ts';

/*
 * Random ServiceMeshControlPlanes, of everything that the CRD admits: its own schema says what is made. Where it keeps unknown fields,
 * Helm values of the mapping table are put in, right and wrong ones, and such that contradict each other; and what a conversion left there.
 */

export type ApiVersion = 'v1' | 'v2';

const CRD: unknown = parse(readFileSync(join(import.meta.dirname, '..', '..', 'crds', 'maistra.io_servicemeshcontrolplanes.yaml'), 'utf8'));

function schemaOf(version: ApiVersion, field: 'spec' | 'status'): Json {
  const versions = valueAt(CRD, 'spec', 'versions');
  const found = Array.isArray(versions) ? versions.find((entry) => valueAt(entry, 'name') === version) : undefined;
  const schema = valueAt(found, 'schema', 'openAPIV3Schema', 'properties', field);
  if (!isJsonObject(schema)) throw new Error(`the CRD has no ${field} in ${version}`);
  return schema;
}

const SCHEMAS = {
  v1: { spec: schemaOf('v1', 'spec'), status: schemaOf('v1', 'status') },
  v2: { spec: schemaOf('v2', 'spec'), status: schemaOf('v2', 'status') },
};

/** What the mapping table can be set to: v1 paths, with the schema of the v2 field behind each. */
interface HelmValue { readonly path: Path; readonly schema: Json }

function schemaOfField(field: Path): Json {
  const schema = schemaAt(controlPlaneSpecSchema, field);
  return schema instanceof z.ZodType ? structuralSchema(schema) : null;
}

/** True where the CRD of v1 has types of its own: its schema has made the value there already. */
function isTyped(path: Path): boolean {
  let node: Json | undefined = SCHEMAS.v1.spec;
  for (const step of path) {
    const properties: Json | undefined = isJsonObject(node) ? node['properties'] : undefined;
    if (!isJsonObject(properties) || properties[step] === undefined) return false;
    node = properties[step];
  }
  return true;
}

const HELM_VALUES: readonly HelmValue[] = MAPPING.flatMap(({ field, paths }) => paths.filter((path) => !isTyped(path)).map((path) => ({ path, schema: schemaOfField(field) })));

/** The same value as Helm charts of old often have it: numbers in quotes, lists as texts. */
function asHelm(value: Json, random: Random): Json {
  if (random() < 0.5) return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return Array.isArray(value) && value.every((item) => typeof item !== 'object') ? value.join(',') : value;
}

function helmValue({ schema }: HelmValue, fill: Fill): Json {
  return fill.random() < 0.85 ? asHelm(valueOf(schema, fill), fill.random) : anyJson(fill.random);
}

const GATEWAY_KEYS = ['gatewayType', 'enabled', 'type', 'ports', 'env', 'replicaCount', 'secretVolumes', 'ior_enabled', 'namespace', 'routeConfig', 'labels'];

function gatewayValue(random: Random): readonly [Path, Json] {
  const name = pick(['mine', 'other', 'a.b', '__proto__', 'istio-ilbgateway'], random);
  const key = pick(GATEWAY_KEYS, random);
  return [['istio', 'gateways', name, key], key === 'gatewayType' ? pick(['egress', 'ingress', 'x'], random) : anyJson(random)];
}

function withHelmValues(spec: JsonObject, count: number, fill: Fill): JsonObject {
  const entries = Array.from({ length: count }, (): readonly [Path, Json] => {
    if (fill.random() < 0.1) return gatewayValue(fill.random);
    const chosen = pick(HELM_VALUES, fill.random);
    return [chosen.path, helmValue(chosen, fill)];
  });
  return entries.reduce((tree, [path, value]) => set(tree, path, value), spec);
}

/** Values of v1 in the place where v2 keeps them. */
function preview(count: number, fill: Fill): JsonObject {
  const { istio, ...rest } = withHelmValues({}, count, fill);
  return { ...(isJsonObject(istio) ? istio : {}), ...(rest['threeScale'] === undefined ? {} : { '3scale': rest['threeScale'] }) };
}

/** What looks like a note of ours on a conversion, and is none, or an old one. */
function strangeNote(random: Random): Json {
  return [{ path: pick(['/istio/global/proxy/concurrency', '/proxy/concurrency', '/', '//', '/techPreview/a', '/__proto__/x'], random), converted: anyJson(random, 1), original: anyJson(random, 1) }];
}

const ADDITIONS: Readonly<Record<ApiVersion, (spec: JsonObject, fill: Fill) => JsonObject>> = {
  v1: (spec, fill) => {
    const filled = withHelmValues(spec, Math.floor(fill.random() * 12), fill);
    return fill.random() < 0.05 ? set(filled, ['istio', 'techPreview', 'v2Differences'], strangeNote(fill.random)) : filled;
  },
  v2: (spec, fill) => {
    const { random } = fill;
    const withPreview = random() < 0.4 ? { ...spec, techPreview: { ...(isJsonObject(spec['techPreview']) ? spec['techPreview'] : {}), ...preview(Math.floor(random() * 6), fill) } } : spec;
    const withNotes = random() < 0.05 ? set(withPreview, ['techPreview', pick(['v1Differences', 'errored'], random)], random() < 0.5 ? strangeNote(random) : { message: 'x', istio: anyJson(random) }) : withPreview;
    return random() < 0.05 ? withHelmValues(withNotes, 2, fill) : withNotes;
  },
};

function part(version: ApiVersion, field: 'spec' | 'status', fill: Fill): JsonObject {
  const value = valueOf(SCHEMAS[version][field], fill);
  return isJsonObject(value) ? value : {};
}

/** Most specs name a version and profiles that there are: a mesh that is refused shows little. */
function withKnownNames(spec: JsonObject, random: Random): JsonObject {
  const version = spec['version'] === undefined || random() < 0.1 ? {} : { version: pick(['v1.31', 'v1.30', '1.29.3', 'v2.5', 'v1.1'], random) };
  const profiles = spec['profiles'] === undefined || random() < 0.1 ? {} : { profiles: pick([['default'], ['small'], ['base', 'small'], []], random) };
  const template = spec['template'] === undefined || random() < 0.1 ? {} : { template: pick(['default', 'small'], random) };
  return { ...spec, ...version, ...profiles, ...template };
}

/** The control plane of a seed: always the same. One in four has a status; most have few fields, some have very many. */
export function randomControlPlane(version: ApiVersion, seed: number): KubeObject {
  const random = seededRandom(seed);
  const fill: Fill = { random, fields: pick([0.7, 1.5, 1.5, 2.5, 4], random) };
  const spec = ADDITIONS[version](withKnownNames(part(version, 'spec', fill), random), fill);
  const status = random() < 0.25 ? { status: part(version, 'status', { random, fields: 3 }) } : {};
  const labels = random() < 0.2 ? { labels: { [pick(['a', 'x.y/z', 'istio'], random)]: 'a' } } : {};
  return { apiVersion: `maistra.io/${version}`, kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace: 'istio-system', ...labels }, spec, ...status };
}

function withoutEntry(tree: Json | undefined, [step, ...rest]: Path): Json | undefined {
  if (step === undefined || typeof tree !== 'object' || tree === null) return undefined;
  if (Array.isArray(tree)) return tree.flatMap((item: Json, index) => (String(index) === step ? withoutEntry(item, rest) ?? [] : [item]));
  const nested = withoutEntry(valueAt(tree, step) as Json | undefined, rest);
  return Object.fromEntries(Object.entries(tree).flatMap(([key, value]) => (key !== step ? [[key, value]] : nested === undefined ? [] : [[key, nested]])));
}

function withoutFault(spec: JsonObject, path: Path): JsonObject {
  const rest = withoutEntry(spec, path);
  if (!isJsonObject(rest)) return {};
  // What is missing cannot be taken away: what misses it goes.
  return path.length > 0 && sameJson(rest, spec) ? withoutFault(spec, path.slice(0, -1)) : rest;
}

/**
 * The same v2 spec without the fields that validation refuses: what is left of a hostile spec is an odd one that a user may have.
 * In: a spec, and the paths that it is refused for.
 */
export function mended(spec: JsonObject, faultsOf: (spec: JsonObject) => readonly string[]): JsonObject {
  const [first] = faultsOf(spec);
  return first === undefined ? spec : mended(withoutFault(spec, stepsOf(first).slice(1)), faultsOf);
}

function withoutEach(tree: JsonObject): JsonObject[] {
  return Object.entries(tree).flatMap(([key, value]) => {
    const rest = Object.fromEntries(Object.entries(tree).filter(([other]) => other !== key));
    const smaller = isJsonObject(value) ? withoutEach(value).map((nested): JsonObject => Object.fromEntries(Object.entries(tree).map(([other, kept]) => [other, other === key ? nested : kept]))) : [];
    return [rest, ...smaller];
  });
}

/** The smallest tree, leaf by leaf, that still fails: what a person wants to see of a thousand fields. */
export function smallest(tree: JsonObject, fails: (tree: JsonObject) => boolean): JsonObject {
  const smaller = withoutEach(tree).find(fails);
  return smaller === undefined ? tree : smallest(smaller, fails);
}
