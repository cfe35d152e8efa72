import type { GatewaySpec, GatewayServer } from '../../api/istio/gateway.ts';
import type { Problem } from '../../k8s/plan.ts';

/** One host that needs a Route, however many servers of the Gateway name it. */
export interface RouteHost {
  /** The host without its namespace part: `*`, `*.example.com` or a plain name. */
  readonly host: string;
  /** The ways it is written in the Gateway, in order. */
  readonly originals: readonly string[];
  readonly isTls: boolean;
  readonly isRedirected: boolean;
  /** Numbers of the servers' ports that a Route may lead to: those with TLS if there are any, else the plain ones. */
  readonly numbers: readonly number[];
}

/** What a Route says about a host. */
export interface HostFields {
  /** Absent for `*`: OpenShift makes a name. */
  readonly host?: string;
  readonly wildcardPolicy: 'None' | 'Subdomain';
}

/** Drops the namespace part of `ns/host` and `./host` (spec/ior.md 3). */
export function plainHost(original: string): string {
  return original.slice(original.indexOf('/') + 1);
}

/** `*` gives no host; `*.x` gives `wildcard.x` for all of its subdomain; anything else is taken as it is (spec/ior.md 3). */
export function hostFields(host: string): HostFields {
  if (host === '*') return { wildcardPolicy: 'None' };
  return host.startsWith('*.') ? { host: `wildcard${host.slice(1)}`, wildcardPolicy: 'Subdomain' } : { host, wildcardPolicy: 'None' };
}

/** Protocols whose requests name a host without TLS (Istio reference "Gateway", Port.protocol). Absent counts as HTTP. */
const HTTP_PROTOCOLS: ReadonlySet<string> = new Set(['', 'HTTP', 'HTTP2', 'GRPC', 'GRPC-WEB']);

const protocolOf = (server: GatewayServer): string => (server.port?.protocol ?? '').toUpperCase();

/** Can a router tell by the connection which host is meant: by HTTP's Host header, or by TLS's server name? */
function isRoutable(server: GatewayServer): boolean {
  return HTTP_PROTOCOLS.has(protocolOf(server)) || server.tls !== undefined;
}

function withServer(before: RouteHost, original: string, server: GatewayServer): RouteHost {
  const isTls = server.tls !== undefined;
  const number = server.port?.number;
  const kept = isTls && !before.isTls ? [] : before.numbers;
  const isWanted = number !== undefined && (isTls || !before.isTls) && !kept.includes(number);
  return {
    host: before.host, originals: before.originals.includes(original) ? before.originals : [...before.originals, original],
    isTls: before.isTls || isTls, isRedirected: before.isRedirected || server.tls?.httpsRedirect === true,
    numbers: isWanted ? [...kept, number] : kept,
  };
}

function addServer(hosts: Map<string, RouteHost>, server: GatewayServer): void {
  for (const original of server.hosts ?? []) {
    const host = plainHost(original);
    if (host === '') continue;
    const before = hosts.get(host) ?? { host, originals: [], isTls: false, isRedirected: false, numbers: [] };
    hosts.set(host, withServer(before, original, server));
  }
}

/**
 * The hosts of a Gateway, each once, in the order they are first named. A host on a TLS server and on a plain one is TLS:
 * the router can pass only one of them on (wishes.md W20). Any `tls` counts, whatever its mode, because the gateway's pod
 * terminates it (spec/ior.md 2). Servers of another protocol without TLS (TCP, MONGO, ...) give none: see `unroutable`.
 */
export function routeHosts(spec: GatewaySpec): RouteHost[] {
  const hosts = new Map<string, RouteHost>();
  for (const server of spec.servers ?? []) if (isRoutable(server)) addServer(hosts, server);
  return [...hosts.values()];
}

/** What is wrong with servers that no router can lead to, one problem each: such traffic carries no host name. */
export function unroutable(spec: GatewaySpec): Problem[] {
  return (spec.servers ?? []).flatMap((server, at): Problem[] => (isRoutable(server) ? [] : [{
    path: `spec.servers[${at}].port.protocol`, value: protocolOf(server).slice(0, 100), reason: 'ProtocolNotRoutable',
    message: `spec.servers[${at}].port.protocol ${protocolOf(server).slice(0, 100)} carries no host name, so it has no Route; use TLS with a server name, or a Service of type LoadBalancer or NodePort`,
  }]));
}

/** Name of the Service port that a host's Route points at, as the old operator wrote it. */
export function portFor(host: RouteHost): 'http2' | 'https' {
  return host.isTls ? 'https' : 'http2';
}
