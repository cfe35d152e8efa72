import type { Command } from 'commander';
import type { DiffFlags } from '../diff/command.ts';
import { addClusterFlags, addInstalledFlags, collect, examples, type Exit } from './flags.ts';

/** `tmesh diff`. */
export function addDiff(program: Command, exit: Exit): void {
  addInstalledFlags(addClusterFlags(program.command('diff').description('show what the operator would change for a new control plane, or because it is a new version, as a unified diff; changes nothing')))
    .argument('[mesh]', 'NAMESPACE/NAME of a control plane (default: all meshes, and what they share)')
    .option('-f, --filename <file>', 'file or folder to compare with: control planes, rolls, members, gateways; "-" reads standard input; may be repeated', collect, [])
    .option('-n, --namespace <name>', 'namespace of objects that name none (default: that of the context)')
    .option('--ingress-namespace-label <key=value>', 'as the operator has it (default: read from its Deployment)')
    .addHelpText('after', examples(
      ['tmesh diff -n istio-system -f smcp.yaml', 'tmesh diff istio-system/basic', 'tmesh diff > before-the-upgrade.diff'],
      'A file counts as the whole spec of its object, as with kubectl replace. Each write is tried by the API server as a dry run, with the operator\'s field managers: you need the rights to write what you compare.\nValues of Secrets are not read.',
      'Exit code: 0 nothing would change, 1 something would, 2 the command line, a file or the cluster cannot be used.',
    ))
    .action(async (mesh: string | undefined, flags: DiffFlags) => {
      exit.whenFailing = 2;
      const { diffCommand } = await import('../diff/command.ts');
      exit.code = await diffCommand(mesh, flags);
    });
}
