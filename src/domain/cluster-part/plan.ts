import { findKind } from '../../api/kinds.ts';
import { FIELD_MANAGER_PREFIX, LABEL_COMPONENT, LABEL_MANAGED_BY, MANAGED_BY } from '../../api/names.ts';
import { labelOf, type KubeObject } from '../../k8s/object.ts';
import { EMPTY_PLAN, type Plan, type Stage, type Step } from '../../k8s/plan.ts';
import { refOf } from '../../k8s/ref.ts';
import type { ResourceType } from '../../k8s/resource.ts';
import { identityOf } from '../control-plane/prune.ts';

/** Something that all meshes share and that is there while one of them wants it: the node plug-in, the scoped API. */
export interface ClusterPart {
  /** Value of `app.kubernetes.io/component` on all its objects. */
  readonly component: string;
  /** Name of the controller that writes them. */
  readonly controller: string;
  /** The kind that runs it: written last, removed first. */
  readonly workload: ResourceType;
}

/** True for what the controller of this part wrote, by its labels and by the server's own record: people copy objects, labels and all. */
export function isOfPart(object: KubeObject, { component, controller }: Omit<ClusterPart, 'workload'>): boolean {
  const isLabelled = labelOf(object, LABEL_MANAGED_BY) === MANAGED_BY && labelOf(object, LABEL_COMPONENT) === component;
  return isLabelled && (object.metadata.managedFields ?? []).some(({ manager }) => manager === `${FIELD_MANAGER_PREFIX}${controller}`);
}

function typed(object: KubeObject): { readonly type: ResourceType; readonly object: KubeObject } {
  const type = findKind(object.apiVersion, object.kind);
  if (type === undefined) throw new Error(`the charts make ${object.apiVersion} ${object.kind}, which is not in api/kinds.ts`);
  return { type, object };
}

/**
 * Makes the live objects of a part what is wanted. In: the objects wanted now (none: the part goes), and those labelled as its own.
 * What runs comes last and goes first: it may need the rest to clean up.
 */
export function planPart(part: ClusterPart, wantedObjects: readonly KubeObject[], labelled: readonly KubeObject[]): Plan {
  const wanted = wantedObjects.map(typed);
  const identities = new Set(wanted.map(({ object }) => identityOf(object)));
  const obsolete = labelled.filter((object) => isOfPart(object, part) && !identities.has(identityOf(object))).map(typed);
  const apply = (runs: boolean): Stage => wanted.filter(({ type }) => (type === part.workload) === runs).map(({ type, object }): Step => ({ do: 'apply', type, object }));
  const remove = (runs: boolean): Stage => obsolete.filter(({ type }) => (type === part.workload) === runs).map(({ type, object }): Step => ({ do: 'remove', ref: refOf(type, object) }));
  return { ...EMPTY_PLAN, stages: [apply(false), apply(true), remove(true), remove(false)].filter((stage) => stage.length > 0) };
}
