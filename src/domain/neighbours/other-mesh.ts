import type { KubeObject } from '../../k8s/object.ts';
import { matchesSelector, type LabelSelector } from '../../k8s/selector.ts';
import { isJsonObject, valueAt } from '../../lib/json.ts';
import type { Obstacle } from '../member-roll/obstacles.ts';

/** An istiod of others: an `Istio`, or an `IstioRevision` that no `Istio` made. */
export interface OtherMesh {
  /** `Istio/name`. */
  readonly id: string;
  readonly namespace: string;
  /** Empty: it serves every namespace. */
  readonly selectors: readonly LabelSelector[];
}

/** Reads one. Source: API sailoperator.io/v1, `spec.namespace` and `spec.values.meshConfig.discoverySelectors`. */
export function otherMeshOf(object: KubeObject): OtherMesh {
  const namespace = valueAt(object, 'spec', 'namespace');
  const selectors = valueAt(object, 'spec', 'values', 'meshConfig', 'discoverySelectors');
  const found = Array.isArray(selectors) ? selectors.filter(isJsonObject) : [];
  // An empty selector finds every namespace, which is no wish for this one.
  const isEverything = found.some((selector) => Object.keys(selector).length === 0);
  return {
    id: `${object.kind}/${object.metadata.name}`, namespace: typeof namespace === 'string' ? namespace : '',
    selectors: isEverything ? [] : found,
  };
}

/** True for objects that stand for a mesh of their own. */
export function isOtherMesh(object: KubeObject): boolean {
  return object.kind === 'Istio' || (object.metadata.ownerReferences ?? []).every(({ kind }) => kind !== 'Istio');
}

/** Does it ask for this very namespace, by a selector, or because it lives there? One that serves everything asks for none. */
export function asksFor(mesh: OtherMesh, namespace: KubeObject): boolean {
  return mesh.namespace === namespace.metadata.name || mesh.selectors.some((selector) => matchesSelector(selector, namespace.metadata.labels));
}

/** The first of others' meshes that asks for the namespace. */
export function otherMeshFor(namespace: KubeObject, objects: readonly KubeObject[]): OtherMesh | undefined {
  const meshes = objects.filter(isOtherMesh).map(otherMeshOf).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return meshes.find((mesh) => asksFor(mesh, namespace));
}

/** Two istiods in one namespace: each writes its root certificate there, and both may inject. */
export function servedByOther(namespace: string, mesh: OtherMesh): Obstacle {
  const [kind = '', name = ''] = mesh.id.split('/');
  return {
    reason: 'ServedByOtherMesh', command: `kubectl edit ${kind.toLowerCase()} ${name}`,
    message: `namespace "${namespace}" is served by ${mesh.id} (namespace ${mesh.namespace}) as well, whose discovery selectors find it; two istiods in one namespace undo each other: change the selectors, or take the namespace out of this mesh`,
  };
}

/** An istiod that serves everything, our members among them. */
export function servesEverything(meshes: readonly OtherMesh[]): Obstacle {
  return {
    reason: 'ServesAllNamespaces',
    message: `${meshes.map(({ id }) => id).join(', ')} ${meshes.length === 1 ? 'has' : 'have'} no discovery selectors, so that istiod serves the members of this mesh too and writes its root certificate there; `
      + 'give it spec.values.meshConfig.discoverySelectors with {matchExpressions: [{key: maistra.io/member-of, operator: DoesNotExist}]}',
  };
}
