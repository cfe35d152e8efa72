import {
  ANNOTATION_MESH_GENERATION, LABEL_APP_NAME, LABEL_COMPONENT, LABEL_INSTANCE, LABEL_MANAGED_BY, LABEL_OWNER, LABEL_OWNER_NAME,
  LABEL_PART_OF, LABEL_VERSION, MANAGED_BY, PART_OF,
} from '../../api/names.ts';
import { isJsonObject, sameJson } from '../../lib/json.ts';
import { annotationOf, type KubeObject, type OwnerReference } from '../../k8s/object.ts';
import { isOmittedWhenWritten, sameScalar } from '../../k8s/server-defaults.ts';
import type { WantedObject } from './render.ts';

/** What is put on every object of a mesh. */
export interface Decoration {
  readonly smcp: KubeObject;
  /** Exact Istio version; value of `app.kubernetes.io/version`. */
  readonly version: string;
  /** `<operatorVersion>-<generation>` of this pass. */
  readonly meshGeneration: string;
  /** The live object of a wanted one, if there is one. */
  readonly liveOf: (object: KubeObject) => KubeObject | undefined;
}

function labelsFor(component: string, { smcp, version }: Decoration): Readonly<Record<string, string>> {
  const { name, namespace = '' } = smcp.metadata;
  return {
    [LABEL_APP_NAME]: component, [LABEL_COMPONENT]: component, [LABEL_INSTANCE]: namespace, [LABEL_VERSION]: version,
    [LABEL_PART_OF]: PART_OF, [LABEL_MANAGED_BY]: MANAGED_BY, [LABEL_OWNER]: namespace, [LABEL_OWNER_NAME]: name,
  };
}

/** The SMCP owns what is in its own namespace; owner references do not reach further. */
function ownersOf(object: KubeObject, smcp: KubeObject): readonly OwnerReference[] | undefined {
  const { name, namespace, uid } = smcp.metadata;
  if (object.metadata.namespace !== namespace || uid === undefined) return undefined;
  return [{ apiVersion: smcp.apiVersion, kind: smcp.kind, name, uid, controller: true, blockOwnerDeletion: true }];
}

/** Where two values stand, for `sameScalar`: quantities are told by the names around them. */
interface Place { readonly name: string; readonly above: string }

/**
 * Has the live value everything that is wanted? What others added does not count, nor how the server writes a value down: "1024Mi" comes back
 * as "1Gi", and what is empty does not come back at all.
 */
function contains(live: unknown, wanted: unknown, at: Place): boolean {
  if (live === undefined) return wanted === undefined || isOmittedWhenWritten(wanted);
  if (Array.isArray(wanted)) return Array.isArray(live) && live.length === wanted.length && wanted.every((item, i) => contains(live[i], item, { name: '', above: at.name }));
  if (!isJsonObject(wanted)) return sameJson(live, wanted) || sameScalar(wanted, live, at);
  return isJsonObject(live) && Object.entries(wanted).every(([key, value]) => value === undefined || contains(live[key], value, { name: key, above: at.name }));
}

/**
 * The mesh generation of an object is the one that last changed it: one that is as wanted keeps its own.
 * So an edit of the SMCP rewrites only what it changes, where the old operator rewrote everything.
 */
function generationFor(object: KubeObject, decoration: Decoration): string {
  const live = decoration.liveOf(object);
  const before = live === undefined ? undefined : annotationOf(live, ANNOTATION_MESH_GENERATION);
  return before !== undefined && contains(live, object, { name: '', above: '' }) ? before : decoration.meshGeneration;
}

/** Adds labels, owner and mesh generation to an object of a component. Labels: spec/controlplane-install.md 3.2; labels of the template stay. */
export function decorate(wanted: WantedObject, component: string, decoration: Decoration): WantedObject {
  const { metadata, ...body } = wanted.object;
  const owners = ownersOf(wanted.object, decoration.smcp);
  const base: KubeObject = {
    ...body,
    apiVersion: wanted.object.apiVersion, kind: wanted.object.kind,
    metadata: { ...metadata, labels: { ...metadata.labels, ...labelsFor(component, decoration) }, ...(owners === undefined ? {} : { ownerReferences: owners }) },
  };
  const annotations = { ...metadata.annotations, [ANNOTATION_MESH_GENERATION]: generationFor(base, decoration) };
  return { ...wanted, object: { ...base, metadata: { ...base.metadata, annotations } } };
}
