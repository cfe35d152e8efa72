import { CONFIG_MAP, NAMESPACE, SECRET, SERVICE, SERVICE_ACCOUNT } from '../../../src/api/kinds.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import type { ResourceType } from '../../../src/k8s/resource.ts';
import type { Source } from '../../../src/runtime/controller.ts';

/** A custom kind of the chaos suite. */
export const WIDGET: ResourceType = { group: 'chaos.test', version: 'v1', kind: 'Widget', plural: 'widgets', namespaced: true };

/** Index of objects by their label `shade`. */
export const BY_SHADE = 'shade';

const shadeOf = (object: KubeObject): readonly string[] => {
  const shade = object.metadata.labels?.['shade'];
  return shade === undefined ? [] : [shade];
};
const indexes = { [BY_SHADE]: shadeOf };

const withoutData = (object: KubeObject): KubeObject => {
  const { name, namespace, uid, resourceVersion, labels } = object.metadata;
  return { apiVersion: object.apiVersion, kind: object.kind, metadata: { name, namespace, uid, resourceVersion, labels } as KubeObject['metadata'] };
};

/** Whole, narrowed, cut and metadata-only caches; objects enter and leave the narrowed ones as their labels change. */
export const CHAOS_SOURCES: readonly Source[] = [
  { id: 'config-maps', type: CONFIG_MAP, indexes },
  { id: 'dark-config-maps', type: CONFIG_MAP, labelSelector: 'shade=dark' },
  { id: 'cut-config-maps', type: CONFIG_MAP, slim: withoutData, indexes },
  { id: 'one-name', type: CONFIG_MAP, fieldSelector: 'metadata.name=thing-1' },
  { id: 'services', type: SERVICE, indexes },
  { id: 'secrets', type: SECRET, metadataOnly: true, indexes },
  { id: 'dark-secrets', type: SECRET, metadataOnly: true, labelSelector: 'shade in (dark,deep)' },
  { id: 'service-accounts', type: SERVICE_ACCOUNT },
  { id: 'widgets', type: WIDGET, indexes },
  { id: 'widget-metadata', type: WIDGET, metadataOnly: true },
  { id: 'namespaces', type: NAMESPACE },
];
