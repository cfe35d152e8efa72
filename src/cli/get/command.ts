import { CONTROL_PLANE } from '../../api/kinds.ts';
import { sortedUnique } from '../../lib/sort.ts';
import { ClusterReader, IF_UNREACHABLE, type ObjectReader } from '../cluster-reader.ts';
import { withCluster, type ClusterFlags } from '../cluster-session.ts';
import { isColoured } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { GATEWAYS } from './gateways.ts';
import { MEMBERS } from './members.ts';
import { MESHES } from './meshes.ts';
import { ROUTES } from './routes.ts';
import { printedRows } from './table.ts';
import type { View } from './view.ts';

/** What can be shown. */
export type GetKind = 'meshes' | 'members' | 'routes' | 'gateways';

/** How rows are printed. */
export type GetFormat = 'table' | 'wide' | 'json' | 'yaml';

/** Options of `tmesh get` as commander hands them over. */
export interface GetFlags extends ClusterFlags {
  readonly namespace?: string;
  readonly allNamespaces?: true;
  readonly output: GetFormat;
}

const UNSERVED = 404;

type Shown = (reader: ObjectReader, namespace: string | undefined, output: GetFormat) => Promise<{ readonly rows: number; readonly text: string }>;

function shown<Row>(view: View<Row>): Shown {
  return async (reader, namespace, output) => {
    const rows = await view.read(reader, namespace);
    return { rows: rows.length, text: printedRows(view.columns, rows, output, { now: new Date(), isColoured: isColoured(process.stdout, process.env) }) };
  };
}

const VIEWS: Readonly<Record<GetKind, Shown>> = { meshes: shown(MESHES), members: shown(MEMBERS), routes: shown(ROUTES), gateways: shown(GATEWAYS) };

/** Why there is nothing. In: whether the cluster knows what a mesh is. */
function nothingFound(kind: GetKind, namespace: string | undefined, isServed: boolean): string {
  if (!isServed) return `no ${kind} found: the cluster does not serve ${CONTROL_PLANE.plural}.${CONTROL_PLANE.group}, so the operator is not installed; tmesh doctor says what is there\n`;
  return namespace === undefined ? `no ${kind} found\n` : `no ${kind} found in namespace ${namespace}; -n looks in another one, -A in all\n`;
}

/**
 * `tmesh get KIND`: rows on stdout, what could not be read on stderr. Out: the exit code, 1 when something could not be read.
 * @throws UsageError for flags that make no sense, or when there is no cluster
 */
export async function getCommand(kind: GetKind, { output, namespace, allNamespaces, ...flags }: GetFlags): Promise<number> {
  if (namespace !== undefined && allNamespaces === true) throw new UsageError(`--namespace ${namespace} and --all-namespaces contradict each other; give one of them`);
  return withCluster(flags, process.env, async (session) => {
    const reader = new ClusterReader(session.rest, IF_UNREACHABLE);
    const scope = allNamespaces === true ? undefined : namespace ?? session.namespace;
    const { rows, text } = await VIEWS[kind](reader, scope, output);
    const refused = sortedUnique(reader.gaps.filter(({ status }) => status !== UNSERVED).map(({ why }) => why));
    for (const why of refused) process.stderr.write(`tmesh: ${why}\n`);
    if (rows > 0 || !['table', 'wide'].includes(output)) process.stdout.write(text);
    else if (refused.length === 0) process.stderr.write(nothingFound(kind, scope, !reader.gaps.some(({ status, type }) => status === UNSERVED && type?.kind === CONTROL_PLANE.kind)));
    return refused.length === 0 ? 0 : 1;
  });
}
