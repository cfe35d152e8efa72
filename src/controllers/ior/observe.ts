import { ANNOTATION_LEAVING, LABEL_MEMBER_OF } from '../../api/names.ts';
import { parseGateway } from '../../api/istio/gateway.ts';
import { routeHosts } from '../../domain/ior/hosts.ts';
import type { IorObserved } from '../../domain/ior/observed.ts';
import { routeName } from '../../domain/ior/route-name.ts';
import { annotationOf, labelOf, type KubeObject } from '../../k8s/object.ts';
import { keyOfObject, splitKey, type ObjectKey } from '../../k8s/key.ts';
import type { Reader } from '../../runtime/controller.ts';
import { isMembershipKnown } from '../member/observe.ts';
import * as sources from '../sources.ts';
import { labelsIn, meshOf, podsOf, servicesOf } from './mesh-services.ts';

/** Not labelled and not leaving, but with copies of a mesh: the member controller puts the label back in a moment. */
function isLabelLost(namespace: KubeObject | undefined, read: Reader): boolean {
  if (namespace === undefined || labelOf(namespace, LABEL_MEMBER_OF) !== undefined || annotationOf(namespace, ANNOTATION_LEAVING) !== undefined) return false;
  return read.list(sources.MEMBER_ROLE_BINDINGS, namespace.metadata.name).length > 0;
}

/** Routes that hold a name which this Gateway would give, and are not its own. */
function occupiedNames(gateway: KubeObject, own: readonly KubeObject[], services: readonly KubeObject[], read: Reader): KubeObject[] {
  const parsed = parseGateway(gateway);
  if (!parsed.ok) return [];
  const owner = { namespace: gateway.metadata.namespace ?? '', name: gateway.metadata.name };
  const originals = routeHosts(parsed.value.spec).flatMap((host) => host.originals);
  const namespaces = [...new Set(services.map((service) => service.metadata.namespace ?? ''))];
  const found = namespaces.flatMap((namespace) => originals.flatMap((original) => read.get(sources.ROUTES, routeName(owner, original, namespace), namespace) ?? []));
  const ownKeys = new Set(own.map(keyOfObject));
  return found.filter((route) => !ownKeys.has(keyOfObject(route)));
}

/**
 * One Gateway, its mesh, the pods and Services behind it, and its Routes. Undefined: it is gone and so are its Routes.
 * While the kinds that say who is a member, or the Gateways themselves, are not served, nothing is known and nothing is done.
 */
export function observeIor(key: ObjectKey, read: Reader): IorObserved | undefined {
  if (!isMembershipKnown(read) || !read.isServed(sources.GATEWAYS)) return undefined;
  const { namespace = '', name } = splitKey(key);
  const gateway = read.get(sources.GATEWAYS, name, namespace);
  const routes = read.indexed(sources.ROUTES, sources.BY_GATEWAY, key);
  const isRouteServed = read.isServed(sources.ROUTES);
  if (gateway === undefined) {
    return routes.length === 0 ? undefined : { namespace, name, isRouteServed, isLabelLost: false, controlPlanes: [], pods: [], services: [], routes, occupied: [] };
  }
  const mesh = meshOf(namespace, read);
  const selector = labelsIn(gateway);
  const pods = mesh === undefined ? [] : podsOf(selector, mesh, read);
  const services = mesh === undefined ? [] : servicesOf(selector, pods, { mesh, read });
  return {
    namespace, name, gateway, isRouteServed, pods, services, routes,
    isLabelLost: isLabelLost(read.get(sources.NAMESPACES, namespace), read),
    controlPlanes: mesh === undefined ? [] : read.list(sources.CONTROL_PLANES, mesh),
    occupied: occupiedNames(gateway, routes, services, read),
    ...(mesh === undefined ? {} : { mesh }),
  };
}
