import { CONTROL_PLANE, INGRESS, MEMBER, NAMESPACE, ROUTE } from '../../api/kinds.ts';
import { GENERATED_BY_IOR, LABEL_GENERATED_BY, LABEL_NAMESPACE_NAME } from '../../api/names.ts';
import { entryOf, type RouteEntry } from '../../domain/ior/route-entry.ts';
import { valueAt } from '../../lib/json.ts';
import { sortedBy } from '../../lib/sort.ts';
import type { KubeObject } from '../../k8s/object.ts';
import type { ResourceType } from '../../k8s/resource.ts';
import type { ListAt, ObjectReader } from '../cluster-reader.ts';
import { meshesOf } from './members.ts';
import type { Tone } from './table.ts';
import type { View } from './view.ts';

/** An entry, and where its Route leads. */
export interface RouteRow extends RouteEntry {
  readonly kind: string;
  readonly target: string;
  readonly tls: string;
}

const textOf = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');

function targetOf(route: KubeObject): string {
  if (route.kind === ROUTE.kind) return `${textOf(valueAt(route, 'spec', 'to', 'name'))}:${textOf(valueAt(route, 'spec', 'port', 'targetPort'))}`;
  const rules = valueAt(route, 'spec', 'rules');
  const paths = valueAt(Array.isArray(rules) ? rules[0] : undefined, 'http', 'paths');
  const backend = valueAt(Array.isArray(paths) ? paths[0] : undefined, 'backend', 'service');
  return `${textOf(valueAt(backend, 'name'))}:${textOf(valueAt(backend, 'port', 'name')) || textOf(valueAt(backend, 'port', 'number'))}`;
}

function tlsOf(route: KubeObject): string {
  const redirect = textOf(valueAt(route, 'spec', 'tls', 'insecureEdgeTerminationPolicy'));
  return [textOf(valueAt(route, 'spec', 'tls', 'termination')), redirect].filter((word) => word !== '').join('/');
}

/** What the operator says of hosts that have no Route: it stands in the status of SMCPs only. */
function withoutRoute(controlPlane: KubeObject): RouteRow[] {
  const routes = valueAt(controlPlane, 'status', 'routes');
  return (Array.isArray(routes) ? routes : []).filter((entry) => textOf(valueAt(entry, 'route')) === '').map((entry) => {
    const text = (name: string): string => textOf(valueAt(entry, name));
    return { gateway: text('gateway'), host: text('host'), route: '', admitted: 'False', reason: text('reason'), message: text('message'), routers: '', kind: '', target: '', tls: '' };
  });
}

/**
 * Rows by Gateway and host. In: Routes (those of IOR, and others that may hold a host), Ingresses of IOR, control planes, and a namespace of Gateways.
 */
export function routeRows(routes: readonly KubeObject[], controlPlanes: readonly KubeObject[], namespace?: string): RouteRow[] {
  const ours = routes.filter((route) => route.metadata.labels?.[LABEL_GENERATED_BY] === GENERATED_BY_IOR);
  const rows = [...ours.map((route) => ({ ...entryOf(route, routes), kind: route.kind, target: targetOf(route), tls: tlsOf(route) })), ...controlPlanes.flatMap(withoutRoute)];
  const wanted = namespace === undefined ? rows : rows.filter(({ gateway }) => gateway.startsWith(`${namespace}/`));
  return sortedBy(wanted, (row) => `${row.gateway} ${row.host} ${row.route} ${row.reason}`);
}

const TONES: Readonly<Record<string, Tone>> = { True: 'good', False: 'bad', Unknown: 'waiting' };

type Place = Pick<ListAt, 'namespace' | 'isOptional'>;

/** Routes of a namespace's Gateways are beside the gateway that serves them: in it, or in its mesh, which a project admin may not be allowed to read. */
async function placesOf(reader: ObjectReader, namespace: string): Promise<readonly Place[]> {
  const [own, members] = await Promise.all([
    reader.list(NAMESPACE, { labelSelector: `${LABEL_NAMESPACE_NAME}=${namespace}`, isOptional: true }), reader.list(MEMBER, { namespace, isOptional: true }),
  ]);
  return [{ namespace, isOptional: false }, ...meshesOf(namespace, own, members).map((mesh) => ({ namespace: mesh, isOptional: true }))];
}

/** Hosts of Gateways; a namespace is that of the Gateways. */
export const ROUTES: View<RouteRow> = {
  columns: [
    { title: 'GATEWAY', cell: ({ gateway }) => gateway },
    { title: 'HOST', cell: ({ host }) => host },
    { title: 'ROUTE', cell: ({ route }) => route },
    { title: 'ADMITTED', cell: ({ admitted }) => admitted, tone: ({ admitted }) => TONES[admitted] ?? 'waiting' },
    { title: 'REASON', cell: ({ reason }) => reason },
    { title: 'KIND', cell: ({ kind }) => kind, isWide: true },
    { title: 'TARGET', cell: ({ target }) => target, isWide: true },
    { title: 'TLS', cell: ({ tls }) => tls, isWide: true },
    { title: 'ROUTERS', cell: ({ routers }) => routers, isWide: true },
    { title: 'MESSAGE', cell: ({ message }) => message, isWide: true },
  ],
  read: async (reader, namespace) => {
    const places: readonly Place[] = namespace === undefined ? [{ isOptional: false }] : await placesOf(reader, namespace);
    const of = async (type: ResourceType, at: ListAt = {}): Promise<readonly KubeObject[]> => (await Promise.all(places.map((place) => reader.list(type, { ...at, ...place })))).flat();
    const [routes, ingresses, planes] = await Promise.all([of(ROUTE), of(INGRESS, { labelSelector: `${LABEL_GENERATED_BY}=${GENERATED_BY_IOR}` }), of(CONTROL_PLANE)]);
    return routeRows([...routes, ...ingresses], planes, namespace);
  },
};
