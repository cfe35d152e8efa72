import * as z from 'zod';
import { problemsOf } from '../../api/schema/problems.ts';
import type { Problem } from '../../k8s/plan.ts';
import { isJsonObject } from '../../lib/json.ts';
import { get, type Path } from '../conversion/tree.ts';
import { FIELD_GRAMMARS, type FieldGrammar } from './field-grammars.ts';

/* Values that have the right type and the wrong form, by the table of field-grammars.ts. */

/** Concrete paths of a pattern in a spec, as far as something is there. */
function placesOf(spec: unknown, [step, ...rest]: Path, before: Path = []): Path[] {
  if (step === undefined) return get(spec, before) === undefined || get(spec, before) === null ? [] : [before];
  if (step !== '*') return placesOf(spec, rest, [...before, step]);
  const map = get(spec, before);
  return isJsonObject(map) ? Object.keys(map).flatMap((key) => placesOf(spec, rest, [...before, key])) : [];
}

function problemsAt(spec: unknown, path: Path, { schema }: FieldGrammar): Problem[] {
  const value = get(spec, path);
  const read = z.core.safeParse(schema, value);
  return read.success ? [] : problemsOf(read.error, value, ['spec', ...path]);
}

/** Every value of a v2 spec that is against the grammar of its field. In: a spec whose types were checked. */
export function fieldProblems(spec: unknown): Problem[] {
  return FIELD_GRAMMARS.flatMap((grammar) => placesOf(spec, grammar.path).flatMap((path) => problemsAt(spec, path, grammar)));
}
