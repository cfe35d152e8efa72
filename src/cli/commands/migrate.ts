import type { Command } from 'commander';
import type { MigrateFlags } from '../migrate/command.ts';
import type { MoveFlags, MoveStep } from '../migrate/move-command.ts';
import { addClusterFlags, addFromFlag, addInstalledFlags, examples, outputOption, type Exit } from './flags.ts';

const MOVES: Readonly<Record<MoveStep, string>> = {
  apply: 'stop the old operator, hand the meshes over and wait until they are ready; may be interrupted and said again',
  undo: 'give the meshes back to the old operator; possible until finish',
  finish: 'delete what nothing uses any more; there is no way back from here',
};

async function move(step: MoveStep, flags: MoveFlags): Promise<void> {
  const { moveCommand } = await import('../migrate/move-command.ts');
  await moveCommand(step, flags);
}

function addMoves(migrate: Command): void {
  addInstalledFlags(addClusterFlags(migrate.command('apply').description(MOVES.apply)))
    .option('--timeout <time>', 'how long to wait for the meshes', '10m')
    .option('--accept-unsupported', 'go on although the plan has something that is not supported', false)
    .addHelpText('after', examples(['tmesh migrate plan', 'tmesh migrate apply', 'tmesh migrate finish'], 'Each write is told on stderr before it is made. What the way back needs is kept in the ConfigMap tmesh-migration in the namespace of the operator.'))
    .action((flags: MoveFlags) => move('apply', flags));
  for (const step of ['undo', 'finish'] as const) addInstalledFlags(addClusterFlags(migrate.command(step).description(MOVES[step]))).action((flags: MoveFlags) => move(step, flags));
}

/** `tmesh migrate …`. */
export function addMigrate(program: Command, exit: Exit): void {
  const migrate = program.command('migrate').description('move meshes of OpenShift Service Mesh 2.x to this operator');
  addInstalledFlags(addFromFlag(addClusterFlags(migrate.command('plan').description('say what becomes of each mesh: adopted, changed, replaced, dropped, not supported; changes nothing'))))
    .addOption(outputOption(['text', 'wide', 'json']))
    .addHelpText('after', examples(
      ['tmesh migrate plan', 'tmesh migrate plan --from must-gather.local.123/', 'tmesh migrate plan -o json | jq \'.meshes[].rows[] | select(.fate == "unsupported")\''],
      'Exit code: 0 everything can be moved, 1 something is not supported and needs a decision, 2 the command line, the folder or the cluster cannot be used.',
    ))
    .action(async (flags: MigrateFlags) => {
      exit.whenFailing = 2;
      const { migratePlanCommand } = await import('../migrate/command.ts');
      exit.code = await migratePlanCommand(flags);
    });
  addMoves(migrate);
}
