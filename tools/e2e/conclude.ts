import { writeDiagnostics } from './diagnostics.ts';
import { say } from './screen.ts';
import type { Stage, WalkResult } from './stage.ts';

/** Where to look, and where to leave what was found. */
export interface Places {
  /** The cluster's folder. */
  readonly dir: string;
  /** For a run in which a check failed; emptied before. */
  readonly diagnostics: string;
}

/** The end of a run: prints the figures, and when a check failed leaves the diagnostics while the cluster still stands. Out: what came of the run. */
export async function conclude(stage: Pick<Stage, 'client' | 'kubectl' | 'feed' | 'checks' | 'figures'>, { dir, diagnostics }: Places): Promise<WalkResult> {
  const { checks: { passed, failures }, figures } = stage;
  say('\n== Figures');
  for (const [name, value] of Object.entries(figures)) say(`  ${name.padEnd(60)}${value}`);
  if (failures.length > 0) {
    await writeDiagnostics(stage, dir, diagnostics);
    say(`\nWhat the cluster looked like (no Secrets): ${diagnostics}`);
  }
  return { passed, failures };
}
