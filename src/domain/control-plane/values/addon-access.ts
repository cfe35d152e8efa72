import type { Spec, ValuesInput } from './input.ts';
import { redirectAnnotations, type OauthProxy } from './oauth-proxy.ts';

/** `service` of an add-on in the API. */
export type ComponentService = NonNullable<NonNullable<NonNullable<NonNullable<Spec['addons']>['kiali']>['install']>['service']>;

/** A Route to an add-on. An empty host lets the router choose. */
export interface AddonRoute {
  readonly host: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Service of an add-on. */
export interface AddonService {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly portName: string;
  readonly targetPort: string;
  readonly type: 'ClusterIP' | 'NodePort';
  readonly nodePort: number | false;
}

/** Parts that all add-ons have. */
export interface AddonValues {
  readonly enabled: boolean;
  readonly image: string;
  readonly podSecurity: Readonly<Record<string, unknown>>;
  readonly serviceAccountAnnotations: Readonly<Record<string, string>>;
  readonly service: AddonService;
  readonly route: AddonRoute | false;
  readonly oauthProxy: OauthProxy;
}

/**
 * Security of an add-on's pod under Pod Security "restricted". OpenShift chooses the user itself; elsewhere an image that names its
 * user by word would be refused, so its number is said here.
 */
export function podSecurity(input: ValuesInput, user: number): Readonly<Record<string, unknown>> {
  const base = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
  return input.facts.servesRoutes ? base : { ...base, runAsUser: user, runAsGroup: user, fsGroup: user };
}

/** The host of a Route: what the user wants, or `<name>-<namespace>.<domain>` as the router would choose, or ''. */
export function routeHost(input: ValuesInput, name: string, hosts: readonly string[] = []): string {
  const domain = input.facts.routeDomain;
  return hosts[0] ?? (domain === undefined ? '' : `${name}-${input.namespace}.${domain}`);
}

/** The Route of an add-on, unless the cluster has no Routes or the user wants none. */
export function addonRoute(input: ValuesInput, name: string, service?: Pick<ComponentService, 'ingress'>): AddonRoute | false {
  const ingress = service?.ingress;
  if (!input.facts.servesRoutes || ingress?.enabled === false) return false;
  return {
    host: routeHost(input, name, ingress?.hosts), labels: { app: name, ...ingress?.metadata?.labels }, annotations: { ...ingress?.metadata?.annotations },
  };
}

function exposure(nodePort: number | undefined): Pick<AddonService, 'type' | 'nodePort'> {
  return nodePort === undefined ? { type: 'ClusterIP', nodePort: false } : { type: 'NodePort', nodePort };
}

/** The Service of an add-on: on OpenShift it leads to the proxy, whose certificate OpenShift makes. */
export function addonService(input: ValuesInput, name: string, service?: ComponentService, port = 'http'): AddonService {
  const isProxied = input.facts.servesRoutes;
  return {
    labels: { app: name, ...service?.metadata?.labels },
    annotations: { ...(isProxied ? { 'service.beta.openshift.io/serving-cert-secret-name': `${name}-tls` } : {}), ...service?.metadata?.annotations },
    portName: isProxied ? 'https' : port,
    targetPort: isProxied ? 'oauth-proxy' : port,
    ...exposure(service?.nodePort),
  };
}

/** What lets users in: account annotations, Service and Route of an add-on under one name. */
export function addonAccess(input: ValuesInput, name: string, service?: ComponentService): Pick<AddonValues, 'serviceAccountAnnotations' | 'service' | 'route'> {
  return {
    serviceAccountAnnotations: redirectAnnotations(input, name),
    service: addonService(input, name, service),
    route: addonRoute(input, name, service),
  };
}
