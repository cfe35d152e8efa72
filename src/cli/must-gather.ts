import { resolve } from 'node:path';
import { NAMESPACE } from '../api/kinds.ts';
import { OPERATOR_NAME } from '../api/names.ts';
import { resourcePath } from '../k8s/resource.ts';
import { ApiError, type Rest } from '../runtime/rest.ts';
import { withCluster, type ClusterFlags, type Environment } from './cluster-session.ts';
import { gatherDiagnostics, type Gathered } from './diagnostics/gather.ts';
import { progressOn } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** Options of `tmesh must-gather` as commander hands them over. */
export interface MustGatherFlags extends ClusterFlags {
  readonly output?: string;
  readonly namespace?: string;
  readonly operatorNamespace?: string;
}

/** A folder name that sorts by time and does not exist yet. */
function defaultFolder(now: Date): string {
  return `tmesh-must-gather-${now.toISOString().slice(0, 19).replaceAll(':', '').replace('T', '-')}`;
}

async function requireNamespace(rest: Rest, name: string): Promise<void> {
  try {
    await rest.call({ method: 'GET', path: resourcePath(NAMESPACE, { name }) });
  } catch (thrown) {
    if (thrown instanceof ApiError && thrown.status === 404) throw new UsageError(`namespace ${name} does not exist; give the control-plane namespace of a mesh with -n`);
    // 403 and the like: it will be a gap in the report.
    if (!(thrown instanceof ApiError)) throw thrown;
  }
}

/**
 * Gathers a report with the identity of a kubeconfig. In: the flags, the environment (KUBECONFIG, HOME, proxies, POD_NAMESPACE), and who
 * wants to hear of the progress. Out: what was gathered, and where.
 * @throws UsageError when there is no cluster, no such namespace, or no folder to write to
 */
export async function mustGather(
  flags: MustGatherFlags, environment: Environment, onProgress: (line: string) => void,
): Promise<Gathered & { readonly dir: string }> {
  return withCluster(flags, environment, async ({ rest, serverVersion }) => {
    const { namespace } = flags;
    if (namespace !== undefined) await requireNamespace(rest, namespace);
    const dir = resolve(flags.output ?? defaultFolder(new Date()));
    const operatorNamespace = flags.operatorNamespace ?? environment['POD_NAMESPACE'] ?? OPERATOR_NAME;
    return { ...await gatherDiagnostics({ rest, dir, operatorNamespace, serverVersion, onProgress, ...(namespace === undefined ? {} : { namespace }) }), dir };
  });
}

/** `tmesh must-gather`: progress on stderr (on a terminal) and what came of it, the folder on stdout. Throws UsageError as mustGather does. */
export async function mustGatherCommand(flags: MustGatherFlags): Promise<void> {
  const { dir, files, meshes, members, gaps } = await mustGather(flags, process.env, progressOn(process.stderr));
  const unread = gaps.length === 0 ? '' : `; ${gaps.length} thing${gaps.length === 1 ? '' : 's'} could not be read, see summary.md`;
  process.stderr.write(`${files} files about ${meshes.length} mesh${meshes.length === 1 ? '' : 'es'} with ${members} member${members === 1 ? '' : 's'}${unread}\n`);
  process.stdout.write(`${dir}\n`);
}
