import { INGRESS, ROUTE } from '../../api/kinds.ts';
import { ANNOTATION_GATEWAY, LABEL_GATEWAY_NAME, LABEL_GATEWAY_NAMESPACE, LABEL_GENERATED_BY } from '../../api/names.ts';
import { valueAt } from '../../lib/json.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { EMPTY_PLAN, type Plan, type Problem, type Step } from '../../k8s/plan.ts';
import { refOf, type ObjectRef } from '../../k8s/ref.ts';
import type { ResourceType } from '../../k8s/resource.ts';
import { wonHosts } from './claims.ts';
import type { RouteHost } from './hosts.ts';
import { intentOf, type Intent } from './intent.ts';
import type { IorObserved } from './observed.ts';
import { desiredRoutes } from './routes.ts';

const refTo = (route: KubeObject): ObjectRef => refOf(route.kind === INGRESS.kind ? INGRESS : ROUTE, route);

function removals(routes: readonly KubeObject[]): Step[] {
  return routes.map((route) => ({ do: 'remove', ref: refTo(route) }));
}

/** Takes our marks off: from then on the Routes are the user's. */
function releases(routes: readonly KubeObject[]): Step[] {
  const labels = { [LABEL_GENERATED_BY]: null, [LABEL_GATEWAY_NAMESPACE]: null, [LABEL_GATEWAY_NAME]: null };
  return routes.map((route) => ({ do: 'patch', ref: refTo(route), patch: { metadata: { labels, annotations: { [ANNOTATION_GATEWAY]: null } } } }));
}

function planOf(stages: Plan['stages'], problems: readonly Problem[] = []): Plan {
  return { ...EMPTY_PLAN, stages: stages.filter((stage) => stage.length > 0), problems };
}

const idOf = ({ kind, metadata }: KubeObject): string => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;

/** Wildcard hosts, where every router says that it takes none (OpenShift API reference "IngressController", routeAdmission.wildcardPolicy). */
function wildcardProblems({ routers = [] }: IorObserved, hosts: readonly RouteHost[]): Problem[] {
  const isForbidden = routers.length > 0 && routers.every((router) => valueAt(router, 'spec', 'routeAdmission', 'wildcardPolicy') !== 'WildcardsAllowed');
  return hosts.filter(({ host }) => isForbidden && host.startsWith('*.')).map(({ host }) => ({
    path: 'spec.servers', value: host, reason: 'WildcardNotAllowed',
    message: `no IngressController admits wildcard Routes, so ${host} is not served; ask an administrator for routeAdmission.wildcardPolicy: WildcardsAllowed, or list the hosts`,
  }));
}

/** A Route that is not there yet is created plainly: what its spec leaves out are known defaults (ADR 32). */
function applyStep(type: ResourceType, object: KubeObject): Step {
  return { do: 'apply', type, object, ...(type === ROUTE ? { isExplicit: true } : {}) };
}

function routesPlan(observed: IorObserved, intent: Extract<Intent, { kind: 'make' }>): Plan {
  const { gateway, target, type, metadata } = intent;
  const { hosts, problems } = wonHosts(observed, intent.hosts, type);
  const ofType = (objects: readonly KubeObject[]): KubeObject[] => objects.filter(({ kind }) => kind === type.kind);
  const wanted = desiredRoutes({ gateway, hosts, target, type, metadata, routes: ofType(observed.routes), occupied: ofType(observed.occupied) });
  const kept = new Set(wanted.map(idOf));
  const obsolete = observed.routes.filter((route) => !kept.has(idOf(route)));
  const wildcards = type === ROUTE ? wildcardProblems(observed, hosts) : [];
  return planOf([wanted.map((object) => applyStep(type, object)), removals(obsolete)], [...intent.problems, ...problems, ...wildcards]);
}

/**
 * What must be written so that a Gateway has exactly its Routes: one per host while IOR is on, its namespace is in the mesh
 * and it is not opted out; none otherwise. Only Routes labelled as made for this Gateway are ever removed.
 */
export function planIor(observed: IorObserved): Plan {
  const intent = intentOf(observed);
  switch (intent.kind) {
    case 'make': return routesPlan(observed, intent);
    case 'release': return planOf([releases(observed.routes)], intent.problems);
    case 'remove': return planOf([removals(observed.routes)], intent.problems);
    case 'keep': return intent.problems.length === 0 ? EMPTY_PLAN : planOf([], intent.problems);
  }
}
