import { ROUTE } from '../../api/kinds.ts';
import { ANNOTATION_GATEWAY, LABEL_GATEWAY_NAME, LABEL_GATEWAY_NAMESPACE, LABEL_GENERATED_BY } from '../../api/names.ts';
import { parseGateway, type Gateway } from '../../api/istio/gateway.ts';
import { isDeleting, type KubeObject } from '../../k8s/object.ts';
import { EMPTY_PLAN, type Plan, type Problem, type Step } from '../../k8s/plan.ts';
import { refOf } from '../../k8s/ref.ts';
import { meshesOf, soleControlPlane } from '../member-roll/meshes.ts';
import { routeHosts, unroutable } from './hosts.ts';
import { isIorEnabled, managementOf } from './management.ts';
import type { IorObserved } from './observed.ts';
import { desiredRoutes } from './routes.ts';
import { chooseTarget, isEgressService } from './target.ts';

/** Nothing tells us when OpenShift's API server brings the kind Route; look again after this time. */
const RECHECK_ROUTE_KIND_MS = 30_000;

function removals(routes: readonly KubeObject[]): Step[] {
  return routes.map((route) => ({ do: 'remove', ref: refOf(ROUTE, route) }));
}

/** Takes our marks off: from then on the Routes are the user's. */
function releases(routes: readonly KubeObject[]): Step[] {
  const labels = { [LABEL_GENERATED_BY]: null, [LABEL_GATEWAY_NAMESPACE]: null, [LABEL_GATEWAY_NAME]: null };
  return routes.map((route) => ({ do: 'patch', ref: refOf(ROUTE, route), patch: { metadata: { labels, annotations: { [ANNOTATION_GATEWAY]: null } } } }));
}

function planOf(stages: Plan['stages'], problems: readonly Problem[] = []): Plan {
  return { ...EMPTY_PLAN, stages: stages.filter((stage) => stage.length > 0), problems };
}

function noTarget(gateway: Gateway): Problem {
  const selector = Object.entries(gateway.spec.selector ?? {}).map(([key, value]) => `${key}=${value}`).join(',');
  return {
    path: 'spec.selector', value: selector.slice(0, 200), reason: 'NoMatchingGatewayService',
    message: `no Service of the mesh has pods that match selector "${selector.slice(0, 200)}"; deploy the gateway, or correct the selector`,
  };
}

/** The Routes of a Gateway that is in a mesh with IOR on. Without a Service existing Routes stay as they are. */
function routesPlan(observed: IorObserved, gateway: Gateway, problems: readonly Problem[]): Plan {
  const hosts = routeHosts(gateway.spec);
  const home = [observed.mesh ?? '', observed.namespace];
  if (hosts.length === 0) return planOf([removals(observed.routes)], problems);
  const target = chooseTarget(observed.services, observed.pods, { selector: gateway.spec.selector ?? {}, hosts, home });
  if (target === undefined) return planOf([], [...problems, noTarget(gateway)]);
  if (isEgressService(target)) return planOf([removals(observed.routes)], problems);
  const wanted = desiredRoutes({ gateway, hosts, target, routes: observed.routes, occupied: observed.occupied });
  const kept = new Set(wanted.map((route) => `${route.metadata.namespace ?? ''}/${route.metadata.name}`));
  const obsolete = observed.routes.filter((route) => !kept.has(`${route.metadata.namespace ?? ''}/${route.metadata.name}`));
  return planOf([wanted.map((object): Step => ({ do: 'apply', type: ROUTE, object })), removals(obsolete)], problems);
}

/** Gateways of the egress gateway make no Routes (spec/ior.md 5). */
function isEgress(gateway: Gateway): boolean {
  return gateway.spec.selector?.['istio'] === 'egressgateway';
}

function managedPlan(observed: IorObserved, gateway: Gateway): Plan {
  const { management, problems } = managementOf(gateway);
  if (management === 'released') return planOf([releases(observed.routes)], problems);
  if (management === 'removed' || isEgress(gateway)) return planOf([removals(observed.routes)], problems);
  return routesPlan(observed, gateway, [...problems, ...unroutable(gateway.spec)]);
}

/** Is it decided whether the mesh wants Routes? Not while it has two control planes, or while the namespace's label is lost. */
function isUndecided(observed: IorObserved): boolean {
  return observed.isLabelLost || observed.controlPlanes.filter((plane) => !isDeleting(plane)).length > 1;
}

/**
 * What must be written so that a Gateway has exactly its Routes: one per host while IOR is on, its namespace is in the mesh
 * and it is not opted out; none otherwise. Only Routes labelled as made for this Gateway are ever removed.
 * A Gateway whose spec cannot be read keeps the Routes it has.
 */
export function planIor(observed: IorObserved): Plan {
  const { gateway, mesh } = observed;
  if (!observed.isRouteServed) return gateway === undefined ? EMPTY_PLAN : { ...EMPTY_PLAN, recheckAfterMs: RECHECK_ROUTE_KIND_MS };
  if (gateway === undefined || isDeleting(gateway)) return planOf([removals(observed.routes)]);
  if (isUndecided(observed)) return EMPTY_PLAN;
  const controlPlane = mesh === undefined ? undefined : soleControlPlane(meshesOf(observed.controlPlanes).get(mesh));
  if (!isIorEnabled(controlPlane)) return planOf([removals(observed.routes)]);
  const parsed = parseGateway(gateway);
  return parsed.ok ? managedPlan(observed, parsed.value) : planOf([], parsed.error);
}
