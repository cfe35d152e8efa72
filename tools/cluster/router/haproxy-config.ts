import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import type { Backend, ServiceTable } from '../service-table.ts';
import { admittedHosts, routeBackends, type RoutedRoute, type RouteTls } from './route-table.ts';

/*
 * HAProxy's configuration for Routes, as OpenShift's router understands them (OpenShift doc "Secured routes"): one frontend for plain HTTP, one
 * that looks at the name in the TLS hello, and one behind that which ends TLS. A pure function: the same Routes give the same text.
 */

export interface RouterPorts {
  readonly http: number;
  readonly https: number;
  /** Where the router tells which configuration it runs with. */
  readonly revision: number;
}

/** Those of OpenShift's router. */
export const ROUTER_PORTS: RouterPorts = { http: 80, https: 443, revision: 1936 };

export interface HaproxyPlan {
  /** Where to listen. */
  readonly address: string;
  /** Default: ROUTER_PORTS, which want root. */
  readonly ports?: RouterPorts;
  /** Folder of the certificates that the text names. */
  readonly folder: string;
  /** A PEM file with certificate and key for hosts whose Route brings none. */
  readonly defaultCertificate: string;
  /** A PEM file with the CA of serving certificates, for reencrypt Routes that name no CA; without it these have no servers. */
  readonly serviceCa?: string;
  /** Name of the socket between the two frontends of TLS; one per HAProxy in a network namespace. */
  readonly socket: string;
}

/** The text, and the files it names, by their name in the folder. */
export interface HaproxyConfig {
  readonly text: string;
  /** What a HAProxy with this configuration answers on its port `revision`. */
  readonly revision: string;
  readonly files: Readonly<Record<string, string>>;
}

type Termination = 'none' | 'edge' | 'passthrough' | 'reencrypt';

/** A Route at one host, with all that the text needs of it. */
interface Served {
  readonly name: string;
  readonly host: string;
  readonly path: string;
  readonly tls: RouteTls;
  readonly termination: Termination;
  /** Name under which a reencrypt Route's server must have its certificate. */
  readonly serviceName: string;
  readonly backends: readonly Backend[];
}

const HOST = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;
/** What can stand in HAProxy's configuration without quotes. */
const PATH = /^\/[\w.~/%:@+,=*-]*$/;
const REDIRECT = 'redirect';

function terminationOf({ tls }: RoutedRoute['spec']): Termination | undefined {
  if (tls === undefined) return 'none';
  const { termination = '' } = tls;
  return termination === 'edge' || termination === 'passthrough' || termination === 'reencrypt' ? termination : undefined;
}

/** The Route's own certificate and key as one PEM; undefined when it brings none, or one that HAProxy would refuse. */
function ownCertificate({ certificate = '', key = '', caCertificate = '' }: RouteTls): string | undefined {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key)) ? [certificate, caCertificate, key].map((part) => part.trim()).filter((part) => part !== '').join('\n') : undefined;
  } catch {
    return undefined;
  }
}

/** False for a Route whose certificates the router could not load: OpenShift's does not serve it either (ExtendedValidationFailed). */
function hasUsableCertificates(tls: RouteTls): boolean {
  try {
    const ca = tls.destinationCACertificate;
    const isUsable = ca === undefined || new X509Certificate(ca).ca;
    return isUsable && (tls.certificate === undefined || ownCertificate(tls) !== undefined);
  } catch {
    return false;
  }
}

function served(route: RoutedRoute, table: Pick<ServiceTable, 'service' | 'backends'>): readonly Served[] {
  const { metadata: { name, namespace = '' }, spec } = route;
  const [termination, path, tls] = [terminationOf(spec), spec.path ?? '/', spec.tls ?? {}];
  if (termination === undefined || !PATH.test(path) || !hasUsableCertificates(tls)) return [];
  return admittedHosts(route).filter((host) => HOST.test(host)).map((host) =>
    ({ name: `${namespace}:${name}`, host, path, tls, termination, serviceName: `${spec.to.name}.${namespace}.svc`, backends: routeBackends(route, table) }));
}

/** Lines for a Route's host and path; two for a path, which ends there or at a slash. */
function conditions({ host, path }: Served): readonly string[] {
  const atHost = `{ req.hdr(host),field(1,:),lower -m str ${host} }`;
  if (path === '/') return [atHost];
  return [...path.endsWith('/') ? [] : [`${atHost} { path -m str ${path} }`], `${atHost} { path -m beg ${path.replace(/\/?$/, '/')} }`];
}

/** Chooses by host and path; of several the longest path, which comes last, counts. */
function chosen(routes: readonly Served[], valueOf: (route: Served) => string): readonly string[] {
  return [
    ...routes.flatMap((route) => conditions(route).map((condition) => `  http-request set-var(txn.route) str(${valueOf(route)}) if ${condition}`)),
    `  http-request redirect scheme https code 302 if { var(txn.route) -m str ${REDIRECT} }`,
    '  http-request return status 503 content-type text/plain string "router: no Route" unless { var(txn.route) -m found }',
    '  use_backend %[var(txn.route)]',
  ];
}

/** What happens to a request in the clear (TLSConfig.insecureEdgeTerminationPolicy; default: it is not served). */
function inTheClear({ name, termination, tls }: Served): string | undefined {
  if (termination === 'none') return name;
  if (tls.insecureEdgeTerminationPolicy === 'Redirect') return REDIRECT;
  return tls.insecureEdgeTerminationPolicy === 'Allow' && termination !== 'passthrough' ? name : undefined;
}

function plainFrontend({ address, ports = ROUTER_PORTS }: HaproxyPlan, routes: readonly Served[]): readonly string[] {
  return [
    'frontend public', '  mode http', `  bind ${address}:${ports.http}`, '  http-request set-var(txn.scheme) str(http)',
    ...chosen(routes.filter((route) => inTheClear(route) !== undefined), (route) => inTheClear(route) ?? ''),
  ];
}

function tlsFrontends({ address, ports = ROUTER_PORTS, socket, folder, defaultCertificate }: HaproxyPlan, routes: readonly Served[]): readonly string[] {
  const passed = routes.filter(({ termination }) => termination === 'passthrough');
  const ended = routes.filter(({ termination }) => termination === 'edge' || termination === 'reencrypt');
  return [
    'frontend public_tls', '  mode tcp', `  bind ${address}:${ports.https}`, '  tcp-request inspect-delay 5s', '  tcp-request content accept if { req.ssl_hello_type 1 }',
    ...passed.map(({ name, host }) => `  use_backend ${name} if { req.ssl_sni,lower -m str ${host} }`),
    '  default_backend tls_ends_here', '',
    'backend tls_ends_here', '  mode tcp', `  server tls abns@${socket} send-proxy-v2`, '',
    'frontend tls', '  mode http', `  bind abns@${socket} accept-proxy ssl crt ${defaultCertificate} crt-list ${folder}/certificates.list`,
    '  http-request set-var(txn.scheme) str(https)', ...chosen(ended, ({ name }) => name),
  ];
}

/** How a reencrypt Route's servers are checked; undefined where nothing could. */
function verification({ folder, serviceCa }: HaproxyPlan, { name, tls, serviceName }: Served): string | undefined {
  const ca = tls.destinationCACertificate === undefined ? serviceCa : `${folder}/${caFile(name)}`;
  return ca === undefined ? undefined : ` ssl verify required ca-file ${ca} verifyhost ${serviceName} sni str(${serviceName})`;
}

const caFile = (name: string): string => `${name.replace(':', '_')}.ca.pem`;
const certificateFile = (name: string): string => `${name.replace(':', '_')}.pem`;

function backend(plan: HaproxyPlan, route: Served): readonly string[] {
  const isPassed = route.termination === 'passthrough';
  const security = route.termination === 'reencrypt' ? verification(plan, route) : '';
  const servers = security === undefined ? [] : route.backends.map(({ address, port }) => `  server ${address}:${port} ${address}:${port}${security}`);
  const headers = [
    '  option forwardfor', '  http-request set-header X-Forwarded-Host %[req.hdr(host)]', '  http-request set-header X-Forwarded-Port %[dst_port]',
    '  http-request set-header X-Forwarded-Proto %[var(txn.scheme)]',
  ];
  return [`backend ${route.name}`, `  mode ${isPassed ? 'tcp' : 'http'}`, `  balance ${isPassed ? 'source' : 'random'}`, ...(isPassed ? [] : headers), ...servers.toSorted()];
}

function filesOf({ folder }: HaproxyPlan, routes: readonly Served[]): Readonly<Record<string, string>> {
  const files: Record<string, string> = {};
  const list: string[] = [];
  for (const { name, host, tls, termination } of routes.filter((route) => route.termination === 'edge' || route.termination === 'reencrypt')) {
    const own = ownCertificate(tls);
    if (own !== undefined) {
      files[certificateFile(name)] = `${own}\n`;
      list.push(`${folder}/${certificateFile(name)} ${host}`);
    }
    if (termination === 'reencrypt' && tls.destinationCACertificate !== undefined) files[caFile(name)] = `${tls.destinationCACertificate.trim()}\n`;
  }
  return { ...files, 'certificates.list': list.map((line) => `${line}\n`).join('') };
}

/** A connection that did not come about carried no request: it is tried again, at another endpoint where there is one. */
const HEAD = [
  'global', '  maxconn 4000', '  hard-stop-after 30s', '',
  'defaults', '  maxconn 4000', '  timeout connect 5s', '  timeout client 60s', '  timeout server 60s', '  timeout http-request 10s', '  timeout tunnel 1h',
  '  retries 3', '  option redispatch 1', '',
];

/**
 * HAProxy's configuration for the admitted ones of some Routes: plain, edge, reencrypt and passthrough, with `insecureEdgeTerminationPolicy`.
 * Weights and alternate backends are not looked at. Routes that HAProxy could not load (host, path, certificate) are left out.
 */
export function haproxyConfig(plan: HaproxyPlan, routes: readonly RoutedRoute[], table: Pick<ServiceTable, 'service' | 'backends'>): HaproxyConfig {
  const all = routes.flatMap((route) => served(route, table)).toSorted((a, b) => a.path.length - b.path.length || a.name.localeCompare(b.name) || a.host.localeCompare(b.host));
  const backends = [...new Map(all.map((route) => [route.name, route])).values()];
  const lines = [...HEAD, ...plainFrontend(plan, all), '', ...tlsFrontends(plan, all), ...backends.flatMap((route) => ['', ...backend(plan, route)])];
  const files = filesOf(plan, all);
  const revision = createHash('sha256').update(JSON.stringify([lines, files])).digest('hex').slice(0, 16);
  lines.push('', 'frontend revision', '  mode http', `  bind ${plan.address}:${(plan.ports ?? ROUTER_PORTS).revision}`, `  http-request return status 200 content-type text/plain string ${revision}`);
  return { text: `${lines.join('\n')}\n`, revision, files };
}
