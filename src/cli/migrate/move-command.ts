import { withCluster, type ClusterFlags, type Environment } from '../cluster-session.ts';
import { operatorNamespaceOf, type OperatorFlags } from '../installed-operator.ts';
import { UsageError } from '../usage-error.ts';
import { applyMigration, finishMigration, undoMigration } from './apply.ts';

/** Options of `tmesh migrate apply`, `undo` and `finish` as commander hands them over. */
export interface MoveFlags extends ClusterFlags, OperatorFlags {
  readonly timeout?: string;
  readonly acceptUnsupported?: boolean;
}

export type MoveStep = 'apply' | 'undo' | 'finish';

const NEXT: Readonly<Record<MoveStep, string>> = {
  apply: 'The meshes are ready. Restart the workloads of their members, look whether all is well, then say `tmesh migrate finish`; until then `tmesh migrate undo` goes back.',
  undo: 'The old operator has the meshes again.',
  finish: 'The move is over. Delete the Subscription and the ClusterServiceVersion of the old operator.',
};

function milliseconds(timeout = '10m'): number {
  const [, amount, unit] = /^(\d+)(s|m|h)$/.exec(timeout) ?? [];
  if (amount === undefined) throw new UsageError(`--timeout ${timeout}: a number with s, m or h, for example 10m`);
  return Number(amount) * { s: 1000, m: 60_000, h: 3_600_000 }[unit as 's' | 'm' | 'h'];
}

/** Carries out one step, telling each write on stderr before it is made. Throws as the steps do. */
export async function moveCommand(step: MoveStep, flags: MoveFlags, environment: Environment = process.env): Promise<void> {
  const timeoutMs = milliseconds(flags.timeout);
  await withCluster(flags, environment, async ({ rest }) => {
    const options = { rest, operatorNamespace: operatorNamespaceOf(flags, environment), isolation: flags.isolation, onProgress: (line: string) => { process.stderr.write(`${line}\n`); } };
    if (step === 'apply') await applyMigration(options, { timeoutMs, acceptUnsupported: flags.acceptUnsupported === true });
    else await (step === 'undo' ? undoMigration : finishMigration)(options);
  });
  process.stdout.write(`${NEXT[step]}\n`);
}
