import { isJsonObject, objectsAt, textsAt, valueAt } from '../../lib/json.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { matchesSelector, type LabelSelector, type LabelSelectorRequirement } from '../../k8s/selector.ts';

type Labels = Readonly<Record<string, string>>;

function selectorAt(root: unknown, field: string): LabelSelector | undefined {
  const value = valueAt(root, field);
  return isJsonObject(value) ? value : undefined;
}

function admits(policy: KubeObject, from: Labels): boolean {
  return objectsAt(policy, 'spec', 'ingress').some((rule) => {
    const peers = objectsAt(rule, 'from');
    // What is open to everybody at single pods is a door by design: a gateway's, or istiod's for the API server.
    if (peers.length === 0) return closesAll(policy);
    return peers.some((peer) => {
      const namespaces = selectorAt(peer, 'namespaceSelector');
      return namespaces !== undefined && matchesSelector(namespaces, from);
    });
  });
}

/** A policy that leaves no pod of its namespace open: of all pods, or of all but istiod, which has one of its own. */
function closesAll(policy: KubeObject): boolean {
  const selector = selectorAt(valueAt(policy, 'spec'), 'podSelector');
  const types = textsAt(policy, 'spec', 'policyTypes');
  const isIngress = types.length === 0 || types.includes('Ingress');
  const isAllButIstiod = ({ key, operator, values = [] }: LabelSelectorRequirement): boolean => key === 'app' && operator === 'NotIn' && values.join() === 'istiod';
  return isIngress && selector !== undefined && Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).every(isAllButIstiod);
}

/**
 * Why pods of one namespace can get into another, as far as NetworkPolicies decide; '' when they cannot. A policy that lets in some pods counts as letting in all;
 * addresses in a policy are not looked at. Source: Kubernetes doc "Network Policies".
 */
export function wayIn(policies: readonly KubeObject[], from: { readonly name: string; readonly labels: Labels }, to: string): string {
  const here = policies.filter(({ metadata }) => metadata.namespace === to);
  if (!here.some(closesAll)) return `no NetworkPolicy closes namespace ${to}`;
  const open = here.find((policy) => admits(policy, from.labels));
  return open === undefined ? '' : `NetworkPolicy ${to}/${open.metadata.name} lets pods of ${from.name} in`;
}
