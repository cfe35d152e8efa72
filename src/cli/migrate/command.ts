import { migrationPlan } from '../../domain/migrate/plan.ts';
import { needsDecision, type MigrationPlan } from '../../domain/migrate/row.ts';
import { migrationText } from '../../domain/migrate/text.ts';
import type { ClusterFlags, Environment } from '../cluster-session.ts';
import { installedFacts, type OperatorFlags } from '../installed-operator.ts';
import { withReader, type SourceFlags } from '../object-source.ts';
import { readMigration } from './read.ts';

/** Options of `tmesh migrate plan` as commander hands them over. */
export interface MigrateFlags extends ClusterFlags, SourceFlags, OperatorFlags {
  readonly output: 'text' | 'wide' | 'json';
}

/** The plan for a live cluster or a must-gather folder. @throws UsageError when there is no such cluster or folder */
export async function migratePlan(flags: MigrateFlags, environment: Environment): Promise<MigrationPlan> {
  return withReader(flags, environment, async (reader) => migrationPlan(await readMigration(reader, await installedFacts(reader, flags, environment))));
}

/** Prints it. Out: the exit code, 0 everything can be moved, 1 something needs a decision. */
export async function migratePlanCommand(flags: MigrateFlags): Promise<number> {
  const plan = await migratePlan(flags, process.env);
  process.stdout.write(flags.output === 'json' ? `${JSON.stringify(plan, undefined, 2)}\n` : migrationText(plan, flags.output === 'wide'));
  return needsDecision(plan) ? 1 : 0;
}
