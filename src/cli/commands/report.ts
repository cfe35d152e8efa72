import type { Command } from 'commander';
import type { ReportFlags } from '../report/command.ts';
import { addClusterFlags, addFromFlag, examples, type Exit } from './flags.ts';

/** `tmesh report`. */
export function addReport(program: Command, exit: Exit): void {
  addFromFlag(addClusterFlags(program.command('report').description('write one static HTML page about all meshes: members, versions, gateways, Routes, conflicts, drift, as tables and as a map')))
    .option('-o, --output <file>', 'file to write; "-" is standard output', 'tmesh-report.html')
    .addHelpText('after', examples(['tmesh report', 'tmesh report --from tmesh-must-gather-20270101-120000 -o - > report.html'], 'The page makes no request to anywhere and holds no Secret.'))
    .action(async (flags: ReportFlags) => {
      exit.whenFailing = 2;
      const { reportCommand } = await import('../report/command.ts');
      await reportCommand(flags);
    });
}
