import { FIELDS_WITHOUT_EFFECT, type FieldWithoutEffect } from '../../api/maistra-v2/fields-without-effect.ts';
import { showPath } from '../../api/schema/problems.ts';
import { isJsonObject } from '../../lib/json.ts';
import { NOTES_IN_V2 } from '../conversion/spec.ts';
import { MAPPING } from '../conversion/table.ts';
import { get, type Path } from '../conversion/tree.ts';
import { capped } from './unknown-fields.ts';

/* What the user set and nothing reads, by the table of src/api/maistra-v2/fields-without-effect.ts. */

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null && !(isJsonObject(value) && Object.values(value).every((nested) => !isSaid(nested)));
}

/** Concrete paths of a pattern in a spec, as far as something is set there. */
function placesOf(spec: unknown, [step, ...rest]: Path, before: Path = []): Path[] {
  if (step === undefined) return isSaid(get(spec, before)) ? [before] : [];
  if (step !== '*') return placesOf(spec, rest, [...before, step]);
  const map = get(spec, before);
  return isJsonObject(map) ? Object.keys(map).flatMap((key) => placesOf(spec, rest, [...before, key])) : [];
}

/** One field of a spec that has no effect, with its row. */
export interface IdleField {
  readonly path: Path;
  readonly row: FieldWithoutEffect;
}

function isBelow(path: Path, above: Path): boolean {
  return above.every((step, index) => path[index] === step);
}

/** Every field of a v2 spec that is set and has no effect; of a field and what is below it, the upper one. */
export function idleFields(spec: unknown): IdleField[] {
  const found: IdleField[] = [];
  for (const row of FIELDS_WITHOUT_EFFECT) {
    for (const path of placesOf(spec, row.path)) {
      const value = get(spec, path);
      const isOfValues = row.values === undefined || (typeof value === 'string' && row.values.includes(value));
      if (isOfValues && !found.some((other) => isBelow(path, other.path))) found.push({ path, row });
    }
  }
  return found;
}

function sentence(path: Path, { because, instead }: FieldWithoutEffect): string {
  return `${showPath(['spec', ...path])} has no effect, because ${because}. ${instead}`;
}

const NOTES: readonly string[] = ['errored', NOTES_IN_V2[1]];

/** Warnings for a v2 spec, a limited number. In: the spec as the user wrote it. */
export function idleFieldWarnings(spec: unknown): string[] {
  const idle = idleFields(spec).filter(({ path: [section, key = ''] }) => section !== 'techPreview' || !NOTES.includes(key));
  return capped(idle.map(({ path, row }) => sentence(path, row)));
}

/** The first path of v1 at which the value of a v2 field stands. */
function pathInV1(v1: unknown, field: Path): Path | undefined {
  return MAPPING.filter((row) => isBelow(row.field, field)).flatMap(({ paths }) => paths).find((path) => isSaid(get(v1, path)));
}

/** The same for a v1 object: the path is the one that the user wrote. Values that no v2 field stands for are told elsewhere. */
export function idleValueWarnings(v1: unknown, converted: unknown): string[] {
  const idle = idleFields(converted).filter(({ path: [section] }) => section !== 'techPreview');
  return capped(idle.map(({ path, row }) => sentence(pathInV1(v1, path) ?? path, row)));
}
