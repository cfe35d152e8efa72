import { Command, CommanderError } from 'commander';
import { messageOf } from '../lib/result.ts';
import { OPERATOR_VERSION } from './build-version.ts';
import { operatorConfig, type RunFlags } from './config.ts';
import type { GetRoutesFlags } from './get-routes.ts';
import type { MustGatherFlags } from './must-gather.ts';
import { UsageError } from './usage-error.ts';
import type { WhyFlags } from './why.ts';

const EXAMPLES_RUN = `
Examples:
  $ kubectl apply --server-side -f crds/
  $ tmesh run --kubeconfig ~/.kube/config --webhook-url https://127.0.0.1:9443 --health-port 8081
  Ready when GET http://127.0.0.1:8081/readyz answers 200. SIGTERM ends it.`;

const EXAMPLES_RENDER = `
Examples:
  $ tmesh render -n istio-system -f smcp.yaml -f smmr.yaml
  $ tmesh render -f mesh/ --openshift | kubectl apply --server-side -f -`;

const EXAMPLES_MUST_GATHER = `
Examples:
  $ tmesh must-gather
  $ tmesh must-gather -n istio-system -o /tmp/report --kubeconfig ~/.kube/config
  Secrets stay out: of them the folder has names and keys only. Have a look all the same before you give it away.`;

const EXAMPLES_GET_ROUTES = `
Examples:
  $ tmesh get routes
  $ tmesh get routes -n microsvc-sample -o wide`;

const EXAMPLES_WHY = `
Examples:
  $ tmesh why my-project
  $ tmesh why my-project -o json | jq -r '.links[] | select(.state == "broken") | .command'
  Exit code: 0 in order, 1 something is broken, 2 the command line or the cluster cannot be used.`;

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

function addRun(program: Command): void {
  program.command('run')
    .description('run the operator against a cluster until it is stopped')
    .option('--kubeconfig <file>', 'kubeconfig file (default: $KUBECONFIG, ~/.kube/config, or the pod\'s own account)')
    .option('--context <name>', 'context of the kubeconfig')
    .option('--webhook-url <url>', 'https URL under which the API server reaches this process (outside of a cluster)')
    .option('--webhook-port <port>', 'port to serve webhooks on (default: the port of --webhook-url, else 9443)')
    .option('--health-port <port>', 'port of /healthz, /livez and /readyz (default: 8081)')
    .option('--metrics-port <port>', 'port of /metrics (default: 8080)')
    .option('--bind-address <ip>', 'address to listen on (default: all; with --webhook-url 127.0.0.1)')
    .option('--no-leader-elect', 'start at once, without a lease')
    .option('--lease-duration <seconds>', 'how long a lost leader is waited for (default: 15; longer where the API server may be away, as on single nodes)')
    .option('--operator-namespace <name>', 'namespace of the operator (default: $POD_NAMESPACE, else tenant-mesh-operator)')
    .option('--ingress-namespace-label <key=value>', 'label of the namespaces that may reach exposed pods (default: found)')
    .option('--log-level <level>', 'debug, info, warn, error or silent (default: $LOG_LEVEL, else info)')
    .addHelpText('after', EXAMPLES_RUN)
    .action(async (flags: RunFlags) => {
      const { run } = await import('./run.ts');
      await run(operatorConfig(flags, process.env));
    });
}

interface RenderFlags {
  readonly filename: readonly string[];
  readonly openshift: boolean;
  readonly output: string;
  readonly namespace: string;
}

function addRender(program: Command): void {
  program.command('render')
    .description('print every object the operator would apply for the given files; needs no cluster')
    .requiredOption('-f, --filename <file>', 'file or folder with control planes, rolls, members, gateways and namespaces; "-" reads standard input; may be repeated', collect, [])
    .option('-n, --namespace <name>', 'namespace of objects that name none', 'default')
    .option('--openshift', 'render for a cluster that serves OpenShift Routes', false)
    .option('-o, --output <format>', 'yaml or json', 'yaml')
    .addHelpText('after', EXAMPLES_RENDER)
    .action(async (flags: RenderFlags) => {
      const { renderCommand } = await import('./render.ts');
      renderCommand(flags);
    });
}

function addMustGather(program: Command): void {
  program.command('must-gather')
    .description('collect objects, events and logs of meshes and of the operator into a folder, without secrets')
    .option('--kubeconfig <file>', 'kubeconfig file (default: $KUBECONFIG, ~/.kube/config, or the pod\'s own account)')
    .option('--context <name>', 'context of the kubeconfig')
    .option('-o, --output <folder>', 'folder to fill, empty or new (default: tmesh-must-gather-<time>)')
    .option('-n, --namespace <name>', 'control-plane namespace of one mesh (default: all meshes)')
    .option('--operator-namespace <name>', 'namespace of the operator (default: $POD_NAMESPACE, else tenant-mesh-operator)')
    .addHelpText('after', EXAMPLES_MUST_GATHER)
    .action(async (flags: MustGatherFlags) => {
      const { mustGatherCommand } = await import('./must-gather.ts');
      await mustGatherCommand(flags);
    });
}

function addGet(program: Command): void {
  const get = program.command('get').description('show what the operator made');
  get.command('routes')
    .description('hosts of Istio Gateways, their Routes or Ingresses, and what the router says')
    .option('--kubeconfig <file>', 'kubeconfig file (default: $KUBECONFIG, ~/.kube/config, or the pod\'s own account)')
    .option('--context <name>', 'context of the kubeconfig')
    .option('-n, --namespace <name>', 'only Gateways of this namespace (default: all)')
    .option('-o, --output <format>', 'table, wide, json or yaml', 'table')
    .addHelpText('after', EXAMPLES_GET_ROUTES)
    .exitOverride()
    .action(async (flags: GetRoutesFlags) => {
      const { getRoutesCommand } = await import('./get-routes.ts');
      await getRoutesCommand(flags);
    });
}

function addWhy(program: Command, onExit: (code: number) => void): void {
  program.command('why <namespace>')
    .description('explain why a namespace is in its mesh or not, link by link, with the command that mends it')
    .option('--kubeconfig <file>', 'kubeconfig file (default: $KUBECONFIG, ~/.kube/config, or the pod\'s own account)')
    .option('--context <name>', 'context of the kubeconfig')
    .option('--operator-namespace <name>', 'namespace of the operator (default: $POD_NAMESPACE, else tenant-mesh-operator)')
    .option('-o, --output <format>', 'text or json', 'text')
    .addHelpText('after', EXAMPLES_WHY)
    .action(async (namespace: string, flags: WhyFlags) => {
      const { whyCommand } = await import('./why.ts');
      onExit(await whyCommand(namespace, flags));
    });
}

function programOf(onExit: (code: number) => void): Command {
  const program = new Command('tmesh')
    .description('Multitenant service meshes: OpenShift Service Mesh YAML on unmodified upstream Istio.')
    .version(OPERATOR_VERSION, '-V, --version')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text) })
    .showHelpAfterError('(see tmesh --help)');
  addRun(program);
  addRender(program);
  addMustGather(program);
  addGet(program);
  addWhy(program, onExit);
  for (const command of program.commands) command.exitOverride();
  return program;
}

/**
 * Runs one command line. In: the arguments after the program's name. Out: the exit code.
 * 0 done, 1 failed while running (`why`: something is broken), 2 the command line, a file or the cluster given there cannot be used.
 */
export async function runCommandLine(parameters: readonly string[]): Promise<number> {
  try {
    let code = 0;
    await programOf((exit) => { code = exit; }).parseAsync([...parameters], { from: 'user' });
    return code;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 || thrown.code === 'commander.help' && parameters.length === 0 ? 0 : 2;
    if (thrown instanceof UsageError) {
      process.stderr.write(`tmesh: ${thrown.message}\n`);
      return 2;
    }
    process.stderr.write(`tmesh: ${messageOf(thrown)}\n`);
    return 1;
  }
}
