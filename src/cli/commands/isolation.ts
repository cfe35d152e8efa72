import type { Command } from 'commander';
import type { IsolationFlags } from '../isolation/command.ts';
import { addClusterFlags, addFromFlag, examples, outputOption, type Exit } from './flags.ts';

/** `tmesh isolation`. */
export function addIsolation(program: Command, exit: Exit): void {
  addFromFlag(addClusterFlags(program.command('isolation').description('show which mesh reaches which: rights of its istiod, configuration, root of trust, NetworkPolicies')))
    .addOption(outputOption(['table', 'wide', 'json', 'yaml', 'svg']))
    .addHelpText('after', examples(
      ['tmesh isolation', 'tmesh isolation -o wide', 'tmesh isolation -o svg > isolation.svg'],
      'Told from the objects of the cluster: RBAC, NetworkPolicies, ConfigMaps, labels. Whether policies are enforced is up to the network: tmesh doctor.',
      'Exit code: 0 all meshes are apart, 1 one reaches another or the rest of the cluster, 2 the command line, a folder or the cluster cannot be used.',
    ))
    .action(async (flags: IsolationFlags) => {
      exit.whenFailing = 2;
      const { isolationCommand } = await import('../isolation/command.ts');
      exit.code = await isolationCommand(flags);
    });
}
