import type { GatewaySpec, GatewayServer } from '../../api/istio/gateway.ts';

/** One host that needs a Route, however many servers of the Gateway name it. */
export interface RouteHost {
  /** The host without its namespace part: `*`, `*.example.com` or a plain name. */
  readonly host: string;
  /** The ways it is written in the Gateway, in order. */
  readonly originals: readonly string[];
  readonly isTls: boolean;
  readonly isRedirected: boolean;
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

function addServer(hosts: Map<string, RouteHost>, server: GatewayServer): void {
  const isTls = server.tls !== undefined;
  const isRedirected = server.tls?.httpsRedirect === true;
  for (const original of server.hosts ?? []) {
    const host = plainHost(original);
    if (host === '') continue;
    const before = hosts.get(host) ?? { host, originals: [], isTls: false, isRedirected: false };
    hosts.set(host, {
      host, originals: before.originals.includes(original) ? before.originals : [...before.originals, original],
      isTls: before.isTls || isTls, isRedirected: before.isRedirected || isRedirected,
    });
  }
}

/**
 * The hosts of a Gateway, each once, in the order they are first named. A host on a TLS server and on a plain one is TLS:
 * the router can pass only one of them on (wishes.md W20). Any `tls` counts, whatever its mode, because the gateway's pod
 * terminates it; port numbers and protocols do not count (spec/ior.md 2).
 */
export function routeHosts(spec: GatewaySpec): RouteHost[] {
  const hosts = new Map<string, RouteHost>();
  for (const server of spec.servers ?? []) addServer(hosts, server);
  return [...hosts.values()];
}

/** Name of the Service port that a host's Route points at. */
export function portFor(host: RouteHost): 'http2' | 'https' {
  return host.isTls ? 'https' : 'http2';
}
