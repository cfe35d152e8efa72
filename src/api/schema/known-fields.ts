import type * as z from 'zod';
import { isJsonObject } from '../../lib/json.ts';
import { listsFields, schemaOfKey } from './walk.ts';

/**
 * A value without the fields that the schema does not know. They are kept in the object and have no effect (the user is warned of each):
 * taken along into a rendered object, the API server would refuse it. Free-form maps stay whole. In: a schema and a value that fits it.
 */
export function knownFields(schema: z.core.$ZodType, value: unknown): unknown {
  if (Array.isArray(value)) {
    const item = schemaOfKey(schema, '0');
    return item === undefined ? value : value.map((entry) => knownFields(item, entry));
  }
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, nested]) => {
    const known = schemaOfKey(schema, key);
    if (known === undefined) return listsFields(schema) ? [] : [[key, nested]];
    return [[key, knownFields(known, nested)]];
  }));
}
