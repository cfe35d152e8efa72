import * as z from 'zod';

/* Looking into schemas: which fields an object schema knows, and what stands at a path. */

/** The schema without `optional` and `nullable` around it. */
export function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodNullable ? unwrapped(schema.unwrap()) : schema;
}

/** True when null is a value of its own there. */
export function isNullable(schema: z.core.$ZodType): boolean {
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodUnknown) return true;
  return schema instanceof z.ZodOptional && isNullable(schema.unwrap());
}

/** The schema of one key of an object or map, of one item of a list; undefined when the schema does not know the key. */
export function schemaOfKey(schema: z.core.$ZodType, key: string): z.core.$ZodType | undefined {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodObject) return Object.hasOwn(inner.shape, key) ? inner.shape[key] : undefined;
  if (inner instanceof z.ZodRecord) return inner.valueType;
  return inner instanceof z.ZodArray ? inner.element : undefined;
}

/** The schema at a path, or undefined. In: path keys; any text stands for a list index. */
export function schemaAt(schema: z.core.$ZodType, path: readonly string[]): z.core.$ZodType | undefined {
  return path.reduce<z.core.$ZodType | undefined>((current, key) => (current === undefined ? undefined : schemaOfKey(current, key)), schema);
}

/** True when the schema lists fields, so that another field is unknown to it. */
export function listsFields(schema: z.core.$ZodType): boolean {
  return unwrapped(schema) instanceof z.ZodObject;
}
