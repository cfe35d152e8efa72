import { controlPlaneSpecV1Schema } from '../../api/maistra-v1/control-plane.ts';
import { VALUES_WITHOUT_EFFECT } from '../../api/maistra-v1/values-without-effect.ts';
import type { ControlPlaneSpec } from '../../api/maistra-v2/control-plane.ts';
import { PREVIEW_SWITCHES } from '../../api/maistra-v2/tech-preview.ts';
import { showPath } from '../../api/schema/problems.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { isJsonObject } from '../../lib/json.ts';
import { NOTES_IN_V2 } from '../conversion/spec.ts';
import { own, type Path } from '../conversion/tree.ts';
import { capped } from './unknown-fields.ts';

/* Helm values of v1 that no field of v2 stands for: conversion has left them in techPreview. */

/** Null and empty texts are what Helm's charts have where nothing is set. */
function* leaves(value: unknown, path: Path): Generator<Path> {
  const entries = isJsonObject(value) ? Object.entries(value) : [];
  if (entries.length === 0 && value !== null && value !== '') yield path;
  for (const [key, nested] of entries) yield* leaves(nested, [...path, key]);
}

function isSet(value: unknown): boolean {
  return value !== null && !(isJsonObject(value) && Object.keys(value).length === 0);
}

const NOT_VALUES = new Set([...PREVIEW_SWITCHES, NOTES_IN_V2[1]]);

const fits = (path: Path, pattern: Path): boolean => pattern.length <= path.length && pattern.every((step, index) => step === '*' || step === path[index]);

function sentence(path: Path): string {
  const [, head, ...below] = path;
  const known = head === 'istio' ? VALUES_WITHOUT_EFFECT.find((row) => fits(below, row.path)) : undefined;
  return known === undefined ? `${showPath(path)} is not a known field; it is kept and has no effect` : `${showPath(path)} has no effect, because ${known.because}. ${known.instead}`;
}

/**
 * Warnings about values of a v1 object that nothing reads. In: the object, its spec after conversion, and the paths below `spec` that somebody else
 * speaks of. Out: one sentence per value, a limited number.
 */
export function unreadValueWarnings(object: KubeObject, converted: ControlPlaneSpec, spokenOf: readonly Path[] = []): string[] {
  const values = Object.entries(converted.techPreview ?? {}).filter(([key, value]) => !NOT_VALUES.has(key) && isSet(value));
  const unread = values.flatMap(([key, value]) => [...(key === '3scale' ? leaves(value, ['spec', 'threeScale']) : leaves(value, ['spec', 'istio', key]))]);
  const silent = unread.filter((path) => !spokenOf.some((other) => fits(path.slice(1), other)));
  const spec = own(object, 'spec');
  const strange = isJsonObject(spec) ? Object.keys(spec).filter((key) => !Object.hasOwn(controlPlaneSpecV1Schema.shape, key)).map((key) => ['spec', key]) : [];
  return capped([...strange, ...silent].map(sentence));
}
