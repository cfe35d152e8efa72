import { ANNOTATION_SIDECAR, ANNOTATION_SIDECAR_STATUS, INJECT } from '../../api/names.ts';
import { isJsonObject, valueAt, type JsonObject } from '../../lib/json.ts';
import { annotationOf, isDeleting, labelOf, type KubeObject } from '../../k8s/object.ts';
import { matchesSelector, type LabelSelector } from '../../k8s/selector.ts';
import { canaryRevision, istiodName } from '../control-plane/values/input.ts';
import { parseMark, type SidecarMark } from '../sidecars/mark.ts';

/** What decides whether a pod gets a sidecar: the webhook of its mesh, and the labels of its namespace. */
export interface Injection {
  readonly webhooks: readonly KubeObject[];
  readonly controlPlane: { readonly namespace: string; readonly name: string };
  readonly namespaceLabels: Readonly<Record<string, string>> | undefined;
}

function entriesOf(configuration: KubeObject): readonly JsonObject[] {
  const entries = valueAt(configuration, 'webhooks');
  return Array.isArray(entries) ? entries.filter(isJsonObject) : [];
}

/** The mesh's own injection webhooks: that of its istiod, and the canary's. */
function configurationsOf({ webhooks, controlPlane: { namespace, name } }: Injection): readonly KubeObject[] {
  const names = [name, canaryRevision({ name })].map((revision) => `${istiodName({ name: revision })}-${namespace}`);
  return webhooks.filter((webhook) => names.includes(webhook.metadata.name));
}

/** Entries of the mesh's own injection webhooks; none while there is none. */
export function injectorEntries(injection: Injection): readonly JsonObject[] {
  return configurationsOf(injection).flatMap(entriesOf);
}

/** A label selector as the API server gives it back: its form was checked there. */
function selectorAt(entry: JsonObject, field: string): LabelSelector {
  return (entry[field] ?? {}) as LabelSelector;
}

function isSelecting(entry: JsonObject, { namespaceLabels }: Injection): boolean {
  return matchesSelector(selectorAt(entry, 'namespaceSelector'), namespaceLabels);
}

/** Those that take the namespace in. */
export function selectingEntries(injection: Injection): readonly JsonObject[] {
  return injectorEntries(injection).filter((entry) => isSelecting(entry, injection));
}

/** The sidecar that pods of the namespace are given now; undefined when none is, or an operator wrote the webhook that did not say. */
export function markOfNow(injection: Injection): SidecarMark | undefined {
  const configuration = configurationsOf(injection).find((found) => entriesOf(found).some((entry) => isSelecting(entry, injection)));
  return configuration === undefined ? undefined : parseMark(annotationOf(configuration, ANNOTATION_SIDECAR));
}

/** The pod's own word: `true`, `false`, or anything else for none. The label counts more than the annotation. */
export const injectionWord = (pod: KubeObject): string => labelOf(pod, INJECT) ?? annotationOf(pod, INJECT) ?? '';

/** True for entries that also take pods which say nothing: all but the one for those that ask. */
function takesSilent(entry: JsonObject): boolean {
  const conditions = entry['matchConditions'];
  return !Array.isArray(conditions) || conditions.every((condition) => valueAt(condition, 'name') !== 'asks-for-a-sidecar');
}

/** Does the pod ask for a sidecar, by its own word or, where it says nothing, by an entry that takes it? */
export function asksForSidecar(pod: KubeObject, entries: readonly JsonObject[]): boolean {
  const word = injectionWord(pod);
  if (word === 'true' || word === 'false') return word === 'true';
  return entries.some((entry) => takesSilent(entry) && matchesSelector(selectorAt(entry, 'objectSelector'), pod.metadata.labels));
}

/**
 * Pods that should have a sidecar and have none: they are older than the membership, or istiod was away when they were made (wishes.md W9).
 * Goes by metadata alone: istiod leaves its report in an annotation of every pod that it gave a sidecar. In: pods that still run.
 */
export function podsNotInjected(pods: readonly KubeObject[], injection: Injection): readonly KubeObject[] {
  const entries = selectingEntries(injection);
  if (entries.length === 0) return [];
  return pods.filter((pod) => !isDeleting(pod) && annotationOf(pod, ANNOTATION_SIDECAR_STATUS) === undefined && asksForSidecar(pod, entries));
}
