import { isJsonObject, type JsonObject } from '../../lib/json.ts';
import { CUSTOM_RESOURCE_DEFINITION, SECRET } from '../../api/kinds.ts';
import type { KubeObject } from '../../k8s/object.ts';
import type { Redactor } from './redact.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

function without(object: unknown, ...keys: readonly string[]): JsonObject {
  if (!isJsonObject(object)) return {};
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

/** Who wrote an object is worth knowing; each of its fields is not. kubectl's copy of the object would bring back what is taken out elsewhere. */
function metadataOf(object: KubeObject): JsonObject {
  // Metadata as read: plain JSON.
  const metadata = object.metadata as unknown as JsonObject;
  const annotations = without(metadata['annotations'], LAST_APPLIED);
  const managedFields = object.metadata.managedFields?.map((entry) => without(entry, 'fieldsV1'));
  return {
    ...without(metadata, 'annotations', 'managedFields'),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }), ...(managedFields === undefined ? {} : { managedFields }),
  };
}

/** Of a Secret nothing but its name, its type and the names of its keys: annotations may hold the values once more. */
function secretOf(object: KubeObject): JsonObject {
  const { name, namespace, creationTimestamp, labels, ownerReferences } = object.metadata;
  return {
    apiVersion: object.apiVersion, kind: object.kind,
    metadata: { name, namespace, creationTimestamp, labels, ownerReferences } as unknown as JsonObject,
    type: typeof object['type'] === 'string' ? object['type'] : undefined,
    keys: Object.keys(isJsonObject(object['data']) ? object['data'] : {}),
  };
}

/** Of a CRD its versions and conditions; its schema is long, and known. */
function crdOf(object: KubeObject): JsonObject {
  const spec = isJsonObject(object['spec']) ? object['spec'] : {};
  const versions = Array.isArray(spec['versions']) ? spec['versions'].map((version: unknown) => without(version, 'schema', 'additionalPrinterColumns')) : [];
  const status = isJsonObject(object['status']) ? object['status'] : {};
  return { apiVersion: object.apiVersion, kind: object.kind, metadata: metadataOf(object), spec: { ...spec, versions }, status };
}

/** An object as it may be shown to others. Law: no value of a Secret is in it. */
export function presentable(object: KubeObject, redactor: Redactor): unknown {
  // The name and kind of a Secret are safe as they are; a redactor could only take a key's name for a secret.
  if (object.kind === SECRET.kind) return secretOf(object);
  if (object.kind === CUSTOM_RESOURCE_DEFINITION.kind) return crdOf(object);
  return redactor.value({ ...object, metadata: metadataOf(object) });
}
