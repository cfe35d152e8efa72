import * as z from 'zod';
import { isJsonObject, type Json, type JsonObject } from '../../src/lib/json.ts';

/*
 * zod → structural OpenAPI v3 (Kubernetes doc "Specifying a structural schema").
 * zod gives JSON Schema draft 2020-12; what structural schemas say otherwise is rewritten here, node by node.
 */

const PRESERVE = 'x-kubernetes-preserve-unknown-fields';
const INT_OR_STRING = 'x-kubernetes-int-or-string';
const DROPPED = new Set(['$schema', 'propertyNames', 'anyOf', 'additionalProperties', 'const', 'properties', 'items', 'required']);
const INT32 = { minimum: -2_147_483_648, maximum: 2_147_483_647 };

function isNull(schema: Json | undefined): boolean {
  return isJsonObject(schema) && schema['type'] === 'null';
}

/** A union with null becomes `nullable`; a union of scalars must be marked as int-or-string or free-form by its schema. */
function withoutUnion(node: JsonObject): JsonObject {
  if (Array.isArray(node['type'])) {
    const { type, ...rest } = node;
    return withoutUnion({ ...rest, anyOf: type.map((name) => ({ type: name })) });
  }
  const branches = node['anyOf'];
  if (!Array.isArray(branches)) return node;
  const { anyOf: _, ...rest } = node;
  const real = branches.filter((branch) => !isNull(branch));
  const nullable = real.length < branches.length ? { nullable: true } : {};
  if (real.length === 1 && isJsonObject(real[0])) return withoutUnion({ ...real[0], ...rest, ...nullable });
  if (rest[INT_OR_STRING] === true) return { ...rest, ...nullable, anyOf: [{ type: 'integer' }, { type: 'string' }] };
  if (rest[PRESERVE] === true) return { ...rest, ...nullable };
  throw new Error(`a union must be marked with ${INT_OR_STRING} or ${PRESERVE}: ${JSON.stringify(node)}`);
}

function scalarsOf(node: JsonObject): Record<string, Json> {
  const kept = Object.entries(node).filter(([key, value]) => !DROPPED.has(key) && value !== undefined) as [string, Json][];
  const fields: Record<string, Json> = Object.fromEntries(kept);
  if (node['anyOf'] !== undefined) fields['anyOf'] = node['anyOf'];
  if (fields['type'] === 'integer') {
    fields['format'] = 'int32';
    if (fields['minimum'] === INT32.minimum) delete fields['minimum'];
    if (fields['maximum'] === INT32.maximum) delete fields['maximum'];
  }
  return fields;
}

function objectPartsOf(node: JsonObject): Record<string, Json> {
  const parts: Record<string, Json> = {};
  const properties = node['properties'];
  if (isJsonObject(properties)) {
    parts['properties'] = Object.fromEntries(Object.entries(properties).map(([key, schema]) => [key, structural(schema)]));
    if (Array.isArray(node['required']) && node['required'].length > 0) parts['required'] = node['required'];
    if (isJsonObject(node['additionalProperties'])) parts[PRESERVE] = true;
    return parts;
  }
  const values = node['additionalProperties'];
  if (!isJsonObject(values)) return parts;
  return Object.keys(values).length === 0 ? { [PRESERVE]: true } : { additionalProperties: structural(values) };
}

function structural(schema: Json | undefined): Json {
  if (!isJsonObject(schema)) throw new Error(`not a schema: ${JSON.stringify(schema)}`);
  const node = withoutUnion(schema);
  const empty = node['type'] === undefined && node[INT_OR_STRING] !== true;
  const items = node['items'] === undefined ? {} : { items: structural(node['items']) };
  return { ...scalarsOf(node), ...objectPartsOf(node), ...items, ...(empty ? { [PRESERVE]: true } : {}) };
}

/** The structural schema of a zod schema. Throws for a schema that has no structural form: a mistake in src/api. */
export function structuralSchema(schema: z.ZodType): Json {
  return structural(z.toJSONSchema(schema, { io: 'input' }) as Json);
}
