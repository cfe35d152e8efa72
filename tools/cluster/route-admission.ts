import type { AnyObject } from './list-watch.ts';

/** The domain under which OpenShift makes up host names for Routes. */
export const APPS_DOMAIN = 'apps.example.com';

interface RouteCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

/** The fields of a Route (route.openshift.io/v1) that the API server and the router look at. */
export interface Route extends AnyObject {
  readonly spec: {
    readonly host?: string;
    readonly path?: string;
    readonly subdomain?: string;
    readonly wildcardPolicy?: string;
  };
  readonly status?: {
    readonly ingress?: readonly { readonly host?: string; readonly routerName?: string; readonly conditions?: readonly RouteCondition[] }[];
  };
}

/** What the router makes of one route. */
export interface Verdict {
  readonly host: string;
  readonly isAdmitted: boolean;
  readonly reason?: string;
  readonly message?: string;
}

/** The host that OpenShift's API server gives a route that names none; undefined when it names one. */
export function generatedHost(route: Route): string | undefined {
  const { host = '', subdomain = '' } = route.spec;
  return host !== '' || subdomain !== '' ? undefined : `${route.metadata.name}-${route.metadata.namespace}.${APPS_DOMAIN}`;
}

function hostOf(route: Route): string {
  const { host = '', subdomain = '' } = route.spec;
  return host === '' && subdomain !== '' ? `${subdomain}.${APPS_DOMAIN}` : host;
}

function isOlder(a: Route, b: Route): number {
  const byTime = a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp);
  return byTime === 0 ? a.metadata.uid.localeCompare(b.metadata.uid) : byTime;
}

function judge(route: Route, claims: readonly Route[]): Verdict {
  const host = hostOf(route);
  if (route.spec.wildcardPolicy === 'Subdomain') {
    return { host, isAdmitted: false, reason: 'RouteNotAdmitted', message: 'wildcard routes are not allowed' };
  }
  const rival = claims.find((other) => hostOf(other) === host
    && (other.metadata.namespace !== route.metadata.namespace || (other.spec.path ?? '') === (route.spec.path ?? '')));
  return rival === undefined
    ? { host, isAdmitted: true }
    : { host, isAdmitted: false, reason: 'HostAlreadyClaimed', message: `route ${rival.metadata.name} already exposes ${host} and is older` };
}

/**
 * What OpenShift's default router makes of all routes, by uid. The oldest route with a host claims it for its namespace; inside one
 * namespace routes share a host if their paths differ; wildcards are not allowed. Routes without a host yet are left out.
 * (OpenShift doc: Route status; openshift/router `unique_host`, namespace ownership "Strict".)
 */
export function admitRoutes(routes: readonly Route[]): ReadonlyMap<string, Verdict> {
  const verdicts = new Map<string, Verdict>();
  const claims: Route[] = [];
  for (const route of routes.filter((candidate) => hostOf(candidate) !== '').toSorted(isOlder)) {
    const verdict = judge(route, claims);
    if (verdict.isAdmitted) claims.push(route);
    verdicts.set(route.metadata.uid, verdict);
  }
  return verdicts;
}

function admittedCondition({ isAdmitted, reason, message }: Verdict): Omit<RouteCondition, 'lastTransitionTime'> {
  return { type: 'Admitted', status: isAdmitted ? 'True' : 'False', ...(reason === undefined ? {} : { reason }), ...(message === undefined ? {} : { message }) };
}

function saysSo(route: Route, { host }: Verdict, wanted: RouteCondition): boolean {
  const ingress = route.status?.ingress?.find((entry) => entry.routerName === 'default');
  const current = ingress?.conditions?.find((condition) => condition.type === 'Admitted');
  return ingress?.host === host && current?.status === wanted.status && current.reason === wanted.reason && current.message === wanted.message;
}

/** The status that says so, or undefined if it says so already. `at`: RFC 3339, for a condition that changes. */
export function routeStatus(route: Route, verdict: Verdict, at: string): object | undefined {
  const admitted = admittedCondition(verdict);
  return saysSo(route, verdict, admitted) ? undefined : {
    ingress: [{
      host: verdict.host, routerName: 'default', routerCanonicalHostname: `router-default.${APPS_DOMAIN}`,
      wildcardPolicy: route.spec.wildcardPolicy ?? 'None', conditions: [{ ...admitted, lastTransitionTime: at }],
    }],
  };
}
