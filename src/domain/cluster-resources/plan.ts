import { ANNOTATION_CONTENT, LABEL_MANAGED_BY, MANAGED_BY } from '../../api/names.ts';
import { CLUSTER_ROLE, CUSTOM_RESOURCE_DEFINITION } from '../../api/kinds.ts';
import { fingerprint } from '../../lib/hash.ts';
import { annotationOf, labelOf, type KubeObject } from '../../k8s/object.ts';
import { EMPTY_PLAN, type Plan, type Step } from '../../k8s/plan.ts';
import { sharedRoles } from './shared-roles.ts';

/** What the operator installs once for all meshes depends on. */
export interface ClusterResourcesObserved {
  /** Existing CRDs by name; metadata is enough. */
  readonly definitions: ReadonlyMap<string, KubeObject>;
  /** Istio's CRDs as this build brings them, already marked by `markedDefinition`. */
  readonly wanted: readonly KubeObject[];
}

/** True when the operator installed this CRD; every other owner is left alone. */
export function isOurs(definition: KubeObject): boolean {
  return labelOf(definition, LABEL_MANAGED_BY) === MANAGED_BY && annotationOf(definition, ANNOTATION_CONTENT) !== undefined;
}

/** A CRD with our mark: label and `<version>-<fingerprint of its content>`. In: the object as released, and the release it is from. */
export function markedDefinition(definition: KubeObject, version: string): KubeObject {
  const { name, labels, annotations } = definition.metadata;
  return {
    ...definition,
    metadata: {
      name, labels: { ...labels, [LABEL_MANAGED_BY]: MANAGED_BY },
      annotations: { ...annotations, [ANNOTATION_CONTENT]: `${version}-${fingerprint(definition['spec'])}` },
    },
  };
}

/** Numbers of `1.31.1`, so that 1.9 is older than 1.31. */
function numbersOf(mark: string): readonly number[] {
  return (mark.split('-')[0] ?? '').split('.').map(Number);
}

/** True when a mark is of a newer release than another: a rolled-back operator must not take fields away from newer meshes. */
export function isNewer(mark: string, than: string): boolean {
  const [a, b] = [numbersOf(mark), numbersOf(than)];
  const at = [0, 1, 2].find((i) => a[i] !== b[i]);
  return at !== undefined && (a[at] ?? 0) > (b[at] ?? 0);
}

function mustInstall(wanted: KubeObject, existing: KubeObject | undefined): boolean {
  if (existing === undefined) return true;
  const mark = annotationOf(existing, ANNOTATION_CONTENT);
  const wantedMark = annotationOf(wanted, ANNOTATION_CONTENT) ?? '';
  return isOurs(existing) && mark !== undefined && mark !== wantedMark && !isNewer(mark, wantedMark);
}

/**
 * Installs Istio's CRDs that nobody has, upgrades ours, never downgrades or deletes, never touches another owner's; and keeps the shared roles.
 * Source: spec/istio-upstream.md 1.7 (row CRDs), docs/adr/0012.
 */
export function planClusterResources({ definitions, wanted }: ClusterResourcesObserved): Plan {
  const roles = sharedRoles().map((object): Step => ({ do: 'apply', type: CLUSTER_ROLE, object }));
  const installs = wanted.filter((definition) => mustInstall(definition, definitions.get(definition.metadata.name)))
    .map((object): Step => ({ do: 'apply', type: CUSTOM_RESOURCE_DEFINITION, object }));
  return { ...EMPTY_PLAN, stages: [[...roles, ...installs]] };
}
