import * as kinds from '../../api/kinds.ts';
import { isApart, isolationMatrix, type Reach } from '../../domain/isolation/matrix.ts';
import { isolationPicture } from '../../domain/isolation/picture.ts';
import { ClusterReader, IF_UNREACHABLE, type ObjectReader } from '../cluster-reader.ts';
import { withCluster, type ClusterFlags, type Environment } from '../cluster-session.ts';
import { FolderReader } from '../folder-reader.ts';
import { printedRows, type Column } from '../get/table.ts';
import { realGaps, type SourceFlags } from '../object-source.ts';
import { isColoured } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

/** Options of `tmesh isolation` as commander hands them over. */
export interface IsolationFlags extends ClusterFlags, SourceFlags {
  readonly output: 'table' | 'wide' | 'json' | 'yaml' | 'svg';
}

const COLUMNS: readonly Column<Reach>[] = [
  { title: 'FROM', cell: ({ from }) => from },
  { title: 'TO', cell: ({ to }) => to },
  { title: 'APART', cell: (reach) => (isApart(reach) ? 'yes' : 'NO'), tone: (reach) => (isApart(reach) ? 'good' : 'bad') },
  { title: 'API', cell: ({ api }) => api },
  { title: 'CONFIG', cell: ({ config }) => config },
  { title: 'ROOT', cell: ({ root }) => root },
  { title: 'POLICY', cell: ({ policy }) => policy },
  { title: 'WHY', cell: ({ why }) => why.join('; '), isWide: true },
];

async function read(reader: ObjectReader): Promise<readonly Reach[]> {
  const [controlPlanes, namespaces, networkPolicies, configMaps, clusterRoles, roles, clusterRoleBindings, roleBindings] = await Promise.all([
    kinds.CONTROL_PLANE, kinds.NAMESPACE, kinds.NETWORK_POLICY, kinds.CONFIG_MAP, kinds.CLUSTER_ROLE, kinds.ROLE, kinds.CLUSTER_ROLE_BINDING, kinds.ROLE_BINDING,
  ].map((type) => reader.list(type)));
  return isolationMatrix({
    controlPlanes: controlPlanes ?? [], namespaces: namespaces ?? [], networkPolicies: networkPolicies ?? [], configMaps: configMaps ?? [], clusterRoles: clusterRoles ?? [], roles: roles ?? [],
    clusterRoleBindings: clusterRoleBindings ?? [], roleBindings: roleBindings ?? [],
  });
}

/** The matrix of a cluster or a folder. @throws UsageError when there is neither, or when something may not be read: a matrix with holes would show meshes apart that are not */
export async function isolation(flags: ClusterFlags & SourceFlags, environment: Environment): Promise<readonly Reach[]> {
  if (flags.from !== undefined) return read(new FolderReader(flags.from));
  return withCluster(flags, environment, async ({ rest }) => {
    const reader = new ClusterReader(rest, IF_UNREACHABLE);
    const matrix = await read(reader);
    const [gap] = realGaps(reader.gaps);
    if (gap !== undefined) throw new UsageError(`${gap.why}; isolation reads namespaces, NetworkPolicies, ConfigMaps and RBAC of the whole cluster, so ask somebody who may`);
    return matrix;
  });
}

/** `tmesh isolation`: prints the matrix. Out: the exit code, 0 when all meshes are apart, 1 when one reaches another or the rest of the cluster. */
export async function isolationCommand({ output, ...flags }: IsolationFlags): Promise<number> {
  const matrix = await isolation(flags, process.env);
  if (matrix.length === 0) process.stderr.write('no control plane found: there is nothing to keep apart\n');
  const text = output === 'svg' ? isolationPicture(matrix) : printedRows(COLUMNS, matrix, output, { now: new Date(), isColoured: isColoured(process.stdout, process.env) });
  if (matrix.length > 0 || !['table', 'wide'].includes(output)) process.stdout.write(text);
  return matrix.every(isApart) ? 0 : 1;
}
