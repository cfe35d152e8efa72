import { ANNOTATION_MESH_GENERATION, LABEL_MANAGED_BY } from '../../api/names.ts';
import type { KubeObject } from '../../k8s/object.ts';

type Texts = Readonly<Record<string, string>>;

/** Marks by which the operator knows its objects: without them nobody prunes or repairs the object. */
const isOurs = (key: string): boolean => key.includes('maistra.io/') || key === LABEL_MANAGED_BY || key === ANNOTATION_MESH_GENERATION || key.startsWith('kubectl.kubernetes.io/');

function without(marks: Texts | undefined): Texts | undefined {
  const kept = Object.entries(marks ?? {}).filter(([key]) => !isOurs(key));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

/** An object as somebody would write it down who never heard of the operator: no owner, no marks, nothing that the API server adds. */
export function asOwn(object: KubeObject): KubeObject {
  const { apiVersion, kind, metadata, status: _status, ...body } = object;
  const [labels, annotations] = [without(metadata.labels), without(metadata.annotations)];
  return {
    apiVersion, kind,
    metadata: { name: metadata.name, ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }), ...(labels === undefined ? {} : { labels }), ...(annotations === undefined ? {} : { annotations }) },
    ...body,
  };
}
