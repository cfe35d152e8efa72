import type { Command } from 'commander';
import type { WhyFlags } from '../why.ts';
import { addClusterFlags, addOperatorFlag, examples, outputOption, type Exit } from './flags.ts';

/** `tmesh why`. */
export function addWhy(program: Command, exit: Exit): void {
  addOperatorFlag(addClusterFlags(program.command('why <namespace>').description('explain why a namespace is in its mesh or not, link by link, with the command that mends it')))
    .addOption(outputOption(['text', 'json']))
    .addHelpText('after', examples(
      ['tmesh why my-project', 'tmesh why my-project -o json | jq -r \'.links[] | select(.state == "broken") | .command\''],
      'Exit code: 0 in order, 1 something is broken, 2 the command line or the cluster cannot be used.',
    ))
    .action(async (namespace: string, flags: WhyFlags) => {
      exit.whenFailing = 2;
      const { whyCommand } = await import('../why.ts');
      exit.code = await whyCommand(namespace, flags);
    });
}
