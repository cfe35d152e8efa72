import type * as z from 'zod';
import { isJsonObject } from '../../lib/json.ts';
import { isNullable, schemaOfKey } from './walk.ts';

/**
 * The value without nulls at fields that the schema types and does not call nullable, as the API server prunes them
 * (Kubernetes doc "Defaulting and Nullable"). Unknown fields are not touched. In: a schema and any JSON value.
 */
export function withoutNulls(schema: z.core.$ZodType, value: unknown): unknown {
  if (Array.isArray(value)) {
    const item = schemaOfKey(schema, '0');
    return item === undefined ? value : value.map((entry) => withoutNulls(item, entry));
  }
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, nested]) => {
    const known = schemaOfKey(schema, key);
    if (known === undefined) return [[key, nested]];
    return nested === null && !isNullable(known) ? [] : [[key, withoutNulls(known, nested)]];
  }));
}
