/** The fields of a Route that the router stand-in follows. */
export interface Route {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: {
    readonly host?: string;
    readonly path?: string;
    readonly to: { readonly kind: string; readonly name: string };
    readonly port?: { readonly targetPort: string | number };
    readonly tls?: { readonly termination: string };
  };
  readonly status?: { readonly ingress?: readonly { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }[] };
}

/** The fields of a Service that say where it is. */
export interface ServiceView {
  readonly spec: { readonly clusterIP?: string; readonly ports?: readonly { readonly name?: string; readonly port: number; readonly targetPort?: string | number }[] };
}

function isAdmitted({ status }: Route): boolean {
  return status?.ingress?.some(({ conditions }) => conditions?.some(({ type, status }) => type === 'Admitted' && status === 'True') ?? false) ?? false;
}

function covers(path: string, prefix: string): boolean {
  return prefix === '' || prefix === '/' || path === prefix || path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);
}

/**
 * The Route that serves a plain HTTP request, as OpenShift's router finds it: admitted, of that host, with the longest path that covers the
 * request's. Routes with TLS are left out: this router speaks plain HTTP only.
 */
export function routeFor(routes: readonly Route[], host: string, path: string): Route | undefined {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  return routes
    .filter((route) => isAdmitted(route) && route.spec.tls === undefined && route.spec.host === name && covers(path, route.spec.path ?? ''))
    .toSorted((a, b) => (b.spec.path ?? '').length - (a.spec.path ?? '').length)[0];
}

/**
 * Where a Route's Service is reached. A Route names the target port of a Service's port, by name or number, or the port's own name;
 * without one the first port counts (OpenShift API, RoutePort).
 */
export function targetOf({ spec: { port } }: Route, { spec }: ServiceView): { readonly host: string; readonly port: number } | undefined {
  const ports = spec.ports ?? [];
  const wanted = port?.targetPort;
  const found = wanted === undefined ? ports[0] : ports.find(({ name, targetPort, port: number }) => [name, targetPort, number].includes(wanted));
  return found === undefined || spec.clusterIP === undefined || spec.clusterIP === 'None' ? undefined : { host: spec.clusterIP, port: found.port };
}
