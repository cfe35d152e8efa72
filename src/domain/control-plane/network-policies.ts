import { LABEL_EXPOSE_ROUTE, LABEL_MEMBER_OF, LABEL_POLICY_GROUP, POLICY_GROUP_INGRESS } from '../../api/names.ts';
import type { LabelSelector } from '../../k8s/selector.ts';
import type { JsonObject } from '../../lib/json.ts';

/** From where exposed pods may be reached: a NetworkPolicyPeer by namespace labels. */
export interface ExposeRoutePeer {
  readonly namespaceSelector: LabelSelector;
}

/** OpenShift labels the namespace of its router so; on other clusters an administrator may label that of his ingress controller. */
export const DEFAULT_EXPOSE_ROUTE_PEER: ExposeRoutePeer = { namespaceSelector: { matchLabels: { [LABEL_POLICY_GROUP]: POLICY_GROUP_INGRESS } } };

/** Name and spec of a NetworkPolicy that a mesh has in its own namespace and in every member. */
export interface SharedPolicy {
  readonly name: string;
  readonly spec: JsonObject;
}

/** All pods: in from every namespace of the mesh, which includes its own. Source: spec/networkpolicy-expose-route.md 1. */
export function meshPolicy(revision: string, meshNamespace: string): SharedPolicy {
  return {
    name: `istio-mesh-${revision}`,
    spec: {
      podSelector: {},
      ingress: [{ from: [{ namespaceSelector: { matchLabels: { [LABEL_MEMBER_OF]: meshNamespace } } }] }],
      policyTypes: ['Ingress'],
    },
  };
}

/** The same for the namespace of the control plane: all pods but istiod, which has a tighter policy of its own. No pod is without one. */
export function controlPlanePolicy(revision: string, meshNamespace: string): SharedPolicy {
  const { name, spec } = meshPolicy(revision, meshNamespace);
  return { name, spec: { ...spec, podSelector: { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['istiod'] }] } } };
}

/** Pods that carry the expose-route label: in from the router as well. Source: spec/networkpolicy-expose-route.md 1 and 3. */
export function exposeRoutePolicy(revision: string, peer: ExposeRoutePeer): SharedPolicy {
  return {
    name: `istio-expose-route-${revision}`,
    spec: {
      podSelector: { matchLabels: { [LABEL_EXPOSE_ROUTE]: 'true' } },
      // A label selector is plain JSON.
      ingress: [{ from: [{ namespaceSelector: peer.namespaceSelector as JsonObject }] }],
      policyTypes: ['Ingress'],
    },
  };
}
