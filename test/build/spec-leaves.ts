import { z } from 'zod';
import { COMPONENT_NAMES } from '../../src/api/maistra-v2/runtime.ts';
import { unwrapped } from '../../src/api/schema/walk.ts';
import { deepMerge } from '../../src/lib/merge.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/lib/json.ts';

/* Every leaf of a schema, as something that can be set: where it stands, and values to try. */

/** A path into a spec. `[]` is the one entry of a list; every other step is a key. */
export type LeafPath = readonly string[];

/** One field that users can set. */
export interface Leaf {
  readonly path: LeafPath;
  /** Values to set, each legal for the field. */
  readonly examples: readonly Json[];
}

/** Names that stand for the free keys of a map, by the map's path. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  'runtime.components': COMPONENT_NAMES,
  'gateways.additionalIngress': ['more-in'],
  'gateways.additionalEgress': ['more-out'],
  'cluster.multiCluster.meshNetworks': ['far'],
};

const PATTERN_EXAMPLES: readonly Json[] = ['7m', '7%', 'example', 'TLSv1_2', 'https://example.com:7000', 'example:7000', '10.7.0.0/16', '7', '/example'];

function integerExamples(schema: z.core.$ZodType): Json[] {
  return [7, 2, 17, 7000, 1].filter((value) => z.core.safeParse(schema, value).success);
}

function scalarExamples(schema: z.core.$ZodType): readonly Json[] {
  if (schema instanceof z.ZodEnum) return schema.options.map(String);
  if (schema instanceof z.ZodBoolean) return [true, false];
  if (schema instanceof z.ZodNumber) return integerExamples(schema).slice(0, 1);
  if (schema instanceof z.ZodUnion) return ['7', 7, '7m'].filter((value) => z.core.safeParse(schema, value).success).slice(0, 1);
  if (schema instanceof z.ZodString) return PATTERN_EXAMPLES.filter((value) => z.core.safeParse(schema, value).success).slice(0, 1);
  return [{ example: 'value' }];
}

/** The values to set in a schema without fields of its own. */
function examplesOf(schema: z.core.$ZodType): readonly Json[] {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodArray) return examplesOf(inner.element).slice(0, 1).map((value) => [value]);
  if (inner instanceof z.ZodRecord) return examplesOf(inner.valueType).slice(0, 1).map((value) => ({ example: value }));
  return scalarExamples(inner);
}

function entriesOf(schema: z.core.$ZodType, path: LeafPath): readonly (readonly [string, z.core.$ZodType])[] {
  if (schema instanceof z.ZodObject) return Object.entries(schema.shape);
  if (schema instanceof z.ZodArray && unwrapped(schema.element) instanceof z.ZodObject) return [['[]', schema.element]];
  if (!(schema instanceof z.ZodRecord) || !(unwrapped(schema.valueType) instanceof z.ZodObject)) return [];
  return (NAMES[path.join('.')] ?? ['example']).map((name) => [name, schema.valueType] as const);
}

/** Every leaf below a schema. A map or a list of scalars is one leaf. */
export function leavesOf(schema: z.core.$ZodType, path: LeafPath = []): Leaf[] {
  const inner = unwrapped(schema);
  const below = entriesOf(inner, path);
  return below.length === 0 ? [{ path, examples: examplesOf(schema) }] : below.flatMap(([key, nested]) => leavesOf(nested, [...path, key]));
}

function at(path: LeafPath, value: Json): Json {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  return key === '[]' ? [at(rest, value)] : { [key]: at(rest, value) };
}

function over(base: Json | undefined, value: Json): Json {
  if (Array.isArray(base) && Array.isArray(value) && isJsonObject(base[0]) && isJsonObject(value[0])) return [over(base[0], value[0])];
  if (!isJsonObject(base) || !isJsonObject(value)) return value;
  return Object.entries(value).reduce<JsonObject>((tree, [key, nested]) => (nested === undefined ? tree : { ...tree, [key]: over(tree[key], nested) }), base);
}

/** The spec with a value at a leaf. Lists on the way have one entry, which is kept. */
export function withLeaf(spec: JsonObject, path: LeafPath, value: Json): JsonObject {
  const tree = over(spec, at(path, value));
  return isJsonObject(tree) ? tree : deepMerge(spec, {});
}

/** What an entry of a list must have, by the list's name, besides the field that is looked at. */
const ENTRIES: Readonly<Record<string, JsonObject>> = { extensionProviders: { name: 'mine' }, matchExpressions: { key: 'a', operator: 'In' } };

/** The spec with every list on the way to a leaf in place, so that an effect is the leaf's own and not that of the entry around it. */
export function withListsOf(spec: JsonObject, path: LeafPath): JsonObject {
  const ends = path.flatMap((step, index) => (step === '[]' ? [index] : []));
  return ends.reduce((tree, end) => withLeaf(tree, path.slice(0, end + 1), ENTRIES[path[end - 1] ?? ''] ?? {}), spec);
}
