import { LABEL_POLICY_GROUP, POLICY_GROUP_INGRESS } from '../../api/names.ts';
import { annotationOf, type KubeObject } from '../../k8s/object.ts';
import type { LabelSelector } from '../../k8s/selector.ts';
import { valueAt } from '../../lib/json.ts';
import { sortedUnique } from '../../lib/sort.ts';
import { DEFAULT_EXPOSE_ROUTE_PEER, type ExposeRoutePeer } from './network-policies.ts';

/** What tells where traffic from outside comes into the cluster. */
export interface IngressFacts {
  /** What the administrator said; nothing else counts then. */
  readonly configured?: ExposeRoutePeer;
  /** The kind Route is served: we are on OpenShift, which labels the namespace of its router. */
  readonly servesRoutes: boolean;
  /** Some namespace carries that label. */
  readonly isLabelled: boolean;
  readonly ingressClasses: readonly KubeObject[];
}

/** Helm's note on what it installed: the namespace of the release. */
const RELEASE_NAMESPACE = 'meta.helm.sh/release-namespace';

/** Where the controllers' own manifests put them, by `spec.controller` of their IngressClass. */
const USUAL_NAMESPACES: Readonly<Record<string, string>> = {
  'k8s.io/ingress-nginx': 'ingress-nginx',
  'nginx.org/ingress-controller': 'nginx-ingress',
  'traefik.io/ingress-controller': 'traefik',
  'haproxy.org/ingress-controller/haproxy': 'haproxy-controller',
  'haproxy-ingress.github.io/controller': 'ingress-controller',
  'projectcontour.io/ingress-controller': 'projectcontour',
};

function namespaceOf(ingressClass: KubeObject): string[] {
  const controller = valueAt(ingressClass, 'spec', 'controller');
  const found = annotationOf(ingressClass, RELEASE_NAMESPACE) ?? (typeof controller === 'string' ? USUAL_NAMESPACES[controller] : undefined);
  return found === undefined ? [] : [found];
}

/**
 * From where pods with the expose-route label may be reached: what the administrator said; else namespaces with OpenShift's label, there or where somebody
 * put it; else the namespaces of the ingress controllers, which their IngressClasses lead to (wishes.md W17). IngressClasses are cluster-scoped: no tenant
 * can open his neighbours to himself by them, as he could by the labels of a pod. Where nothing is found it is OpenShift's label again, which opens nothing.
 */
export function ingressPeer({ configured, servesRoutes, isLabelled, ingressClasses }: IngressFacts): ExposeRoutePeer {
  if (configured !== undefined) return configured;
  const namespaces = sortedUnique(ingressClasses.flatMap(namespaceOf));
  if (servesRoutes || isLabelled || namespaces.length === 0) return DEFAULT_EXPOSE_ROUTE_PEER;
  return { namespaceSelector: { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: namespaces }] } };
}

/** The peer as `kubectl get namespaces -l` takes it. */
export function peerText({ namespaceSelector: { matchLabels = {}, matchExpressions = [] } }: { readonly namespaceSelector: LabelSelector }): string {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  return [...labels, ...matchExpressions.map(({ key, values = [] }) => `${key} in (${values.join(',')})`)].join(',');
}

/** OpenShift's label on the namespace of its router. */
export const INGRESS_LABEL = { key: LABEL_POLICY_GROUP, value: POLICY_GROUP_INGRESS } as const;
