import { compareText } from '../../lib/sort.ts';
import type { KubeObject } from '../../k8s/object.ts';
import type { Problem } from '../../k8s/plan.ts';
import type { ResourceType } from '../../k8s/resource.ts';
import { admissionOf } from './admission.ts';
import type { RouteHost } from './hosts.ts';
import { intentOf } from './intent.ts';
import type { IorObserved } from './observed.ts';
import { routesForHost } from './routes.ts';

/** A Gateway that wants a host, and the oldest Route it has for it. */
interface Claim {
  readonly by: string;
  readonly route?: KubeObject;
  readonly order: string;
}

function ageOf({ metadata }: KubeObject): string {
  return `${metadata.creationTimestamp ?? ''} ${metadata.uid ?? ''}`;
}

function claimOf(observed: IorObserved, host: string, type: ResourceType): Claim | undefined {
  const by = `${observed.namespace}/${observed.name}`;
  const [route] = routesForHost(host, observed.routes.filter(({ kind }) => kind === type.kind)).toSorted((a, b) => compareText(ageOf(a), ageOf(b)));
  if (route !== undefined) return { by, route, order: `0 ${ageOf(route)} ${by}` };
  const intent = intentOf(observed);
  const isWanted = intent.kind === 'make' && intent.type === type && intent.hosts.some((wanted) => wanted.host === host);
  return isWanted ? { by, order: `1 ${observed.gateway?.metadata.creationTimestamp ?? ''} ${by}` } : undefined;
}

function lost(host: string, { by, route }: Claim): Problem {
  const where = route === undefined ? '' : ` (${route.kind} ${route.metadata.namespace ?? ''}/${route.metadata.name})`;
  return {
    path: 'spec.servers', value: host, reason: 'HostAlreadyClaimed',
    message: `host ${host} is held by Gateway ${by}${where}; take it out of one of the two Gateways, or put all servers of the host into one`,
  };
}

/**
 * Which hosts a Gateway may have, where others want them too. The one with a Route keeps it, the oldest Route first, as the router judges; before
 * there is any, the oldest Gateway, then by name (wishes.md W26). A Route that a router admits nevertheless, as on another shard, stays.
 * Law: of several Gateways exactly one holds a host, whoever is asked, unless routers admit more.
 */
export function wonHosts(observed: IorObserved, hosts: readonly RouteHost[], type: ResourceType): { readonly hosts: readonly RouteHost[]; readonly problems: readonly Problem[] } {
  const { rivals = [] } = observed;
  if (rivals.length === 0) return { hosts, problems: [] };
  const problems: Problem[] = [];
  const won = hosts.filter(({ host }) => {
    if (host === '*') return true;
    const own = claimOf(observed, host, type);
    const [first] = [observed, ...rivals].flatMap((other) => claimOf(other, host, type) ?? []).toSorted((a, b) => compareText(a.order, b.order));
    if (first === undefined || first.by === own?.by) return true;
    problems.push(lost(host, first));
    return own?.route !== undefined && admissionOf(own.route).status === 'True';
  });
  return { hosts: won, problems };
}
