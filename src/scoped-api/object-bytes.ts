import { isJsonObject, valueAt } from '../lib/json.ts';
import { apiVersionOf } from '../k8s/resource.ts';
import type { ScopedKind } from '../api/istiod-calls.ts';

/** The bytes are not what an API server sends. Carries no content. */
export class ObjectFault extends Error {}

/** Parses one object or event. JSON.parse is used for what decides, so that we and the client cannot read the same bytes differently. */
export function parsedBytes(bytes: Buffer): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new ObjectFault('an object is not JSON');
  }
  if (!isJsonObject(value)) throw new ObjectFault('an object is not one');
  return value;
}

/** The namespace an object counts as; for namespaces, their own name. Undefined, and so hidden, when there is none. */
export function placeOf({ scope }: ScopedKind, object: unknown): string | undefined {
  const place: unknown = valueAt(object, 'metadata', scope === 'names' ? 'name' : 'namespace');
  return typeof place === 'string' && place !== '' ? place : undefined;
}

/** Name of an object. Throws ObjectFault without one. */
export function nameOf(object: unknown): string {
  const name: unknown = valueAt(object, 'metadata', 'name');
  if (typeof name !== 'string') throw new ObjectFault('an object without metadata.name');
  return name;
}

export function revisionOf(object: unknown): string {
  const revision: unknown = valueAt(object, 'metadata', 'resourceVersion');
  if (typeof revision !== 'string') throw new ObjectFault('an object without metadata.resourceVersion');
  return revision;
}

/** A watch event about an item of a list. Items of built-in kinds come without kind and apiVersion, which an event needs. */
export function addedEvent({ type }: ScopedKind, item: Buffer): Buffer {
  const hasKind = typeof parsedBytes(item)['kind'] === 'string';
  const head = `{"type":"ADDED","object":{${hasKind ? '' : `"kind":${JSON.stringify(type.kind)},"apiVersion":${JSON.stringify(apiVersionOf(type))},`}`;
  return Buffer.concat([Buffer.from(head), item.subarray(1), Buffer.from('}\n')]);
}

function eventAt(event: string, { type }: ScopedKind, item: Buffer, change: Readonly<Record<string, unknown>>): string {
  const object = parsedBytes(item);
  const metadata: unknown = object['metadata'];
  return `${JSON.stringify({ type: event, object: { ...object, kind: type.kind, apiVersion: apiVersionOf(type), metadata: { ...(isJsonObject(metadata) ? metadata : {}), ...change } } })}\n`;
}

/** As the API server would have it: the object as it was, at the resource version of the deletion. */
export function deletedEvent(kind: ScopedKind, item: Buffer, resourceVersion: string): string {
  return eventAt('DELETED', kind, item, { resourceVersion });
}

/** An object that has lost a label. */
export function unlabelledEvent(kind: ScopedKind, item: Buffer, { label, resourceVersion }: { readonly label: string; readonly resourceVersion: string }): string {
  const labels: unknown = valueAt(parsedBytes(item), 'metadata', 'labels');
  const left = Object.entries(isJsonObject(labels) ? labels : {}).filter(([name]) => name !== label);
  return eventAt('MODIFIED', kind, item, { resourceVersion, labels: Object.fromEntries(left) });
}

export function bookmarkEvent({ type }: ScopedKind, revision: string): string {
  return `${JSON.stringify({ type: 'BOOKMARK', object: { kind: type.kind, apiVersion: apiVersionOf(type), metadata: { resourceVersion: revision } } })}\n`;
}
