import { matchesSelector, type LabelSelector, type LabelSelectorRequirement } from '../../k8s/selector.ts';
import { sortedUnique } from '../../lib/sort.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { isOpenRoll, type Member, type Roll } from './claimants.ts';
import type { Meshes } from './meshes.ts';

type Labels = Readonly<Record<string, string>>;

/** What limits every membership, beside rolls and members themselves. */
export interface MembershipScope {
  readonly meshes: Meshes;
  /** Never a member; absent when the operator runs outside the cluster. */
  readonly operatorNamespace?: string;
}

function meets(requirement: LabelSelectorRequirement, labels: Labels): boolean {
  if (requirement.operator !== 'In') return matchesSelector({ matchExpressions: [requirement] }, labels);
  return (requirement.values ?? []).includes(labels[requirement.key] ?? '');
}

/**
 * Does a member selector match a namespace's labels? As in Kubernetes, except that equality reads an absent label as "":
 * `In [""]` matches a namespace without the label. Kept from the old operator (spec/api-members.md 2).
 */
export function matchesMemberSelector(selector: LabelSelector, labels: Labels = {}): boolean {
  return Object.entries(selector.matchLabels ?? {}).every(([key, value]) => (labels[key] ?? '') === value)
    && (selector.matchExpressions ?? []).every((requirement) => meets(requirement, labels));
}

const EXCLUDED_NAMES: ReadonlySet<string> = new Set(['kube', 'openshift']);
const EXCLUDED_PREFIXES = ['kube-', 'openshift-', 'ibm-'];

/** Namespaces of the platform, which `*` and selectors leave out; naming one explicitly takes it in (spec/api-members.md 2). */
export function isPlatformNamespace(name: string): boolean {
  return EXCLUDED_NAMES.has(name) || EXCLUDED_PREFIXES.some((prefix) => name.startsWith(prefix));
}

/** Does the roll take the namespace in by `*` or by a selector? Never its own, the platform's or a control plane's. */
export function isTakenIn(roll: Roll, namespace: KubeObject, scope: MembershipScope): boolean {
  const { name, labels } = namespace.metadata;
  if (!isOpenRoll(roll) || isPlatformNamespace(name) || isOffLimits(name, roll.namespace, scope) || scope.meshes.has(name)) return false;
  return roll.isWildcard || roll.selectors.some((selector) => matchesMemberSelector(selector, labels));
}

/** A namespace that can never be a member of this mesh: the mesh's own, or the operator's. */
export function isOffLimits(name: string, mesh: string, scope: MembershipScope): boolean {
  return name === mesh || name === scope.operatorNamespace;
}

/**
 * Every namespace that somebody wants in the mesh, sorted: listed in its roll (existing or not), taken in by `*` or a
 * selector, or with a ServiceMeshMember that points at the mesh (spec/api-members.md 2 and 3, `status.members`).
 * In: the mesh's namespace; its roll, if any; the members pointing at it; all namespaces.
 */
export function wantedMembers(mesh: string, roll: Roll | undefined, members: readonly Member[], where: MembershipScope & { readonly namespaces: readonly KubeObject[] }): string[] {
  const open = roll !== undefined && isOpenRoll(roll) ? where.namespaces.filter((namespace) => isTakenIn(roll, namespace, where)) : [];
  const names = [...(roll?.names ?? []), ...open.map((namespace) => namespace.metadata.name), ...members.map((member) => member.namespace)];
  return sortedUnique(names).filter((name) => !isOffLimits(name, mesh, where));
}
