import { CONTROL_PLANE, NAMESPACE } from '../../api/kinds.ts';
import { sortedUnique } from '../../lib/sort.ts';
import { contextNames } from '../cluster-access.ts';
import { ClusterReader, NEVER } from '../cluster-reader.ts';
import { withCluster, type ClusterFlags, type Environment } from '../cluster-session.ts';
import type { LiveKind } from './candidates.ts';

/** Nobody waits longer than this for a Tab. */
const PATIENCE_MS = 1500;

/** Flags on the command line that say which cluster is meant. */
export function clusterFlagsIn(words: readonly string[]): ClusterFlags {
  const valueOf = (flag: string): string | undefined => {
    const at = words.findIndex((word) => word === flag || word.startsWith(`${flag}=`));
    const word = words[at];
    return word?.includes('=') === true ? word.slice(flag.length + 1) : words[at + 1];
  };
  const given = (flag: string): boolean => words.some((word) => word === flag || word.startsWith(`${flag}=`));
  const [kubeconfig, context] = ['--kubeconfig', '--context'].map((flag) => (given(flag) ? valueOf(flag) : undefined));
  return { ...(kubeconfig === undefined ? {} : { kubeconfig }), ...(context === undefined ? {} : { context }) };
}

function fromCluster(kind: Exclude<LiveKind, 'contexts'>, flags: ClusterFlags, environment: Environment): Promise<readonly string[]> {
  return withCluster(flags, environment, async ({ rest }) => {
    const objects = await new ClusterReader(rest, NEVER).list(kind === 'namespaces' ? NAMESPACE : CONTROL_PLANE);
    return sortedUnique(objects.map(({ metadata: { namespace, name } }) => (namespace === undefined ? name : `${namespace}/${name}`)));
  });
}

/** Names for a completion; none when they cannot be had, or not soon enough. Never throws: a Tab prints no errors. */
export async function liveNames(kind: LiveKind, flags: ClusterFlags, environment: Environment): Promise<readonly string[]> {
  try {
    if (kind === 'contexts') return contextNames(flags, environment);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<readonly string[]>((resolve) => { timer = setTimeout(() => { resolve([]); }, PATIENCE_MS); });
    return await Promise.race([fromCluster(kind, flags, environment), late]).finally(() => { clearTimeout(timer); });
  } catch {
    return [];
  }
}
