import type { Command } from 'commander';
import type { ExportFlags } from '../export/command.ts';
import { addClusterFlags, addFromFlag, addInstalledFlags, examples, type Exit } from './flags.ts';

/** `tmesh export …`. */
export function addExport(program: Command, exit: Exit): void {
  const out = program.command('export').description('write down meshes for another operator');
  addInstalledFlags(addFromFlag(addClusterFlags(out.command('sail').description('write Sail (OpenShift Service Mesh 3) objects, labels, gateways, Routes and NetworkPolicies that keep the meshes working without this operator; changes nothing'))))
    .option('-o, --output <folder>', 'folder to fill, empty or new', 'sail')
    .addHelpText('after', examples(['tmesh export sail -o sail/', 'tmesh export sail --from tmesh-must-gather-20270101-120000 -o sail/'], 'The folder\'s README.md says what to do, in which order.'))
    .action(async (flags: ExportFlags) => {
      exit.whenFailing = 2;
      const { exportSailCommand } = await import('../export/command.ts');
      await exportSailCommand(flags);
    });
}
