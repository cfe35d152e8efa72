import { INGRESS, ROUTE } from '../../api/kinds.ts';
import { ANNOTATION_IOR_TARGET } from '../../api/names.ts';
import { parseGateway, type Gateway } from '../../api/istio/gateway.ts';
import { annotationOf, isDeleting, type KubeObject } from '../../k8s/object.ts';
import type { Problem } from '../../k8s/plan.ts';
import type { ResourceType } from '../../k8s/resource.ts';
import { meshesOf, soleControlPlane } from '../member-roll/meshes.ts';
import { copiesOf } from './copied-marks.ts';
import { routeHosts, unroutable, type RouteHost } from './hosts.ts';
import { ingressHosts } from './ingress.ts';
import { isIorEnabled, managementOf } from './management.ts';
import type { IorObserved } from './observed.ts';
import { routeMetadata, type RouteMetadata } from './route-metadata.ts';
import { chooseTarget, isEgressService } from './target.ts';

/** What is to become of a Gateway's Routes, before other Gateways are asked. */
export type Intent =
  | { readonly kind: 'keep' | 'remove' | 'release'; readonly problems: readonly Problem[] }
  | {
    readonly kind: 'make';
    readonly problems: readonly Problem[];
    readonly gateway: Gateway;
    readonly hosts: readonly RouteHost[];
    readonly target: KubeObject;
    /** Route, or Ingress where the SMCP says so. */
    readonly type: ResourceType;
    readonly metadata: RouteMetadata;
  };

/** Route, unless the SMCP's annotation says ingress; another word counts as absent and is reported. */
export function targetType(controlPlane: KubeObject | undefined): { readonly type: ResourceType; readonly problems: readonly Problem[] } {
  const value = controlPlane === undefined ? undefined : annotationOf(controlPlane, ANNOTATION_IOR_TARGET);
  if (value === undefined || value === 'route' || value === 'ingress') return { type: value === 'ingress' ? INGRESS : ROUTE, problems: [] };
  const message = `annotation ${ANNOTATION_IOR_TARGET} of the ServiceMeshControlPlane must be "route" or "ingress"; it is ignored, and Routes are made`;
  return { type: ROUTE, problems: [{ path: `metadata.annotations["${ANNOTATION_IOR_TARGET}"]`, value: value.slice(0, 100), message, reason: 'InvalidIorTarget' }] };
}

/** The one control plane of the Gateway's mesh. */
export function controlPlaneOf({ mesh, controlPlanes }: IorObserved): KubeObject | undefined {
  return mesh === undefined ? undefined : soleControlPlane(meshesOf(controlPlanes).get(mesh));
}

function noTarget(gateway: Gateway): Problem {
  const selector = Object.entries(gateway.spec.selector ?? {}).map(([key, value]) => `${key}=${value}`).join(',');
  return {
    path: 'spec.selector', value: selector.slice(0, 200), reason: 'NoMatchingGatewayService',
    message: `no Service of the mesh has pods that match selector "${selector.slice(0, 200)}"; deploy the gateway, or correct the selector`,
  };
}

function hostsFor(gateway: Gateway, type: ResourceType): { readonly hosts: readonly RouteHost[]; readonly problems: readonly Problem[] } {
  const { hosts, problems } = type === INGRESS ? ingressHosts(gateway) : { hosts: routeHosts(gateway.spec), problems: [] };
  return { hosts, problems: [...problems, ...unroutable(gateway.spec)] };
}

/** Gateways of the egress gateway make no Routes (spec/ior.md 5). */
function isEgress(gateway: Gateway): boolean {
  return gateway.spec.selector?.['istio'] === 'egressgateway';
}

/** In a mesh with IOR on. Without a Service existing Routes stay as they are. */
function managedIntent(observed: IorObserved, gateway: Gateway, controlPlane: KubeObject | undefined): Intent {
  const { management, problems: marks } = managementOf(gateway);
  if (management !== 'managed') return { kind: management === 'released' ? 'release' : 'remove', problems: marks };
  if (isEgress(gateway)) return { kind: 'remove', problems: marks };
  const { type, problems: words } = targetType(controlPlane);
  const { copies, problems: keys } = copiesOf(controlPlane);
  const { hosts, problems: said } = hostsFor(gateway, type);
  const problems = [...marks, ...words, ...keys, ...said];
  if (hosts.length === 0) return { kind: 'remove', problems };
  if (type === ROUTE && !observed.isRouteServed) return { kind: 'keep', problems };
  const target = chooseTarget(observed.services, observed.pods, { selector: gateway.spec.selector ?? {}, hosts, home: [observed.mesh ?? '', observed.namespace] });
  if (target === undefined) return { kind: 'keep', problems: [...problems, noTarget(gateway)] };
  if (isEgressService(target)) return { kind: 'remove', problems };
  return { kind: 'make', problems, gateway, hosts, target, type, metadata: { ...routeMetadata(controlPlane, target), copies } };
}

/** Is it decided whether the mesh wants Routes? Not while it has two control planes, or while the namespace's label is lost. */
function isUndecided(observed: IorObserved): boolean {
  return observed.isLabelLost || observed.controlPlanes.filter((plane) => !isDeleting(plane)).length > 1;
}

/** What a Gateway is to have if it were alone. A Gateway whose spec cannot be read keeps the Routes it has. */
export function intentOf(observed: IorObserved): Intent {
  const { gateway } = observed;
  if (gateway === undefined || isDeleting(gateway)) return { kind: 'remove', problems: [] };
  if (isUndecided(observed)) return { kind: 'keep', problems: [] };
  const controlPlane = controlPlaneOf(observed);
  if (!isIorEnabled(controlPlane)) return { kind: 'remove', problems: [] };
  const parsed = parseGateway(gateway);
  return parsed.ok ? managedIntent(observed, parsed.value, controlPlane) : { kind: 'keep', problems: parsed.error };
}
