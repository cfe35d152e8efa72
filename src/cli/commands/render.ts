import type { Command } from 'commander';
import type { RenderOptions } from '../render.ts';
import { collect, examples, isolationOption, outputOption } from './flags.ts';

/** `tmesh render`. */
export function addRender(program: Command): void {
  program.command('render')
    .description('print every object the operator would apply for the given files; needs no cluster')
    .requiredOption('-f, --filename <file>', 'file or folder with control planes, rolls, members, gateways and namespaces; "-" reads standard input; may be repeated', collect, [])
    .option('-n, --namespace <name>', 'namespace of objects that name none', 'default')
    .option('--profile <file>', 'control plane to use as a profile, named after the file; may be repeated', collect, [])
    .option('--openshift', 'render for a cluster that serves OpenShift Routes', false)
    .addOption(isolationOption())
    .addOption(outputOption(['yaml', 'json']))
    .addHelpText('after', examples(['tmesh render -n istio-system -f smcp.yaml -f smmr.yaml', 'tmesh render -f smcp.yaml --profile profiles/large.yaml', 'tmesh render -f mesh/ --openshift | kubectl apply --server-side -f -']))
    .action(async (flags: RenderOptions) => {
      const { renderCommand } = await import('../render.ts');
      renderCommand(flags);
    });
}
