import * as z from 'zod';
import { controlPlaneSpecSchema } from '../../api/maistra-v2/control-plane.ts';
import { problemsOf, showPath, showValue } from '../../api/schema/problems.ts';
import { schemaAt, unwrapped } from '../../api/schema/walk.ts';
import type { Problem } from '../../k8s/plan.ts';
import type { Json } from '../../lib/json.ts';
import { rowsOf } from '../conversion/table.ts';
import { get, pointerOf, same, type Path } from '../conversion/tree.ts';
import type { Row } from '../conversion/row.ts';
import { problem } from './findings.ts';

/*
 * Helm values that a v2 field stands for, with a value that the field cannot have: conversion leaves them where they are, so that nothing is lost,
 * and they do nothing. Here they are found again.
 */

/** A value that its field cannot have. */
export interface UnfitValue {
  /** Keys below `spec` of the v1 object. */
  readonly path: Path;
  readonly problems: readonly Problem[];
}

/** Where conversion leaves what it cannot read. */
function placeLeft([head, ...rest]: Path): Path {
  return head === 'istio' ? ['techPreview', ...rest] : ['techPreview', '3scale', ...rest];
}

function remedies(path: Path, value: Json, schema: z.core.$ZodType): readonly Problem[] {
  const shown = ['spec', ...path];
  const read = z.core.safeParse(schema, value);
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodEnum) return [problem(showPath(shown), value, `must be another value: the words of v1 for one of ${inner.options.join(', ')}`)];
  return read.success ? [problem(showPath(shown), value, `cannot be read as ${showValue(value)}; write it as the Helm chart had it`)] : problemsOf(read.error, value, shown);
}

/** A word that several values say together: none of them is wrong by itself. */
function isDerived({ paths }: Row, schema: z.core.$ZodType): boolean {
  return paths.length > 1 && unwrapped(schema) instanceof z.ZodEnum;
}

/** The value as the field would have it, if it could: what is wrong is easier to see there. */
function readAlone(row: Row, path: Path, value: Json): Json {
  return row.read(row.paths.map((other) => (other === path ? value : undefined))) ?? value;
}

function unfitAt(path: Path, row: Row, v1: unknown, converted: unknown): UnfitValue[] {
  const value = get(v1, path);
  if (value === undefined || value === null || value === '' || !same(get(converted, placeLeft(path)), value)) return [];
  const schema = schemaAt(controlPlaneSpecSchema, row.field);
  return schema === undefined || get(converted, row.field) !== undefined || isDerived(row, schema) ? [] : [{ path, problems: remedies(path, readAlone(row, path, value), schema) }];
}

/** Every value of a v1 spec that the v2 field behind it cannot have. In: the spec, and what conversion made of it. */
export function unfitValues(v1: unknown, converted: unknown): UnfitValue[] {
  const found = rowsOf(v1).flatMap((row) => row.paths.flatMap((path) => unfitAt(path, row, v1, converted)));
  return [...new Map(found.map((entry) => [pointerOf(entry.path), entry])).values()];
}
