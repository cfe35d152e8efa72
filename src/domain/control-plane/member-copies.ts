import { NETWORK_POLICY, ROLE_BINDING } from '../../api/kinds.ts';
import {
  CLUSTER_ROLE_ISTIOD_MEMBER, CLUSTER_ROLE_KIALI, CLUSTER_ROLE_PROMETHEUS, CLUSTER_ROLE_RESTARTS, LABEL_INSTANCE, LABEL_MANAGED_BY, LABEL_MEMBER_OF,
  LABEL_PART_OF, MANAGED_BY, OPERATOR_NAME, PART_OF,
} from '../../api/names.ts';
import { valueAt } from '../../lib/json.ts';
import { memoized } from '../../lib/memo.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { objectOf, type ResourceType } from '../../k8s/resource.ts';
import { normalizeControlPlane } from '../conversion/control-plane.ts';
import { DEFAULT_EXPOSE_ROUTE_PEER, exposeRoutePolicy, meshPolicy, type ExposeRoutePeer } from './network-policies.ts';
import { appliedSpecOf, BUILT_IN_LIBRARY, type ProfileLibrary } from './profiles.ts';

/** An object together with its kind. */
export interface TypedObject {
  readonly type: ResourceType;
  readonly object: KubeObject;
}

/** What of a control plane decides over the copies in its members. */
export interface MemberCopyOptions {
  /** Name of the SMCP, which is also the Istio revision. */
  readonly name: string;
  readonly namespace: string;
  readonly prometheus: boolean;
  readonly kiali: boolean;
  readonly manageNetworkPolicy: boolean;
  readonly exposeRoute: ExposeRoutePeer;
  /** Namespace of the operator, if it is to restart workloads here. */
  readonly restartsFrom?: string;
}

/** What the cluster adds to the decision; absent means its default. */
export interface MemberCopyFacts {
  readonly exposeRoute?: ExposeRoutePeer;
  /** True when the Kiali operator serves its CRD: it then gives Kiali its rights in members itself. */
  readonly servesKiali?: boolean;
  readonly profiles?: ProfileLibrary;
  /** Where its account is. */
  readonly operatorNamespace?: string;
}

/** A mesh's thousand members ask about one control plane. */
const appliedSpec = memoized((library: ProfileLibrary) => memoized((smcp: KubeObject) => appliedSpecOf(normalizeControlPlane(smcp), library)));

/** Derives the options from an SMCP of API v2, profiles applied. Anything unreadable counts as its default. */
export function memberCopyOptions(smcp: KubeObject, facts: MemberCopyFacts = {}): MemberCopyOptions {
  const spec = appliedSpec(facts.profiles ?? BUILT_IN_LIBRARY)(smcp);
  return {
    name: smcp.metadata.name,
    namespace: smcp.metadata.namespace ?? '',
    prometheus: valueAt(spec, 'addons', 'prometheus', 'enabled') !== false,
    kiali: valueAt(spec, 'addons', 'kiali', 'enabled') !== false && facts.servesKiali !== true,
    manageNetworkPolicy: valueAt(spec, 'security', 'manageNetworkPolicy') !== false,
    exposeRoute: facts.exposeRoute ?? DEFAULT_EXPOSE_ROUTE_PEER,
    ...(valueAt(spec, 'updateStrategy', 'updateWorkloads') === true && facts.operatorNamespace !== undefined ? { restartsFrom: facts.operatorNamespace } : {}),
  };
}

function metadataOf(name: string, options: MemberCopyOptions, namespace: string): KubeObject['metadata'] {
  const labels = {
    [LABEL_INSTANCE]: options.namespace, [LABEL_MANAGED_BY]: MANAGED_BY, [LABEL_MEMBER_OF]: options.namespace, [LABEL_PART_OF]: PART_OF,
  };
  return { name, namespace, labels };
}

/** Rights come from a role that all meshes share; only the subject says which mesh. */
function binding(name: string, role: string, account: { readonly name: string; readonly namespace: string }, options: MemberCopyOptions): (namespace: string) => TypedObject {
  return (namespace) => ({
    type: ROLE_BINDING,
    object: objectOf(ROLE_BINDING, metadataOf(name, options, namespace), {
      roleRef: { apiGroup: ROLE_BINDING.group, kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'ServiceAccount', ...account }],
    }),
  });
}

/** The RoleBindings that let istiod, Prometheus and Kiali of one mesh look into one of its members, and the operator restart its workloads if the mesh asks for that. */
export function memberRoleBindings(options: MemberCopyOptions, memberNamespace: string): readonly TypedObject[] {
  const { name, namespace, restartsFrom } = options;
  const bindings = [
    binding(`istiod-${name}-${namespace}`, CLUSTER_ROLE_ISTIOD_MEMBER, { name: `istiod-${name}`, namespace }, options),
    ...(options.prometheus ? [binding(`prometheus-${namespace}`, CLUSTER_ROLE_PROMETHEUS, { name: 'prometheus', namespace }, options)] : []),
    ...(options.kiali ? [binding(`kiali-${namespace}`, CLUSTER_ROLE_KIALI, { name: 'kiali', namespace }, options)] : []),
    ...(restartsFrom === undefined ? [] : [binding(`restarts-${namespace}`, CLUSTER_ROLE_RESTARTS, { name: OPERATOR_NAME, namespace: restartsFrom }, options)]),
  ];
  return bindings.map((inNamespace) => inNamespace(memberNamespace));
}

/** The NetworkPolicies of a member: in from its mesh, and from the router to exposed pods. None when the user manages them himself. */
export function memberNetworkPolicies(options: MemberCopyOptions, memberNamespace: string): readonly TypedObject[] {
  if (!options.manageNetworkPolicy) return [];
  const policies = [meshPolicy(options.name, options.namespace), exposeRoutePolicy(options.name, options.exposeRoute)];
  return policies.map(({ name, spec }) => ({
    type: NETWORK_POLICY, object: objectOf(NETWORK_POLICY, metadataOf(name, options, memberNamespace), { spec }),
  }));
}

/**
 * Everything a mesh keeps in one of its member namespaces. Source: spec/api-members.md, spec/networkpolicy-expose-route.md 3.
 * Law: the answer depends on the options and the namespace's name only, so two control planes with equal options give equal copies.
 */
export function memberCopies(options: MemberCopyOptions, memberNamespace: string): readonly TypedObject[] {
  return [...memberRoleBindings(options, memberNamespace), ...memberNetworkPolicies(options, memberNamespace)];
}
