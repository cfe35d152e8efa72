import { Option, type Command } from 'commander';
import type { ScopedApiFlags } from '../scoped-api.ts';
import { addClusterFlags, examples } from './flags.ts';

/** `tmesh scoped-api`. */
export function addScopedApi(program: Command): void {
  addClusterFlags(program.command('scoped-api').description('stand in for the API server before istiods: each sees the namespaces of its own mesh'))
    .requiredOption('--cert-dir <folder>', 'folder with tls.crt and tls.key to serve with; renewed files are taken over')
    .option('--port <port>', 'port to serve on (default: 8443)')
    .option('--health-port <port>', 'port of /healthz, /livez and /readyz (default: 8081)')
    .option('--bind-address <ip>', 'address to listen on', '0.0.0.0')
    .addOption(new Option('--log-level <level>', 'how much is logged').choices(['debug', 'info', 'warn', 'error', 'silent']).default('info'))
    .addHelpText('after', examples(
      ['tmesh scoped-api --kubeconfig scoped-api.kubeconfig --cert-dir ./certificates --bind-address 127.0.0.1'],
      'The operator runs it in its own namespace (--isolation hard); docs/isolation.md says what it keeps apart and how an istiod is led to it. SIGTERM ends it.',
    ))
    .action(async (flags: ScopedApiFlags) => {
      const { scopedApi } = await import('../scoped-api.ts');
      await scopedApi(flags, process.env);
    });
}
