import type { Command } from 'commander';
import type { DoctorFlags } from '../doctor/command.ts';
import { addClusterFlags, addOperatorFlag, examples, outputOption, type Exit } from './flags.ts';

/** `tmesh doctor`. */
export function addDoctor(program: Command, exit: Exit): void {
  addOperatorFlag(addClusterFlags(program.command('doctor').description('check a cluster before and after installation: neighbours, versions, permissions, webhooks, policies, members; each finding names its remedy')))
    .addOption(outputOption(['text', 'json']))
    .option('--fix', 'mend what can be mended without taking anything from anybody, then look again')
    .addHelpText('after', examples(
      ['tmesh doctor', 'tmesh doctor --fix', 'tmesh doctor -o json | jq -r \'.checks[].findings[] | select(.severity == "error") | .remedy\''],
      'Exit code: 0 no errors (warnings may be there), 1 errors, 2 the command line or the cluster cannot be used.',
    ))
    .action(async (flags: DoctorFlags) => {
      exit.whenFailing = 2;
      const { doctorCommand } = await import('../doctor/command.ts');
      exit.code = await doctorCommand(flags);
    });
}
