import { CONTROL_PLANE } from '../../src/api/kinds.ts';
import { crdNameOf, type ResourceType } from '../../src/k8s/resource.ts';
import { SHARED_ROLE_NAMES, WRITES, type Write } from '../../src/controllers/permissions.ts';
import type { Source } from '../../src/runtime/controller.ts';

/** A rule of a Role or ClusterRole. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

const VERBS: Readonly<Record<Write['does'][number], readonly string[]>> = {
  apply: ['create', 'patch'], patch: ['patch'], remove: ['delete'], 'remove-all': ['deletecollection'], create: ['create'], status: [],
};

interface Grant { readonly group: string; readonly resource: string; readonly names: readonly string[]; readonly verb: string; readonly why: string }

function grantsOf(write: Write): Grant[] {
  const grantOf = (type: ResourceType, verb: string, subresource = ''): Grant =>
    ({ group: type.group, resource: `${type.plural}${subresource}`, names: write.names ?? [], verb, why: write.why });
  return write.types.flatMap((type) => write.does.flatMap((deed) =>
    deed === 'status' ? [grantOf(type, 'patch', '/status')] : VERBS[deed].map((verb) => grantOf(type, verb))));
}

function readsOf(sources: readonly Source[]): Grant[] {
  return sources.flatMap(({ type }) => ['list', 'watch'].map((verb) => ({ group: type.group, resource: type.plural, names: [], verb, why: 'watched' })));
}

/** What the operator must be able to hand out: the shared roles by name, and the verb `use` that mesh-user grants. */
const HAND_OUT: readonly Grant[] = [
  ...['bind', 'escalate'].map((verb) => ({ group: 'rbac.authorization.k8s.io', resource: 'clusterroles', names: SHARED_ROLE_NAMES, verb, why: 'the shared roles hold rights that the operator has not; it may hand out these, and no others' })),
  { group: 'maistra.io', resource: 'servicemeshcontrolplanes', names: [], verb: 'use', why: 'Role mesh-user grants it, and nobody grants what he has not' },
  // Routes with a chosen host need this subresource on OpenShift (spec/ior.md 1).
  ...['create', 'patch'].map((verb) => ({ group: 'route.openshift.io', resource: 'routes/custom-host', names: [], verb, why: 'a Route with a chosen host, on OpenShift' })),
];

function merge(grants: readonly Grant[]): PolicyRule[] {
  const verbs = new Map<string, { grant: Grant; verbs: Set<string> }>();
  for (const grant of grants) {
    const key = JSON.stringify([grant.group, grant.resource, [...grant.names].toSorted()]);
    const known = verbs.get(key) ?? { grant, verbs: new Set<string>() };
    known.verbs.add(grant.verb);
    verbs.set(key, known);
  }
  return [...verbs.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, { grant, verbs: granted }]) => ({
    apiGroups: [grant.group], resources: [grant.resource],
    ...(grant.names.length > 0 ? { resourceNames: [...grant.names].toSorted() } : {}),
    verbs: [...granted].toSorted(),
  }));
}

function mainGrants(sources: readonly Source[]): readonly Grant[] {
  return [...readsOf(sources), ...WRITES.filter(({ role }) => role === undefined).flatMap(grantsOf), ...HAND_OUT];
}

/** A line of docs/permissions.md: a rule, and every reason for it. */
export interface ExplainedRule extends PolicyRule { readonly why: readonly string[] }

/** Rules of both ClusterRoles with their reasons. In: every cache of the process. */
export function explainedRules(sources: readonly Source[]): readonly ExplainedRule[] {
  const grants = [...mainGrants(sources), ...WRITES.filter(({ role }) => role === 'definitions').flatMap(grantsOf)];
  const isOf = (rule: PolicyRule, { group, resource, names }: Grant): boolean =>
    rule.apiGroups[0] === group && rule.resources[0] === resource && JSON.stringify([...names].toSorted()) === JSON.stringify(rule.resourceNames ?? []);
  return merge(grants).map((rule) => ({ ...rule, why: [...new Set(grants.filter((grant) => isOf(rule, grant)).map(({ why }) => why))] }));
}

/** Rules of the operator's main ClusterRole. In: every cache of the process. Out: no `*`, sorted, one rule per resource. */
export function clusterRules(sources: readonly Source[]): PolicyRule[] {
  return merge(mainGrants(sources));
}

/** Rules of the ClusterRole for CRDs of others. Under OLM the conversion of our own CRD is OLM's, so the right to write it is left out. */
export function definitionRules(installer: 'olm' | 'plain'): PolicyRule[] {
  const ownDefinition = crdNameOf(CONTROL_PLANE);
  return merge(WRITES.filter(({ role, names }) => role === 'definitions' && (installer === 'plain' || names?.includes(ownDefinition) !== true)).flatMap(grantsOf));
}

/** Rules inside the operator's own namespace, with their reasons, beyond what it may do anywhere. */
export const OWN_NAMESPACE_GRANTS: readonly ExplainedRule[] = [
  { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'update'], why: ['the two Secrets with its certificates, read at the start and renewed'] },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create', 'get', 'update'], why: ['which replica leads'] },
];

/** The same as a Role has them. */
export const OWN_NAMESPACE_RULES: readonly PolicyRule[] = OWN_NAMESPACE_GRANTS.map(({ why: _why, ...rule }) => rule);
