import { OPERATOR_NAME } from '../api/names.ts';
import { explain, type Explanation } from '../domain/why/explain.ts';
import type { Link } from '../domain/why/link.ts';
import { withCluster, type ClusterFlags, type Environment } from './cluster-session.ts';
import { UsageError } from './usage-error.ts';
import { readWhy } from './why-read.ts';

/** Options of `tmesh why` as commander hands them over. */
export interface WhyFlags extends ClusterFlags {
  readonly operatorNamespace?: string;
  readonly output: 'text' | 'json';
}

const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const MARKS: Readonly<Record<Link['state'], string>> = { holds: 'ok', broken: 'BROKEN', note: 'note', unknown: '?', untold: '-' };
const MARK_WIDTH = 8;
const LINK_WIDTH = 18;

function lineOf({ link, state, message, command }: Link): string {
  const line = `${MARKS[state].padEnd(MARK_WIDTH)}${link.padEnd(LINK_WIDTH)}${message}`;
  return command === undefined || state === 'holds' ? line : `${line}\n${' '.repeat(MARK_WIDTH + LINK_WIDTH)}$ ${command}`;
}

function verdictOf({ namespace, mesh, isInOrder, links }: Explanation): string {
  const first = links.find((link) => link.state === 'broken');
  if (!isInOrder && first !== undefined) return `namespace ${namespace}: ${first.message}${first.command === undefined ? '' : `\nmend it with:\n  ${first.command}`}`;
  const unread = links.filter((link) => link.state === 'unknown').length;
  return `namespace ${namespace} is in order in mesh ${mesh ?? '(none)'}${unread === 0 ? '' : `, as far as could be read: ${unread} links are unknown`}`;
}

/** The explanation for people: a line for each link, then what to do first. */
export function whyText(explanation: Explanation): string {
  return `${explanation.links.map(lineOf).join('\n')}\n\n${verdictOf(explanation)}\n`;
}

/**
 * `tmesh why NAMESPACE`. In: the namespace, the flags and the environment. Out: what stands between the namespace and its mesh.
 * @throws UsageError for a wrong name, and when there is no cluster
 */
export async function why(namespace: string, flags: WhyFlags, environment: Environment): Promise<Explanation> {
  if (!NAME.test(namespace)) throw new UsageError(`"${namespace}" is not the name of a namespace: lower-case letters, digits and "-", at most 63`);
  const operatorNamespace = flags.operatorNamespace ?? environment['POD_NAMESPACE'] ?? OPERATOR_NAME;
  return withCluster(flags, environment, async ({ rest }) => explain(await readWhy(rest, { namespace, operatorNamespace })));
}

/** Prints it. Out: the exit code, 0 in order, 1 something is broken. */
export async function whyCommand(namespace: string, flags: WhyFlags): Promise<number> {
  const explanation = await why(namespace, flags, process.env);
  process.stdout.write(flags.output === 'json' ? `${JSON.stringify(explanation, undefined, 2)}\n` : whyText(explanation));
  return explanation.isInOrder ? 0 : 1;
}
