import { controlPlaneSpecV1Schema } from '../../api/maistra-v1/control-plane.ts';
import type { ControlPlaneSpec } from '../../api/maistra-v2/control-plane.ts';
import { PREVIEW_SWITCHES } from '../../api/maistra-v2/tech-preview.ts';
import { showPath } from '../../api/schema/problems.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { isJsonObject } from '../../lib/json.ts';
import { NOTES_IN_V2 } from '../conversion/spec.ts';
import { own } from '../conversion/tree.ts';
import { capped } from './unknown-fields.ts';

/* Helm values of v1 that no field of v2 stands for: conversion has left them in techPreview. */

function* leaves(value: unknown, path: readonly string[]): Generator<readonly string[]> {
  const entries = isJsonObject(value) ? Object.entries(value) : [];
  if (entries.length === 0) yield path;
  for (const [key, nested] of entries) yield* leaves(nested, [...path, key]);
}

function isSet(value: unknown): boolean {
  return value !== null && !(isJsonObject(value) && Object.keys(value).length === 0);
}

const NOT_VALUES = new Set([...PREVIEW_SWITCHES, NOTES_IN_V2[1]]);

/**
 * Warnings about values of a v1 object that nothing reads. In: the object, and its spec after conversion.
 * Out: one sentence per value, a limited number.
 */
export function unreadValueWarnings(object: KubeObject, converted: ControlPlaneSpec): string[] {
  const values = Object.entries(converted.techPreview ?? {}).filter(([key, value]) => !NOT_VALUES.has(key) && isSet(value));
  const unread = values.flatMap(([key, value]) => [...leaves(value, key === '3scale' ? ['spec', 'threeScale'] : ['spec', 'istio', key])]);
  const spec = own(object, 'spec');
  const strange = isJsonObject(spec) ? Object.keys(spec).filter((key) => !Object.hasOwn(controlPlaneSpecV1Schema.shape, key)).map((key) => ['spec', key]) : [];
  return capped([...strange, ...unread].map((path) => `${showPath(path)} is not a known field; it is kept and has no effect`));
}
