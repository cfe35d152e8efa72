import { Argument, type Command } from 'commander';
import { SHELLS, type Shell } from '../completion/scripts.ts';
import { examples } from './flags.ts';

/** `tmesh completion`. */
export function addCompletion(program: Command): void {
  program.command('completion')
    .description('print the script that completes commands, flags and the names of namespaces and meshes in a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText('after', examples(
      ['source <(tmesh completion bash)', 'tmesh completion zsh > "${fpath[1]}/_tmesh"', 'tmesh completion fish > ~/.config/fish/completions/tmesh.fish'],
      'As a plugin of kubectl nothing is to be done: kubectl asks kubectl_complete-tmesh when that is in the PATH.',
    ))
    .action(async (shell: Shell) => {
      const { completionScript } = await import('../completion/scripts.ts');
      process.stdout.write(completionScript(shell));
    });
}
