import * as z from 'zod';
import { problemsOf } from '../../api/schema/problems.ts';
import type { Problem } from '../../k8s/plan.ts';
import { isJsonObject, type JsonObject } from '../../lib/json.ts';
import { get, without, type Path } from '../conversion/tree.ts';
import { FIELD_GRAMMARS, type FieldGrammar } from './field-grammars.ts';

/* Values that have the right type and the wrong form, by the table of field-grammars.ts. */

/** Concrete paths of a pattern in a spec, as far as something is there. */
function placesOf(spec: unknown, [step, ...rest]: Path, before: Path = []): Path[] {
  if (step === undefined) return get(spec, before) === undefined || get(spec, before) === null ? [] : [before];
  if (step !== '*') return placesOf(spec, rest, [...before, step]);
  const map = get(spec, before);
  return isJsonObject(map) ? Object.keys(map).flatMap((key) => placesOf(spec, rest, [...before, key])) : [];
}

/** Helm's charts have an empty text where nothing is set; it says nothing here either, unless the field has a use for it. */
function isEmpty(value: unknown, schema: z.ZodType): boolean {
  return value === '' && !z.core.safeParse(schema, value).success;
}

function problemsAt(spec: unknown, path: Path, { schema }: FieldGrammar): Problem[] {
  const value = get(spec, path);
  const read = z.core.safeParse(schema, value);
  return read.success || isEmpty(value, schema) ? [] : problemsOf(read.error, value, ['spec', ...path]);
}

/** The spec without empty texts in fields that have no use for one. In: a v2 spec. */
export function withoutEmptyTexts(spec: JsonObject): JsonObject {
  const empty = FIELD_GRAMMARS.flatMap(({ path, schema }) => placesOf(spec, path).filter((place) => isEmpty(get(spec, place), schema)));
  return empty.reduce(without, spec);
}

/** Every value of a v2 spec that is against the grammar of its field. In: a spec whose types were checked. */
export function fieldProblems(spec: unknown): Problem[] {
  return FIELD_GRAMMARS.flatMap((grammar) => placesOf(spec, grammar.path).flatMap((path) => problemsAt(spec, path, grammar)));
}
