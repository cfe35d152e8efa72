import { CONTROL_PLANE, MEMBER, MEMBER_ROLL } from '../../api/kinds.ts';
import { resourcePath } from '../../k8s/resource.ts';
import type { Problem } from '../../k8s/plan.ts';
import { ClusterReader, NEVER } from '../cluster-reader.ts';
import { withCluster, type ClusterFlags, type Environment, type Session } from '../cluster-session.ts';
import { planningControllers } from '../controllers.ts';
import { textAt } from '../diagnostics/fields.ts';
import { installedFacts, type OperatorFlags } from '../installed-operator.ts';
import { playControllers } from '../play.ts';
import { readObjects } from '../read-objects.ts';
import { isColoured } from '../terminal.ts';
import { withAuthority } from '../unpublished.ts';
import { UsageError } from '../usage-error.ts';
import { changesOf, type Change } from './changes.ts';
import { proposed, type Proposed } from './proposal.ts';
import { snapshotOf } from './snapshot.ts';
import { diffText } from './text.ts';

/** Options of `tmesh diff` as commander hands them over. */
export interface DiffFlags extends ClusterFlags, OperatorFlags {
  readonly filename: readonly string[];
  readonly namespace?: string;
}

/** What would change, and the mistakes that the operator would report. */
export interface Difference {
  readonly changes: readonly Change[];
  readonly problems: readonly Problem[];
}

/** The namespaces of the meshes that proposals are about; undefined when one of them may be about any. */
function meshesOf(proposals: readonly Proposed[]): ReadonlySet<string> | undefined {
  const meshes = proposals.map(({ type, object }) => {
    if (type === CONTROL_PLANE || type === MEMBER_ROLL) return object.metadata.namespace;
    return type === MEMBER ? textAt(object, 'spec', 'controlPlaneRef', 'namespace') : undefined;
  });
  const known = meshes.filter((mesh) => mesh !== undefined);
  return known.length === meshes.length ? new Set(known) : undefined;
}

async function requireMesh(reader: ClusterReader, mesh: string): Promise<ReadonlySet<string>> {
  const [namespace = '', name = '', ...more] = mesh.split('/');
  if (name === '' || namespace === '' || more.length > 0) throw new UsageError(`"${mesh}" is not a mesh: give NAMESPACE/NAME of a ServiceMeshControlPlane`);
  if (await reader.get(CONTROL_PLANE, name, namespace) === undefined) throw new UsageError(`${CONTROL_PLANE.kind} ${mesh} does not exist (${resourcePath(CONTROL_PLANE, { namespace, name })}); tmesh get meshes -A lists them`);
  return new Set([namespace]);
}

async function compare({ rest, namespace }: Session, mesh: string | undefined, flags: DiffFlags, environment: Environment): Promise<Difference> {
  const reader = new ClusterReader(rest, NEVER);
  const facts = await installedFacts(reader, flags, environment);
  const { cluster, ...known } = await snapshotOf(reader);
  withAuthority(cluster, facts.operatorNamespace);
  const proposals = await proposed(rest, reader, readObjects(flags.filename), flags.namespace ?? namespace);
  if (flags.filename.length > 0 && proposals.length === 0) throw new UsageError('the given files hold nothing that the operator reads; give control planes, rolls, members or gateways with -f');
  const meshes = mesh === undefined ? flags.filename.length > 0 ? meshesOf(proposals) : undefined : await requireMesh(reader, mesh);
  for (const { type, object } of proposals) cluster.put(type, object);
  const { steps, problems } = playControllers(planningControllers(facts), cluster, new Date());
  return { problems, changes: await changesOf({ rest, reader, ...known }, steps, meshes) };
}

/**
 * What the operator of this version would change if it ran now, or if files were applied first. In: a mesh as NAMESPACE/NAME, or none for all.
 * Nothing is stored: each write is tried by the API server as a dry run.
 * @throws UsageError for wrong flags, a file that would be refused, or rights that do not reach
 */
export function difference(mesh: string | undefined, flags: DiffFlags, environment: Environment): Promise<Difference> {
  if (mesh !== undefined && flags.filename.length > 0) throw new UsageError(`${mesh} and --filename contradict each other: a file names its mesh itself`);
  return withCluster(flags, environment, (session) => compare(session, mesh, flags, environment));
}

/** `tmesh diff`: prints the differences. Out: the exit code as of `kubectl diff`, 0 for none, 1 for some. */
export async function diffCommand(mesh: string | undefined, flags: DiffFlags): Promise<number> {
  const { changes, problems } = await difference(mesh, flags, process.env);
  for (const { path, message } of problems) process.stderr.write(`${message.startsWith(path) ? '' : `${path}: `}${message}\n`);
  process.stdout.write(diffText(changes, isColoured(process.stdout, process.env)));
  if (problems.length > 0) throw new UsageError('the operator would report the mistakes above');
  return changes.length === 0 ? 0 : 1;
}
