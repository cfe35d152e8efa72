import type { Command } from 'commander';
import type { MustGatherFlags } from '../must-gather.ts';
import { addClusterFlags, addOperatorFlag, examples } from './flags.ts';

/** `tmesh must-gather`. */
export function addMustGather(program: Command): void {
  addOperatorFlag(addClusterFlags(program.command('must-gather').description('collect objects, events and logs of meshes and of the operator into a folder, without secrets')))
    .option('-o, --output <folder>', 'folder to fill, empty or new (default: tmesh-must-gather-<time>)')
    .option('-n, --namespace <name>', 'control-plane namespace of one mesh (default: all meshes)')
    .addHelpText('after', examples(
      ['tmesh must-gather', 'tmesh must-gather -n istio-system -o /tmp/report --kubeconfig ~/.kube/config'],
      'Secrets stay out: of them the folder has names and keys only. Have a look all the same before you give it away.',
    ))
    .action(async (flags: MustGatherFlags) => {
      const { mustGatherCommand } = await import('../must-gather.ts');
      await mustGatherCommand(flags);
    });
}
