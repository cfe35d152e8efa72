import { ANNOTATION_LEAVING, LABEL_MEMBER_OF } from '../../api/names.ts';
import { parseGateway } from '../../api/istio/gateway.ts';
import { admissionOf } from '../../domain/ior/admission.ts';
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
  const found = namespaces.flatMap((namespace) => originals.flatMap((original) => [sources.ROUTES, sources.INGRESSES].flatMap((source) =>
    read.get(source, routeName(owner, original, namespace), namespace) ?? [])));
  const idOf = (route: KubeObject): string => `${route.kind} ${keyOfObject(route)}`;
  const ownKeys = new Set(own.map(idOf));
  return found.filter((route) => !ownKeys.has(idOf(route)));
}

/** Where the router says that another Route has the host: who is that? */
function sameHost(routes: readonly KubeObject[], read: Reader): Pick<IorObserved, 'sameHost'> {
  const refused = routes.map(admissionOf).filter(({ status, host }) => status === 'False' && host !== '');
  return refused.length === 0 ? {} : { sameHost: refused.flatMap(({ host }) => read.indexed(sources.ROUTES, sources.BY_HOST, host)) };
}

/** Keys of other Gateways that name one of a Gateway's hosts. */
export function rivalsOf(gateway: KubeObject, read: Reader): ObjectKey[] {
  const hosts = sources.GATEWAYS.indexes?.[sources.BY_HOST]?.(gateway) ?? [];
  const found = new Set(hosts.flatMap((host) => read.indexed(sources.GATEWAYS, sources.BY_HOST, host).map(keyOfObject)));
  found.delete(keyOfObject(gateway));
  return [...found];
}

/**
 * One Gateway with the others that name a host of it, each with all that its own Routes depend on.
 * Undefined: see below.
 */
export function observeIor(key: ObjectKey, read: Reader): IorObserved | undefined {
  const observed = observeAlone(key, read);
  if (observed?.gateway === undefined) return observed;
  const rivals = rivalsOf(observed.gateway, read).flatMap((rival) => observeAlone(rival, read) ?? []);
  const routers = read.isServed(sources.INGRESS_CONTROLLERS) ? { routers: read.list(sources.INGRESS_CONTROLLERS) } : {};
  return { ...observed, ...routers, ...sameHost(observed.routes, read), ...(rivals.length === 0 ? {} : { rivals }) };
}

/**
 * One Gateway, its mesh, the pods and Services behind it, and its Routes. Undefined: it is gone and so are its Routes.
 * While the kinds that say who is a member, or the Gateways themselves, are not served, nothing is known and nothing is done.
 */
function observeAlone(key: ObjectKey, read: Reader): IorObserved | undefined {
  if (!isMembershipKnown(read) || !read.isServed(sources.GATEWAYS)) return undefined;
  const { namespace = '', name } = splitKey(key);
  const gateway = read.get(sources.GATEWAYS, name, namespace);
  const routes = [sources.ROUTES, sources.INGRESSES].flatMap((source) => read.indexed(source, sources.BY_GATEWAY, key));
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
