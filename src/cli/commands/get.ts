import type { Command } from 'commander';
import type { GetFlags, GetKind } from '../get/command.ts';
import { addClusterFlags, addScopeFlags, examples, outputOption, type Exit } from './flags.ts';

interface GetCommand {
  readonly kind: GetKind;
  readonly aliases: readonly string[];
  readonly description: string;
  readonly examples: readonly string[];
}

const GET_COMMANDS: readonly GetCommand[] = [
  {
    kind: 'meshes', aliases: ['mesh', 'smcp'], description: 'control planes: how ready they are, their version, members and Routes',
    examples: ['tmesh get meshes -A', 'tmesh get meshes -n istio-system -o wide', 'tmesh get meshes -A -o json | jq -r \'.[] | select(.status != "ComponentsReady") | .namespace\''],
  },
  {
    kind: 'members', aliases: ['member', 'smm', 'smmr'], description: 'namespaces that are in a mesh or want to be, who claims them, and what is missing; -n takes a member or the namespace of a mesh',
    examples: ['tmesh get members -n istio-system', 'tmesh get members -A -o wide'],
  },
  {
    kind: 'routes', aliases: ['route'], description: 'hosts of Istio Gateways, their Routes or Ingresses, and what the router says; -n takes the namespace of the Gateways',
    examples: ['tmesh get routes -A', 'tmesh get routes -n microsvc-sample -o wide'],
  },
  {
    kind: 'gateways', aliases: ['gateway', 'gw'], description: 'ingress and egress gateways of meshes: their pods, addresses, and the Istio Gateways that configure them',
    examples: ['tmesh get gateways -A', 'tmesh get gateways -n istio-system -o wide'],
  },
];

/** `tmesh get …`. */
export function addGet(program: Command, exit: Exit): void {
  const get = program.command('get').description('show meshes, their members, routes and gateways');
  for (const { kind, aliases, description, examples: lines } of GET_COMMANDS) {
    addScopeFlags(addClusterFlags(get.command(kind).aliases(aliases).description(description)))
      .addOption(outputOption(['table', 'wide', 'json', 'yaml']))
      .addHelpText('after', examples(lines, 'Exit code: 0 done, 1 something could not be read, 2 the command line or the cluster cannot be used.'))
      .action(async (flags: GetFlags) => {
        const { getCommand } = await import('../get/command.ts');
        exit.code = await getCommand(kind, flags);
      });
  }
}
