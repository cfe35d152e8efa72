import * as z from 'zod';
import { controlPlaneSpecSchema } from '../../api/maistra-v2/control-plane.ts';
import { PREVIEW_SWITCHES } from '../../api/maistra-v2/tech-preview.ts';
import { isNullable, schemaAt, unwrapped } from '../../api/schema/walk.ts';
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.ts';
import { admittedInV1 } from './admitted.ts';
import { Draft } from './draft.ts';
import { lossless } from './lossless.ts';
import { Remainder } from './remainder.ts';
import type { Row } from './row.ts';
import { gatewaysOfV1, gatewaysOfV2, gatewayTypePath } from './rows-gateways.ts';
import { fieldsOf, readersOf, writersOf } from './table.ts';
import { get, merged, omit, own, pick, same } from './tree.ts';

/*
 * `spec` of v1 ⇄ `spec` of v2. The tables say what maps to what; here is how they are walked (spec/conversion-v1-v2.md 4, 5):
 * - to v2, a row consumes what it reads; what is left goes to techPreview, under the same path;
 * - to v1, techPreview comes first and rows write over it.
 */

/** Fields that only v1 has. */
export const V1_FIELDS: readonly string[] = ['istio', 'template', 'threeScale', 'networkType'];
const THREE_SCALE = '3scale';

/** Whether a value fits a field. */
type Fit = (value: Json) => boolean;

function fitOf(schema: z.core.$ZodType | undefined): Fit {
  if (schema === undefined) return () => false;
  const parses: Fit = (value) => z.core.safeParse(schema, value).success;
  if (isNullable(schema)) return parses;
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodBoolean) return (value) => typeof value === 'boolean';
  // Most fields are plain texts: they are not worth a parse.
  if (inner instanceof z.ZodString && (inner.def.checks ?? []).length === 0) return (value) => typeof value === 'string';
  return parses;
}

/** By the pattern of rows: their schema is looked up once. */
const FITS = new Map<Row, Fit>();

function fits(row: Row, value: Json): boolean {
  const pattern = row.pattern ?? row;
  const fit = FITS.get(pattern) ?? fitOf(schemaAt(controlPlaneSpecSchema, row.field));
  FITS.set(pattern, fit);
  return fit(value);
}

function applies(row: Row, v2: JsonObject): boolean {
  return row.onlyIf === undefined || same(get(v2, row.onlyIf.field), row.onlyIf.is);
}

/** Moves what a row reads. In: v2 as far as it is, and what of v1 no row has read yet. */
function readRow(row: Row, v2: Draft, rest: Remainder): void {
  const values = row.paths.map((path) => rest.get(path));
  if (!values.some((value) => value !== undefined) || !applies(row, v2.tree) || v2.get(row.field) !== undefined) return;
  const value = row.read(values);
  if (value === undefined || !fits(row, value)) return;
  v2.set(row.field, value);
  for (const [index, path] of row.paths.entries()) if (values[index] !== undefined) rest.take(path);
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
  const v2 = new Draft({ ...pick(v1, ['version']), ...readProfiles(v1) });
  const rest = new Remainder(values);
  for (const row of readersOf(values, named)) readRow(row, v2, rest);
  for (const { name, side } of named) if (side === 'additionalEgress' && v2.get(['gateways', side, name]) !== undefined) rest.take(gatewayTypePath(name));
  return { ...v2.tree, ...techPreviewOf(rest.tree) };
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

function writeRow(row: Row, v1: Draft, v2: JsonObject): void {
  const value = get(v2, row.field);
  if (value === undefined || !applies(row, v2)) return;
  const written = row.write(value) ?? [];
  for (const [index, path] of row.paths.entries()) {
    const part = written[index];
    if (part !== undefined) v1.put(path, part);
  }
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
  const v1 = new Draft(admittedInV1(isJsonObject(start) ? start : {}));
  for (const { name, side } of named) if (side === 'additionalEgress') v1.set(gatewayTypePath(name), 'egress');
  for (const row of writersOf(v2, named)) writeRow(row, v1, v2);
  return v1.tree;
}

/** Where a v2 spec keeps what v1 said and v2 cannot. */
export const NOTES_IN_V2 = ['techPreview', 'v1Differences'] as const;
/** Where a v1 spec keeps what v2 said and v1 cannot. */
export const NOTES_IN_V1 = ['istio', 'techPreview', 'v2Differences'] as const;

/** The lossless conversion of specs. */
export const SPEC = lossless({ toV2: specToV2, toV1: specToV1, notesInV2: NOTES_IN_V2, notesInV1: NOTES_IN_V1, fieldsOf });
