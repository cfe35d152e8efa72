import { Option, type Command } from 'commander';
import { operatorConfig, type RunFlags } from '../config.ts';
import { addClusterFlags, examples, isolationOption } from './flags.ts';

/** `tmesh run`. */
export function addRun(program: Command): void {
  addClusterFlags(program.command('run').description('run the operator against a cluster until it is stopped'))
    .option('--webhook-url <url>', 'https URL under which the API server reaches this process (outside of a cluster)')
    .option('--webhook-port <port>', 'port to serve webhooks on (default: the port of --webhook-url, else 9443)')
    .option('--webhook-cert-dir <folder>', 'folder with tls.crt and tls.key to serve webhooks with; whoever fills it registers the webhooks (default: $WEBHOOK_CERT_DIR, else own certificates)')
    .option('--webhook-cert-secret <name>', 'Secret that is mounted there, watched so that a new certificate is served at once (default: $WEBHOOK_CERT_SECRET)')
    .option('--health-port <port>', 'port of /healthz, /livez and /readyz (default: 8081)')
    .option('--metrics-port <port>', 'port of /metrics (default: 8080)')
    .option('--bind-address <ip>', 'address to listen on (default: all; with --webhook-url 127.0.0.1)')
    .option('--no-leader-elect', 'start at once, without a lease')
    .option('--lease-duration <seconds>', 'how long a lost leader is waited for (default: 15; longer where the API server may be away, as on single nodes)')
    .option('--operator-namespace <name>', 'namespace of the operator (default: $POD_NAMESPACE, else tenant-mesh-operator)')
    .option('--ingress-namespace-label <key=value>', 'label of the namespaces that may reach exposed pods (default: found)')
    .addOption(isolationOption('$ISOLATION'))
    .option('--takeover', 'work even while the operator of OpenShift Service Mesh 2 runs (default: write nothing then)')
    .addOption(new Option('--log-level <level>', 'how much is logged (default: $LOG_LEVEL, else info)').choices(['debug', 'info', 'warn', 'error', 'silent']))
    .addHelpText('after', examples(
      ['kubectl apply --server-side -f crds/', 'tmesh run --kubeconfig ~/.kube/config --webhook-url https://127.0.0.1:9443 --health-port 8081'],
      'Ready when GET http://127.0.0.1:8081/readyz answers 200. SIGTERM ends it.',
    ))
    .action(async (flags: RunFlags) => {
      const { run } = await import('../run.ts');
      await run(operatorConfig(flags, process.env));
    });
}
