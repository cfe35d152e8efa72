import { ClusterReader, IF_UNREACHABLE, type Gap, type ObjectReader } from './cluster-reader.ts';
import { withCluster, type ClusterFlags, type Environment } from './cluster-session.ts';
import { FolderReader } from './folder-reader.ts';

/** Where a command that only reads takes objects from. */
export interface SourceFlags {
  /** A folder in which a cluster was written down, instead of a cluster. */
  readonly from?: string;
}

/** A kind that the cluster does not serve is no gap. */
export function realGaps(gaps: readonly Gap[]): readonly Gap[] {
  return gaps.filter(({ status }) => status !== 404);
}

function tellGaps(gaps: readonly Gap[]): void {
  for (const { what, why } of realGaps(gaps)) process.stderr.write(`tmesh: ${what} could not be read: ${why}\n`);
}

/** Opens the folder or the cluster for one piece of work. What could not be read is told on stderr. @throws UsageError when there is neither; what the work throws */
export async function withReader<T>(flags: ClusterFlags & SourceFlags, environment: Environment, work: (reader: ObjectReader) => Promise<T>): Promise<T> {
  if (flags.from !== undefined) return work(new FolderReader(flags.from));
  return withCluster(flags, environment, async ({ rest }) => {
    const reader = new ClusterReader(rest, IF_UNREACHABLE);
    const result = await work(reader);
    tellGaps(reader.gaps);
    return result;
  });
}
