import { stringify } from 'yaml';
import { CONTROL_PLANE, INGRESS, ROUTE } from '../api/kinds.ts';
import { GENERATED_BY_IOR, LABEL_GENERATED_BY } from '../api/names.ts';
import { entryOf, type RouteEntry } from '../domain/ior/route-entry.ts';
import { valueAt } from '../lib/json.ts';
import { sortedBy } from '../lib/sort.ts';
import type { KubeObject } from '../k8s/object.ts';
import { ClusterReader, UNLESS_UNSERVED } from './cluster-reader.ts';
import { withCluster, type ClusterFlags } from './cluster-session.ts';
import { UsageError } from './usage-error.ts';

/** Options of `tmesh get routes` as commander hands them over. */
export interface GetRoutesFlags extends ClusterFlags {
  /** Only Gateways of this namespace. */
  readonly namespace?: string;
  readonly output?: string;
}

/** An entry, and where its Route leads. */
export interface RouteRow extends RouteEntry {
  readonly kind: string;
  readonly target: string;
  readonly tls: string;
}

const FORMATS = ['table', 'wide', 'json', 'yaml'];
const COLUMNS: readonly (keyof RouteRow)[] = ['gateway', 'host', 'route', 'admitted', 'reason'];
const WIDE: readonly (keyof RouteRow)[] = [...COLUMNS, 'kind', 'target', 'tls', 'routers', 'message'];

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

/** The rows as `kubectl get` would print them. */
export function routeTable(rows: readonly RouteRow[], isWide: boolean): string {
  const columns = isWide ? WIDE : COLUMNS;
  const lines = [columns.map((name) => name.toUpperCase()), ...rows.map((row) => columns.map((name) => row[name] || '-'))];
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  return lines.map((line) => `${line.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('   ').trimEnd()}\n`).join('');
}

/** The rows in one of the formats of `-o`. */
export function printedRows(rows: readonly RouteRow[], output: string): string {
  if (output === 'json') return `${JSON.stringify(rows, undefined, 2)}\n`;
  return output === 'yaml' ? stringify(rows, { lineWidth: 0 }) : routeTable(rows, output === 'wide');
}

/** `tmesh get routes`: prints on stdout. Throws UsageError for an unknown format, or when there is no cluster. */
export async function getRoutesCommand({ output = 'table', namespace, ...flags }: GetRoutesFlags): Promise<void> {
  if (!FORMATS.includes(output)) throw new UsageError(`--output ${output}: unknown format; ${FORMATS.join(', ')}`);
  await withCluster(flags, process.env, async ({ rest }) => {
    const reader = new ClusterReader(rest, UNLESS_UNSERVED);
    const labelSelector = `${LABEL_GENERATED_BY}=${GENERATED_BY_IOR}`;
    const [routes, ingresses, planes] = await Promise.all([reader.list(ROUTE), reader.list(INGRESS, { labelSelector }), reader.list(CONTROL_PLANE)]);
    const rows = routeRows([...routes, ...ingresses], planes, namespace);
    if (rows.length === 0 && (output === 'table' || output === 'wide')) process.stderr.write('no Routes of Gateways found\n');
    else process.stdout.write(printedRows(rows, output));
  });
}
