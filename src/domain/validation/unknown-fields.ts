import type * as z from 'zod';
import { isJsonObject } from '../../lib/json.ts';
import { listsFields, schemaOfKey, unwrapped } from '../../api/schema/walk.ts';
import { showPath } from '../../api/schema/problems.ts';

/* Fields that no schema knows are kept; the user hears of them, because most are typing errors. */

/** The user hears of this many; a wrong file would otherwise fill the screen. */
export const MOST_WARNINGS = 20;

/** Levenshtein distance, row by row. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j += 1) next.push(Math.min((row[j] ?? 0) + (a[i] === b[j] ? 0 : 1), (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    row = next;
  }
  return row[b.length] ?? 0;
}

function knownKeys(schema: z.core.$ZodType): readonly string[] {
  const shape: unknown = Reflect.get(unwrapped(schema), 'shape');
  return isJsonObject(shape) ? Object.keys(shape) : [];
}

const LONGEST_KEY = 64;

function suggestionFor(schema: z.core.$ZodType, key: string): string {
  if (key.length > LONGEST_KEY) return '';
  const limit = key.length < 5 ? 1 : 2;
  const near = knownKeys(schema).find((known) => distance(known.toLowerCase(), key.toLowerCase()) <= limit);
  return near === undefined ? '' : ` (did you mean ${near}?)`;
}

function* unknownIn(schema: z.core.$ZodType, value: unknown, path: readonly (string | number)[]): Generator<string> {
  if (Array.isArray(value)) {
    const item = schemaOfKey(schema, '0');
    if (item !== undefined) for (const [index, entry] of value.entries()) yield* unknownIn(item, entry, [...path, index]);
    return;
  }
  if (!isJsonObject(value)) return;
  for (const [key, nested] of Object.entries(value)) {
    const known = schemaOfKey(schema, key);
    if (known !== undefined) yield* unknownIn(known, nested, [...path, key]);
    else if (listsFields(schema)) yield `${showPath([...path, key])} is not a known field${suggestionFor(schema, key)}; it is kept and has no effect`;
  }
}

/**
 * Warnings about fields the schema does not know, at most MOST_WARNINGS and one that counts the rest.
 * In: the schema, a JSON value, and where the value stands.
 */
export function unknownFieldWarnings(schema: z.core.$ZodType, value: unknown, prefix: readonly string[] = ['spec']): string[] {
  return capped([...unknownIn(schema, value, prefix)]);
}

/** At most MOST_WARNINGS of the texts, and one that counts the rest. */
export function capped(warnings: readonly string[]): string[] {
  const rest = warnings.length - MOST_WARNINGS;
  return rest <= 0 ? [...warnings] : [...warnings.slice(0, MOST_WARNINGS), `and ${rest} more fields that are not known`];
}
