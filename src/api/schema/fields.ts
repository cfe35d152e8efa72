import * as z from 'zod';

/*
 * The words our schemas are written in. Every field is optional and has a description, because `kubectl explain` prints it.
 * Keys that start with `x-kubernetes-` travel unchanged into the generated CRD (tools/gen/crds.ts).
 */

/** JSON Schema keys that only the CRD needs, for example `x-kubernetes-list-type`. */
export type CrdExtras = Readonly<Record<string, unknown>>;

/** A CEL rule of a CRD (Kubernetes doc "Validation rules"). */
export interface CelRule {
  readonly rule: string;
  readonly message: string;
  readonly fieldPath?: string;
}

/** CEL rules in the form a CRD wants them. */
export function celRules(...rules: readonly CelRule[]): CrdExtras {
  return { 'x-kubernetes-validations': rules };
}

/** An immutable view of a parsed value. */
export type Immutable<T> = T extends readonly (infer Item)[] ? readonly Immutable<Item>[]
  : T extends object ? { readonly [Key in keyof T]: Immutable<T[Key]> } : T;

/**
 * An object that keeps fields it does not know: at run time it is loose, in types it shows only what we know,
 * so that a misspelt field is a compile error.
 */
export function looseObject<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape> {
  return z.looseObject(shape);
}

type Optional<Schema extends z.ZodType> = z.ZodOptional<Schema>;

/** Makes any schema an optional, described field. */
export function field<Schema extends z.ZodType>(description: string, schema: Schema, extras: CrdExtras = {}): Optional<Schema> {
  return schema.optional().meta({ description, ...extras });
}

/** An object field. */
export function section<Shape extends z.ZodRawShape>(description: string, shape: Shape, extras: CrdExtras = {}): Optional<z.ZodObject<Shape>> {
  return field(description, looseObject(shape), extras);
}

/** A string. */
export function text(description: string): Optional<z.ZodString> {
  return field(description, z.string());
}

/** A boolean. */
export function flag(description: string): Optional<z.ZodBoolean> {
  return field(description, z.boolean());
}

/** A 32-bit integer, optionally within bounds. */
export function integer(description: string, bounds: { readonly min?: number; readonly max?: number } = {}): Optional<z.ZodInt32> {
  const atLeast = bounds.min === undefined ? z.int32() : z.int32().min(bounds.min);
  return field(description, bounds.max === undefined ? atLeast : atLeast.max(bounds.max));
}

/** One of a few words. */
export function choice<const Words extends readonly [string, ...string[]]>(description: string, words: Words): Optional<z.ZodEnum<z.core.util.ToEnum<Words[number]>>> {
  return field(description, z.enum(words));
}

/** A list that is replaced as a whole. */
export function list<Item extends z.ZodType>(description: string, item: Item): Optional<z.ZodArray<Item>> {
  return field(description, z.array(item), { 'x-kubernetes-list-type': 'atomic' });
}

/** A list of strings. */
export function texts(description: string): Optional<z.ZodArray<z.ZodString>> {
  return list(description, z.string());
}

/** A map with free keys. */
export function map<Value extends z.ZodType>(description: string, value: Value, extras: CrdExtras = {}): Optional<z.ZodRecord<z.ZodString, Value>> {
  return field(description, z.record(z.string(), value), extras);
}

/** A map of strings. */
export function textMap(description: string): Optional<z.ZodRecord<z.ZodString, z.ZodString>> {
  return map(description, z.string());
}

/** An object whose fields are none of our business; kept as it is. */
export function freeForm(description: string): Optional<z.ZodRecord<z.ZodString, z.ZodUnknown>> {
  return map(description, z.unknown());
}

/** A list of objects whose fields are none of our business. */
export function freeFormList(description: string): Optional<z.ZodArray<z.ZodRecord<z.ZodString, z.ZodUnknown>>> {
  return list(description, z.record(z.string(), z.unknown()));
}
