import { isJsonObject, sameJson, type JsonObject } from '../lib/json.ts';
import type { KubeObject } from '../k8s/object.ts';
import type { ObjectRef } from '../k8s/ref.ts';
import { resourcePath, type ResourceType } from '../k8s/resource.ts';
import { entryIndex } from './managed-fields.ts';
import type { RestRequest } from './rest.ts';

/*
 * How each kind of write looks on the wire. Pure.
 * What is applied or created comes back whole, because it is compared with what was sent (rewritten-field.ts). Other answers are asked for as metadata
 * only (Kubernetes doc "API concepts", "Resource metadata"): neither large objects travel back, nor what was minted into a Secret.
 */

const METADATA_ONLY = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';
const MERGE_PATCH = 'application/merge-patch+json';
const JSON_PATCH = 'application/json-patch+json';
const APPLY_PATCH = 'application/apply-patch+yaml';

/** Field manager of a controller's writes to objects. */
export function fieldManagerOf(controller: string): string {
  return `tmesh-${controller}`;
}

/** Field manager of a controller's writes to status. */
export function statusManagerOf(controller: string): string {
  return `tmesh-${controller}-status`;
}

/** Server-side apply of the whole object, forced: what we apply is ours. JSON is YAML, so the body is JSON. */
export function applyRequest(type: ResourceType, object: KubeObject, manager: string): RestRequest {
  const { name, namespace } = object.metadata;
  return {
    method: 'PATCH', path: resourcePath(type, { name, namespace }), query: { fieldManager: manager, force: true },
    body: object, contentType: APPLY_PATCH,
  };
}

/**
 * Turns what a manager owns by having created an object into what it owns by apply, so that the next apply can take fields away
 * (what client-go's csaupgrade does). Undefined: nothing to turn. A newer version of the object refuses it with 409.
 */
export function claimRequest(type: ResourceType, live: KubeObject, manager: string): RestRequest | undefined {
  const at = entryIndex(live, manager, 'Update');
  if (at < 0 || entryIndex(live, manager, 'Apply') >= 0) return undefined;
  const { name, namespace, resourceVersion } = live.metadata;
  return {
    method: 'PATCH', path: resourcePath(type, { name, namespace }), query: { fieldManager: manager }, contentType: JSON_PATCH, accept: METADATA_ONLY,
    body: [
      { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion },
      { op: 'replace', path: `/metadata/managedFields/${at}/operation`, value: 'Apply' },
    ],
  };
}

/** JSON merge patch of an existing object. With a uid in the reference, the server refuses it for any other incarnation (422: it is immutable). */
export function patchRequest(ref: ObjectRef, patch: JsonObject, manager: string): RestRequest {
  const { type, name, namespace, uid } = ref;
  const given = patch['metadata'];
  const metadata = isJsonObject(given) ? given : {};
  return {
    method: 'PATCH', path: resourcePath(type, { name, namespace }), query: { fieldManager: manager },
    body: uid === undefined ? patch : { ...patch, metadata: { ...metadata, uid } }, contentType: MERGE_PATCH, accept: METADATA_ONLY,
  };
}

/** Of a status that controllers share, only the top-level fields that differ, so that neither takes back what the other wrote meanwhile. */
function fieldOperations(before: JsonObject, after: JsonObject): object[] {
  const at = (name: string): string => `/status/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const gone = Object.keys(before).filter((name) => after[name] === undefined).map((name) => ({ op: 'remove', path: at(name) }));
  const put = Object.entries(after).filter(([name, value]) => !sameJson(before[name], value)).map(([name, value]) => ({ op: 'add', path: at(name), value }));
  return [...gone, ...put];
}

/** Puts a status, at the status subresource: whole, or given what it was, by its fields. With a uid in the reference, the server refuses it for any other incarnation (422). */
export function statusRequest({ type, name, namespace, uid }: ObjectRef, status: JsonObject, manager: string, before?: JsonObject): RestRequest {
  const test = uid === undefined ? [] : [{ op: 'test', path: '/metadata/uid', value: uid }];
  return {
    method: 'PATCH', path: resourcePath(type, { name, namespace, subresource: 'status' }), query: { fieldManager: manager },
    body: [...test, ...(before === undefined ? [{ op: 'add', path: '/status', value: status }] : fieldOperations(before, status))], contentType: JSON_PATCH, accept: METADATA_ONLY,
  };
}

/** Delete; dependants follow in the background. With a uid in the reference, only that incarnation. */
export function removeRequest({ type, name, namespace, uid }: ObjectRef): RestRequest {
  const preconditions = uid === undefined ? {} : { preconditions: { uid } };
  return {
    method: 'DELETE', path: resourcePath(type, { name, namespace }),
    body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', ...preconditions },
  };
}

/**
 * Delete of everything of a kind that a label selector finds in a namespace. The server looks for it in its cache (`resourceVersion` 0) instead of
 * waiting up to 100 ms for its newest state: what it does not know yet shows up in our cache, and is removed by the next pass.
 */
export function removeAllRequest(type: ResourceType, namespace: string, labelSelector: string): RestRequest {
  return {
    method: 'DELETE', path: resourcePath(type, { namespace }), query: { labelSelector, resourceVersion: '0' }, accept: METADATA_LIST,
    body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' },
  };
}

/** Create; fails with 409 when the name is taken. */
export function createRequest(type: ResourceType, object: KubeObject, manager: string): RestRequest {
  return { method: 'POST', path: resourcePath(type, { namespace: object.metadata.namespace }), query: { fieldManager: manager }, body: object };
}

/** The same for what nobody should read back. */
export function mintRequest(type: ResourceType, object: KubeObject, manager: string): RestRequest {
  return { ...createRequest(type, object, manager), accept: METADATA_ONLY };
}
