import * as z from 'zod';
import { controlPlaneSpecSchema } from '../../api/maistra-v2/control-plane.ts';
import { PREVIEW_SWITCHES } from '../../api/maistra-v2/tech-preview.ts';
import { schemaAt } from '../../api/schema/walk.ts';
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.ts';
import type { Difference } from './difference.ts';
import { lossless } from './lossless.ts';
import type { Row } from './row.ts';
import { indexRows, rowsAt, type RowIndex } from './row-index.ts';
import { ADDON_ROWS } from './rows-addons.ts';
import { GATEWAY_ROWS, gatewaysOfV1, gatewaysOfV2, gatewayTypePath, namedGatewayRows } from './rows-gateways.ts';
import { MESH_ROWS } from './rows-mesh.ts';
import { PROXY_ROWS } from './rows-proxy.ts';
import { RUNTIME_ROWS } from './rows-runtime.ts';
import { get, merged, omit, own, pick, pointerOf, put, same, set, without } from './tree.ts';

/*
 * `spec` of v1 ⇄ `spec` of v2. The tables say what maps to what; here is how they are walked (spec/conversion-v1-v2.md 4, 5):
 * - to v2, a row consumes what it reads; what is left goes to techPreview, under the same path;
 * - to v1, techPreview comes first and rows write over it.
 */

const FIXED_ROWS: readonly Row[] = [...MESH_ROWS, ...PROXY_ROWS, ...GATEWAY_ROWS, ...ADDON_ROWS];

/** Fields that only v1 has. */
export const V1_FIELDS: readonly string[] = ['istio', 'template', 'threeScale', 'networkType'];
const THREE_SCALE = '3scale';

/** The whole mapping table, but for additional gateways, whose names are the user's. */
export const MAPPING: readonly Row[] = [...FIXED_ROWS, ...RUNTIME_ROWS];

function rowsWith(named: readonly Row[]): readonly Row[] {
  return named.length === 0 ? MAPPING : [...FIXED_ROWS, ...named, ...RUNTIME_ROWS];
}

/** The mapping table for a v1 spec, its additional gateways included. */
export function rowsOf(v1: unknown): readonly Row[] {
  return isJsonObject(v1) ? rowsWith(namedGatewayRows(gatewaysOfV1(v1))) : MAPPING;
}

/** Both parts of the table, by what they are found under; the user's gateways stand between them. */
type Indexes = readonly [before: RowIndex, after: RowIndex];

const READERS: Indexes = [indexRows(FIXED_ROWS, ({ paths }) => paths), indexRows(RUNTIME_ROWS, ({ paths }) => paths)];
const WRITERS: Indexes = [indexRows(FIXED_ROWS, ({ field }) => [field]), indexRows(RUNTIME_ROWS, ({ field }) => [field])];

/** The rows that a tree can have anything for, in the order of the table: a short spec is not asked for a thousand values that it does not have. */
function rowsFor(tree: JsonObject, [before, after]: Indexes, named: readonly Row[]): readonly Row[] {
  return [...rowsAt(before, tree), ...named, ...rowsAt(after, tree)];
}

function fits(row: Row, value: Json): boolean {
  const schema = schemaAt(controlPlaneSpecSchema, row.field);
  return schema !== undefined && z.core.safeParse(schema, value).success;
}

function applies(row: Row, v2: JsonObject): boolean {
  return row.onlyIf === undefined || same(get(v2, row.onlyIf.field), row.onlyIf.is);
}

interface Walk {
  readonly v2: JsonObject;
  /** What of v1 no row has read yet. */
  readonly rest: JsonObject;
}

function readRow({ v2, rest }: Walk, row: Row): Walk {
  const values = row.paths.map((path) => get(rest, path));
  if (values.every((value) => value === undefined) || !applies(row, v2) || get(v2, row.field) !== undefined) return { v2, rest };
  const value = row.read(values);
  if (value === undefined || !fits(row, value)) return { v2, rest };
  return { v2: set(v2, row.field, value), rest: row.paths.reduce(without, rest) };
}

function readProfiles({ profiles, template }: JsonObject): JsonObject {
  if (Array.isArray(profiles) && profiles.length > 0) return { profiles };
  return typeof template === 'string' ? { profiles: [template] } : {};
}

function techPreviewOf(rest: JsonObject): JsonObject {
  const istio = rest['istio'];
  const values = isJsonObject(istio) ? istio : {};
  const threeScale = rest['threeScale'];
  const own3scale: JsonObject = threeScale === undefined ? {} : { [THREE_SCALE]: threeScale };
  const switches = own(values, 'techPreview');
  const base: Json = isJsonObject(switches) ? switches : {};
  const all = merged(merged(base, omit(values, ['techPreview'])), own3scale);
  return isJsonObject(all) && Object.keys(all).length > 0 ? { techPreview: all } : {};
}

function specToV2(v1: JsonObject): JsonObject {
  const named = gatewaysOfV1(v1);
  const values = Object.fromEntries(Object.entries(pick(v1, ['istio', 'threeScale'])).filter(([, value]) => isJsonObject(value)));
  const start: Walk = { v2: { ...pick(v1, ['version']), ...readProfiles(v1) }, rest: values };
  const { v2, rest } = rowsFor(values, READERS, namedGatewayRows(named)).reduce(readRow, start);
  const egress = named.filter(({ name, side }) => side === 'additionalEgress' && get(v2, ['gateways', side, name]) !== undefined);
  const left = egress.reduce((tree, { name }) => without(tree, gatewayTypePath(name)), rest);
  return { ...v2, ...techPreviewOf(left) };
}

/** The start of a v1 spec: what techPreview holds, back in its place. */
function valuesFromTechPreview(preview: Json | undefined): JsonObject {
  if (!isJsonObject(preview)) return {};
  const switches = pick(preview, PREVIEW_SWITCHES);
  const values: JsonObject = { ...omit(preview, [...PREVIEW_SWITCHES, THREE_SCALE]), ...(Object.keys(switches).length === 0 ? {} : { techPreview: switches }) };
  const threeScale = own(preview, THREE_SCALE);
  return {
    ...(Object.keys(values).length === 0 ? {} : { istio: values }),
    ...(isJsonObject(threeScale) ? { threeScale } : {}),
  };
}

function writeRow(v1: JsonObject, row: Row, v2: JsonObject): JsonObject {
  const value = get(v2, row.field);
  if (value === undefined || !applies(row, v2)) return v1;
  const written = row.write(value) ?? [];
  return row.paths.reduce((tree, path, index) => {
    const part = written[index];
    return part === undefined ? tree : put(tree, path, part);
  }, v1);
}

function writeProfiles({ profiles }: JsonObject): JsonObject {
  if (!Array.isArray(profiles)) return {};
  // One profile is the template of old: said once, not twice, so that a v1 object comes back as it was written.
  return profiles.length === 1 && typeof profiles[0] === 'string' ? { template: profiles[0] } : { profiles };
}

function specToV1(v2: JsonObject): JsonObject {
  const named = gatewaysOfV2(v2);
  // Fields of v1 in a v2 object: stored before the webhook was in place. What v2 says itself wins.
  const stray = pick(v2, V1_FIELDS);
  const start = merged(stray, { ...valuesFromTechPreview(v2['techPreview']), ...pick(v2, ['version']), ...writeProfiles(v2) });
  const egress = named.filter(({ side }) => side === 'additionalEgress');
  const typed = egress.reduce((tree, { name }) => set(tree, gatewayTypePath(name), 'egress'), isJsonObject(start) ? start : {});
  return rowsFor(v2, WRITERS, namedGatewayRows(named)).reduce((tree, row) => writeRow(tree, row, v2), typed);
}

function byPointer(rows: readonly Row[]): ReadonlyMap<string, readonly Row[]> {
  const pairs = rows.flatMap((row) => row.paths.map((path) => [pointerOf(path), row] as const));
  return pairs.reduce((map, [pointer, row]) => map.set(pointer, [...map.get(pointer) ?? [], row]), new Map<string, readonly Row[]>());
}

const FIXED_BY_POINTER = byPointer(MAPPING);

/** The field that a v1 leaf was read into: that of the row with the longest path to it. */
function fieldOf(leaf: string, v2: JsonObject): Pick<Difference, 'field' | 'is'> {
  const named = byPointer(namedGatewayRows(gatewaysOfV2(v2)));
  for (let pointer = leaf; pointer !== ''; pointer = pointer.slice(0, pointer.lastIndexOf('/'))) {
    const owners = [...FIXED_BY_POINTER.get(pointer) ?? [], ...named.get(pointer) ?? []];
    const owner = owners.find((row) => get(v2, row.field) !== undefined);
    if (owner !== undefined) return { field: pointerOf(owner.field), is: get(v2, owner.field) ?? null };
  }
  return {};
}

/** Where a v2 spec keeps what v1 said and v2 cannot. */
export const NOTES_IN_V2 = ['techPreview', 'v1Differences'] as const;
/** Where a v1 spec keeps what v2 said and v1 cannot. */
export const NOTES_IN_V1 = ['istio', 'techPreview', 'v2Differences'] as const;

/** The lossless conversion of specs. */
export const SPEC = lossless({ toV2: specToV2, toV1: specToV1, notesInV2: NOTES_IN_V2, notesInV1: NOTES_IN_V1, fieldOf });
