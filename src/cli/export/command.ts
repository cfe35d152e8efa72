import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { stringify } from 'yaml';
import * as kinds from '../../api/kinds.ts';
import { sailExport, type SailExport } from '../../domain/export/sail.ts';
import { messageOf } from '../../lib/result.ts';
import type { ClusterFlags, Environment } from '../cluster-session.ts';
import { installedFacts, type OperatorFlags } from '../installed-operator.ts';
import { withReader, type SourceFlags } from '../object-source.ts';
import { readPlayed } from '../played-cluster.ts';
import { UsageError } from '../usage-error.ts';

/** Options of `tmesh export sail` as commander hands them over. */
export interface ExportFlags extends ClusterFlags, SourceFlags, OperatorFlags {
  readonly output: string;
}

/** What would be written, for a cluster or a folder. @throws UsageError when there is neither, or no mesh in it */
export async function exportSail(flags: ClusterFlags & SourceFlags & OperatorFlags, environment: Environment): Promise<SailExport> {
  return withReader(flags, environment, async (reader) => {
    const { of, wanted } = await readPlayed(reader, await installedFacts(reader, flags, environment));
    const exported = sailExport({ controlPlanes: of(kinds.CONTROL_PLANE), namespaces: of(kinds.NAMESPACE), routes: of(kinds.ROUTE), wanted });
    if (exported.files.size === 0) throw new UsageError('there is no ServiceMeshControlPlane to export');
    return exported;
  });
}

/** File name → text. */
export function exportTexts({ files, steps }: SailExport): ReadonlyMap<string, string> {
  const texts = [...files].map(([name, objects]): [string, string] => [name, objects.map((object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false, version: '1.1' })).join('---\n')]);
  return new Map([['README.md', steps], ...texts]);
}

function requireEmpty(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length > 0) throw new UsageError(`${folder} is not empty; give a new folder with -o`);
}

/** `tmesh export sail`: writes the files, prints the folder. Throws UsageError as exportSail does, and for a folder that cannot be written. */
export async function exportSailCommand(flags: ExportFlags): Promise<void> {
  const folder = resolve(flags.output);
  requireEmpty(folder);
  const texts = exportTexts(await exportSail(flags, process.env));
  try {
    for (const [name, text] of texts) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
  } catch (thrown) {
    throw new UsageError(`${folder} cannot be written: ${messageOf(thrown)}`);
  }
  process.stderr.write(`${texts.size} files; begin with README.md\n`);
  process.stdout.write(`${folder}\n`);
}
