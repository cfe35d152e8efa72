import { CONTROL_PLANE, MEMBER, MEMBER_ROLL, NAMESPACE } from '../../api/kinds.ts';
import { LABEL_MEMBER_OF } from '../../api/names.ts';
import { sortedUnique } from '../../lib/sort.ts';
import { labelOf, type KubeObject } from '../../k8s/object.ts';
import { textAt, textsAt } from './fields.ts';
import type { ObjectReader } from '../cluster-reader.ts';

/** One mesh as far as it concerns a report. */
export interface MeshScope {
  /** Its control-plane namespace. */
  readonly namespace: string;
  readonly controlPlanes: readonly KubeObject[];
  readonly rolls: readonly KubeObject[];
  /** Namespaces that are in it, want to be, or still carry its label; without its own. */
  readonly members: readonly string[];
}

/** What a report is about. */
export interface Scope {
  readonly meshes: readonly MeshScope[];
  /** All namespaces of the cluster that may be seen. */
  readonly namespaces: readonly KubeObject[];
}

function membersOf(mesh: string, rolls: readonly KubeObject[], members: readonly KubeObject[], namespaces: readonly KubeObject[]): readonly string[] {
  const labelled = namespaces.filter((namespace) => labelOf(namespace, LABEL_MEMBER_OF) === mesh).map(({ metadata }) => metadata.name);
  const rolled = rolls.flatMap((roll) => [textsAt(roll, 'spec', 'members'), textsAt(roll, 'status', 'configuredMembers'), textsAt(roll, 'status', 'pendingMembers')].flat());
  const asking = members.filter((member) => textAt(member, 'spec', 'controlPlaneRef', 'namespace') === mesh).map(({ metadata }) => metadata.namespace ?? '');
  const existing = new Set(namespaces.map(({ metadata }) => metadata.name));
  // Who may not list namespaces still gets those that the roll names.
  return sortedUnique([...labelled, ...rolled, ...asking]).filter((name) => name !== mesh && name !== '' && name !== '*' && (existing.size === 0 || existing.has(name)));
}

/**
 * Finds the meshes to report on. In: the control-plane namespace of one, or undefined for all of the cluster.
 * A namespace that is named is a mesh even without a control plane: that none is there may be the finding.
 */
export async function scopeOf(reader: ObjectReader, namespace: string | undefined): Promise<Scope> {
  const at = namespace === undefined ? {} : { namespace };
  const [controlPlanes, rolls, members, namespaces] = await Promise.all([
    reader.list(CONTROL_PLANE, at), reader.list(MEMBER_ROLL, at), reader.list(MEMBER), reader.list(NAMESPACE),
  ]);
  const meshes = namespace === undefined ? sortedUnique([...controlPlanes, ...rolls].map(({ metadata }) => metadata.namespace ?? '')) : [namespace];
  const inMesh = (objects: readonly KubeObject[], mesh: string): readonly KubeObject[] => objects.filter((object) => object.metadata.namespace === mesh);
  return {
    namespaces,
    meshes: meshes.map((mesh) => ({
      namespace: mesh, controlPlanes: inMesh(controlPlanes, mesh), rolls: inMesh(rolls, mesh), members: membersOf(mesh, inMesh(rolls, mesh), members, namespaces),
    })),
  };
}
