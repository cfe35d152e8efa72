import { err, ok, type Result } from '../../src/lib/result.ts';
import type { Flavour } from './state.ts';

export const VERBS = ['up', 'down', 'status'] as const;
export type Verb = (typeof VERBS)[number];

/** What a person asked for on the command line. */
export interface CliCommand {
  readonly verb: Verb | 'help';
  /** Undefined: `--openshift` was not given. */
  readonly flavour: Flavour | undefined;
  /** `--node`: with `up` a real node; with the others the default folder of such a cluster. */
  readonly node: boolean;
  readonly dir: string | undefined;
}

export const USAGE = `Usage: npm run cluster -- up|down|status [--node] [--openshift] [--dir FOLDER]

  up           start a Kubernetes API server with etcd, controller manager and a stand-in for nodes; it stays when the shell goes
  down         stop it; the next \`up\` in the same folder continues with what it stored
  status       show its processes and ports, and whether it is ready (exit code 1 if it is not)
  --node       a real node (containerd, kubelet, kube-proxy, DNS) in namespaces of its own instead of the stand-in; needs root on Linux
  --openshift  with \`up\`: add Routes, config.openshift.io and NetworkAttachmentDefinitions, and what plays OpenShift for them
  --dir        the folder of the cluster; default .tmesh/cluster in the project, .tmesh/node with --node
`;

function isVerb(word: string): word is Verb {
  return VERBS.some((verb) => verb === word);
}

/**
 * Reads the arguments after `npm run cluster --`.
 * @returns the command, or one sentence that says what is wrong with it
 */
export function parseArguments(words: readonly string[]): Result<CliCommand, string> {
  const [first, ...rest] = words;
  if (first === '--help' || first === '-h' || first === 'help') return ok({ verb: 'help', flavour: undefined, node: false, dir: undefined });
  if (first === undefined) return err(`say what to do: one of ${VERBS.join(', ')}`);
  if (!isVerb(first)) return err(`unknown verb ${JSON.stringify(first)}; one of ${VERBS.join(', ')}`);
  return parseFlags({ verb: first, flavour: undefined, node: false, dir: undefined }, rest);
}

function parseFlags(command: CliCommand, words: readonly string[]): Result<CliCommand, string> {
  const [flag, ...rest] = words;
  if (flag === undefined) return ok(command);
  if (flag === '--node') return parseFlags({ ...command, node: true }, rest);
  if (flag === '--openshift' && command.verb === 'up') return parseFlags({ ...command, flavour: 'openshift' }, rest);
  if (flag === '--openshift') return err(`--openshift belongs to \`up\`; \`${command.verb}\` takes the cluster as it is`);
  const [name, inline] = flag.split(/=(.*)/s);
  if (name !== '--dir') return err(`unknown argument ${JSON.stringify(flag)}; \`${command.verb}\` takes ${command.verb === 'up' ? '--node, --openshift and --dir FOLDER' : '--node and --dir FOLDER'}`);
  const [dir = '', ...after] = inline === undefined ? rest : [inline, ...rest];
  if (dir === '' || dir.startsWith('--')) return err('--dir needs a folder');
  return parseFlags({ ...command, dir }, after);
}
