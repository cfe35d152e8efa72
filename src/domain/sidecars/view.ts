import { sortedBy } from '../../lib/sort.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { censusOf, type Census } from './census.ts';
import type { SidecarsObserved } from './observed.ts';

/** A member with its pods by their sidecars. */
export interface MemberCensus extends Census {
  readonly namespace: string;
}

/** The sidecars of a mesh, member by member, in the order of names. */
export function censusByMember({ controlPlane, webhooks, members }: SidecarsObserved): readonly MemberCensus[] {
  const { name, namespace = '' } = controlPlane.metadata;
  const censuses = members.map(({ namespace: { metadata }, pods }) => ({
    namespace: metadata.name, ...censusOf(pods, { webhooks, controlPlane: { namespace, name }, namespaceLabels: metadata.labels }),
  }));
  return sortedBy(censuses, (census) => census.namespace);
}

/** Pods that should be made anew, of one member. */
export function podsToRenew({ outdated, missing }: Census): readonly KubeObject[] {
  return [...missing, ...outdated.map(({ pod }) => pod)];
}
