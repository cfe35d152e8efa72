import type { Command } from 'commander';
import type { MigrateFlags } from '../migrate/command.ts';
import { addClusterFlags, addFromFlag, examples, type Exit } from './flags.ts';

/** `tmesh migrate …`. */
export function addMigrate(program: Command, exit: Exit): void {
  const migrate = program.command('migrate').description('move meshes of OpenShift Service Mesh 2.x to this operator');
  addFromFlag(addClusterFlags(migrate.command('plan').description('say what becomes of each mesh: adopted, changed, replaced, dropped, not supported; changes nothing')))
    .option('-o, --output <format>', 'text, wide or json', 'text')
    .addHelpText('after', examples(
      ['tmesh migrate plan', 'tmesh migrate plan --from must-gather.local.123/', 'tmesh migrate plan -o json | jq \'.meshes[].rows[] | select(.fate == "unsupported")\''],
      'Exit code: 0 everything can be moved, 1 something is not supported and needs a decision, 2 the command line, the folder or the cluster cannot be used.',
    ))
    .action(async (flags: MigrateFlags) => {
      exit.whenFailing = 2;
      const { migratePlanCommand } = await import('../migrate/command.ts');
      exit.code = await migratePlanCommand(flags);
    });
}
