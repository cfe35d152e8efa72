import type { AnyObject } from '../list-watch.ts';
import type { Backend, ServiceTable } from '../service-table.ts';

/** How a Route is encrypted (OpenShift API, TLSConfig). */
export interface RouteTls {
  readonly termination?: string;
  readonly insecureEdgeTerminationPolicy?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly caCertificate?: string;
  readonly destinationCACertificate?: string;
}

/** A Route as the router reads it. */
export interface RoutedRoute extends AnyObject {
  readonly spec: {
    readonly path?: string;
    readonly to: { readonly name: string };
    readonly port?: { readonly targetPort: number | string };
    readonly tls?: RouteTls;
  };
  readonly status?: { readonly ingress?: readonly { readonly host?: string; readonly conditions?: readonly { readonly type: string; readonly status: string }[] }[] };
}

/** Hosts for which some router has admitted a Route. */
export function admittedHosts(route: RoutedRoute): readonly string[] {
  return (route.status?.ingress ?? []).flatMap(({ host, conditions }) =>
    (host !== undefined && (conditions ?? []).some(({ type, status }) => type === 'Admitted' && status === 'True') ? [host.toLowerCase()] : []));
}

function isServedAt(route: RoutedRoute, host: string): boolean {
  return admittedHosts(route).includes(host);
}

function isBelow(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);
}

/**
 * The Route for a plain HTTP request: admitted for the host (in any case, with or without a port), the longest path that fits; Routes with TLS are not
 * served in the clear.
 */
export function routeFor(routes: readonly RoutedRoute[], host: string, path: string): RoutedRoute | undefined {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  return routes
    .filter((route) => route.spec.tls === undefined && isServedAt(route, name) && isBelow(path, route.spec.path ?? '/'))
    .toSorted((a, b) => (b.spec.path ?? '/').length - (a.spec.path ?? '/').length)[0];
}

/** Where a Route leads: endpoints of its Service's port, by name or target port; of the first port if it names none (OpenShift API, RoutePort). */
export function routeBackends(route: RoutedRoute, table: Pick<ServiceTable, 'service' | 'backends'>): readonly Backend[] {
  const service = table.service(route.metadata.namespace ?? '', route.spec.to.name);
  if (service === undefined) return [];
  const wanted = route.spec.port?.targetPort;
  const ports = service.spec.ports ?? [];
  const port = wanted === undefined ? ports[0] : ports.find(({ name, targetPort, port: number }) => name === wanted || (targetPort ?? number) === wanted);
  return port === undefined ? [] : table.backends(service, port.name ?? '');
}
