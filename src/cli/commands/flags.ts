import { Option, type Command } from 'commander';

/** What a command gives back to the shell. */
export interface Exit {
  /** When it ran to its end. */
  code: number;
  /** When something unforeseen ends it: 1, or 2 for commands whose 1 is an answer. */
  whenFailing: number;
}

/** Adds one command to the program. */
export type AddCommand = (program: Command, exit: Exit) => void;

/** `--kubeconfig` and `--context`, as kubectl has them. */
export function addClusterFlags(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'kubeconfig file (default: $KUBECONFIG, ~/.kube/config, or the pod\'s own account)')
    .option('--context <name>', 'context of the kubeconfig');
}

/** `--from`, for commands that only read. */
export function addFromFlag(command: Command): Command {
  return command.option('--from <folder>', 'read a must-gather folder, or any folder of YAML files, instead of a cluster');
}

/** `-n` and `-A`, as kubectl has them. */
export function addScopeFlags(command: Command): Command {
  return command
    .option('-n, --namespace <name>', 'namespace to look in (default: that of the context)')
    .option('-A, --all-namespaces', 'look in all namespaces');
}

/** `--operator-namespace`. */
export function addOperatorFlag(command: Command): Command {
  return command.option('--operator-namespace <name>', 'namespace of the operator (default: $POD_NAMESPACE, else tenant-mesh-operator)');
}

/** `-o`; the first format is the default. */
export function outputOption(formats: readonly string[]): Option {
  const [first] = formats;
  return new Option('-o, --output <format>', 'how to print').choices(formats).default(first);
}

/** `--isolation`, as the operator has it. In: where else it is looked for. */
export function isolationOption(elsewhere?: string): Option {
  const means = 'hard: istiods read the cluster through the scoped API and see their mesh only; soft: they read all of it';
  const option = new Option('--isolation <how>', elsewhere === undefined ? means : `${means} (default: ${elsewhere}, else hard)`).choices(['hard', 'soft']);
  return elsewhere === undefined ? option.default('hard') : option;
}

/** `--operator-namespace` and `--isolation`, for commands that play the operator which is installed, or is to be. */
export function addInstalledFlags(command: Command): Command {
  return addOperatorFlag(command).addOption(isolationOption('read from its Deployment'));
}

/** Takes an option that may be repeated. */
export const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

/** Text after the help of a command: examples, each a command line, and what its exit codes mean. */
export function examples(lines: readonly string[], ...notes: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}${notes.map((note) => `\n\n${note}`).join('')}`;
}
