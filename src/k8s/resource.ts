import type { KubeObject } from './object.ts';

/** A served kind: everything needed to build its REST path without asking discovery. `group` is '' for core. */
export interface ResourceType {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** `group/version`, or `version` for the core group. */
export function apiVersionOf(type: ResourceType): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`;
}

/** The name of the kind's CRD, `plural.group`. */
export function crdNameOf(type: ResourceType): string {
  return `${type.plural}.${type.group}`;
}

/**
 * REST path of a collection or of one object.
 * In: the kind; a namespace (left out: all namespaces, or cluster scope); a name; a subresource.
 * Source: Kubernetes doc "API concepts, Resource URIs". Every part is percent-encoded.
 */
export function resourcePath(type: ResourceType, at: { namespace?: string | undefined; name?: string | undefined; subresource?: string | undefined } = {}): string {
  const root = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
  const namespace = type.namespaced && at.namespace !== undefined ? `/namespaces/${encodeURIComponent(at.namespace)}` : '';
  const name = at.name === undefined ? '' : `/${encodeURIComponent(at.name)}`;
  const subresource = at.subresource === undefined ? '' : `/${at.subresource}`;
  return `${root}${namespace}/${type.plural}${name}${subresource}`;
}

/** A new object of a kind: apiVersion and kind filled in. */
export function objectOf(type: ResourceType, metadata: KubeObject['metadata'], body: Readonly<Record<string, unknown>> = {}): KubeObject {
  return { apiVersion: apiVersionOf(type), kind: type.kind, metadata, ...body };
}
