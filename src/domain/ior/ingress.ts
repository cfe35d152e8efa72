import type { Gateway, GatewayServer } from '../../api/istio/gateway.ts';
import type { KubeObject } from '../../k8s/object.ts';
import type { Problem } from '../../k8s/plan.ts';
import { portFor, routeHosts, type RouteHost } from './hosts.ts';
import { servicePort } from './service-port.ts';

/** How ingress controllers spell the wish that TLS goes through to the backend: `nginx.ingress.kubernetes.io/ssl-passthrough` and its kind. */
const PASSTHROUGH = /\/ssl-passthrough$/;

function asksPassthrough(gateway: KubeObject): boolean {
  return Object.entries(gateway.metadata.annotations ?? {}).some(([key, value]) => PASSTHROUGH.test(key) && value === 'true');
}

/** A plain server, also one that only redirects: the gateway's pod answers there without TLS. */
function asPlain(server: GatewayServer): GatewayServer[] {
  const { tls, ...rest } = server;
  return tls === undefined || tls.mode === undefined && tls.httpsRedirect === true ? [rest] : [];
}

/**
 * The hosts of a Gateway that an Ingress can serve. An Ingress has no word for passing TLS through, so hosts of TLS servers alone are
 * reported, unless an annotation of the Gateway asks the ingress controller for it (networking.k8s.io/v1 reference).
 */
export function ingressHosts(gateway: Gateway): { readonly hosts: readonly RouteHost[]; readonly problems: readonly Problem[] } {
  const all = routeHosts(gateway.spec);
  if (asksPassthrough(gateway)) return { hosts: all, problems: [] };
  const hosts = routeHosts({ servers: (gateway.spec.servers ?? []).flatMap(asPlain) });
  const left = all.filter(({ host }) => !hosts.some((plain) => plain.host === host));
  return { hosts, problems: left.map(({ host }) => ({
    path: 'spec.servers', value: host.slice(0, 100), reason: 'PassthroughNotPossible',
    message: `host ${host.slice(0, 100)} has only TLS servers, which a plain Ingress cannot pass on; annotate the Gateway with your controller's ssl-passthrough annotation ("true"), add a plain server, or ask for a Service of type LoadBalancer`,
  })) };
}

/** `spec` of the Ingress for a host. `ingressClassName` is left to the cluster's default and to users. */
export function ingressSpec({ host, ...rest }: RouteHost, service: KubeObject): Readonly<Record<string, unknown>> {
  const found = servicePort(service, { host, ...rest });
  const port = found?.name === undefined && found?.port !== undefined ? { number: found.port } : { name: found?.name ?? portFor({ host, ...rest }) };
  const paths = [{ path: '/', pathType: 'Prefix', backend: { service: { name: service.metadata.name, port } } }];
  return { rules: [{ ...(host === '*' ? {} : { host }), http: { paths } }] };
}
