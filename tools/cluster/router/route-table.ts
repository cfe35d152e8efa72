import type { AnyObject } from '../list-watch.ts';
import type { Backend, ServiceTable } from '../service-table.ts';

/** A Route as the router reads it. */
export interface RoutedRoute extends AnyObject {
  readonly spec: {
    readonly path?: string;
    readonly to: { readonly name: string };
    readonly port?: { readonly targetPort: number | string };
    readonly tls?: object;
  };
  readonly status?: { readonly ingress?: readonly { readonly host?: string; readonly conditions?: readonly { readonly type: string; readonly status: string }[] }[] };
}

function isServedAt(route: RoutedRoute, host: string): boolean {
  return (route.status?.ingress ?? []).some((ingress) => ingress.host === host
    && (ingress.conditions ?? []).some(({ type, status }) => type === 'Admitted' && status === 'True'));
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
