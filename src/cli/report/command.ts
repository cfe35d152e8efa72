import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as kinds from '../../api/kinds.ts';
import { LABEL_MANAGED_BY, MANAGED_BY } from '../../api/names.ts';
import { reportOf, type Report } from '../../domain/report/model.ts';
import { reportPage } from '../../domain/report/page.ts';
import { messageOf } from '../../lib/result.ts';
import { ClusterReader, IF_UNREACHABLE, type ObjectReader } from '../cluster-reader.ts';
import { withCluster, type ClusterFlags, type Environment } from '../cluster-session.ts';
import { FolderReader } from '../folder-reader.ts';
import { realGaps, type SourceFlags } from '../object-source.ts';
import { UsageError } from '../usage-error.ts';

/** Options of `tmesh report` as commander hands them over. */
export interface ReportFlags extends ClusterFlags, SourceFlags {
  readonly output: string;
}

async function read(reader: ObjectReader, told: Pick<Report, 'title' | 'readAt'>, gaps: () => readonly string[]): Promise<Report> {
  const [controlPlanes, rolls, deployments, events] = await Promise.all([
    reader.list(kinds.CONTROL_PLANE), reader.list(kinds.MEMBER_ROLL), reader.list(kinds.DEPLOYMENT, { labelSelector: `${LABEL_MANAGED_BY}=${MANAGED_BY}` }), reader.list(kinds.EVENT),
  ]);
  return reportOf({ controlPlanes, rolls, deployments, events }, { ...told, gaps: gaps() });
}

/** The page for a cluster or a folder. In: the time to put on it. @throws UsageError when there is neither */
export async function report(flags: ClusterFlags & SourceFlags, environment: Environment, now: Date): Promise<string> {
  const readAt = `${now.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  if (flags.from !== undefined) return reportPage(await read(new FolderReader(flags.from), { title: `Meshes in ${flags.from}`, readAt }, () => []));
  return withCluster(flags, environment, async ({ rest, server }) => {
    const reader = new ClusterReader(rest, IF_UNREACHABLE);
    return reportPage(await read(reader, { title: `Meshes of ${new URL(server).host}`, readAt }, () => realGaps(reader.gaps).map(({ what, why }) => `${what}: ${why}`)));
  });
}

/** `tmesh report`: writes the page, prints its path; `-o -` prints the page. Throws UsageError as report does, and for a file that cannot be written. */
export async function reportCommand(flags: ReportFlags): Promise<void> {
  const page = await report(flags, process.env, new Date());
  if (flags.output === '-') {
    process.stdout.write(page);
    return;
  }
  const file = resolve(flags.output);
  try {
    writeFileSync(file, page);
  } catch (thrown) {
    throw new UsageError(`${file} cannot be written: ${messageOf(thrown)}`);
  }
  process.stdout.write(`${file}\n`);
}
