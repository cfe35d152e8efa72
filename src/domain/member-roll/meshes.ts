import { valueAt } from '../../lib/json.ts';
import { isDeleting, type KubeObject } from '../../k8s/object.ts';

/** What a namespace with at least one ServiceMeshControlPlane is: a mesh. */
export interface Mesh {
  readonly namespace: string;
  /** Control planes that nobody asked to delete. One is right, none means the mesh is going, more is a mistake. */
  readonly controlPlanes: readonly KubeObject[];
}

/** Meshes by their namespace. */
export type Meshes = ReadonlyMap<string, Mesh>;

/** Groups control planes by namespace. A namespace whose only control plane is being deleted is still in the map. */
export function meshesOf(controlPlanes: readonly KubeObject[]): Meshes {
  const meshes = new Map<string, { namespace: string; controlPlanes: KubeObject[] }>();
  for (const object of controlPlanes) {
    const namespace = object.metadata.namespace ?? '';
    const mesh = meshes.get(namespace) ?? { namespace, controlPlanes: [] };
    if (!isDeleting(object)) mesh.controlPlanes.push(object);
    meshes.set(namespace, mesh);
  }
  return meshes;
}

/** The mesh's control plane, or undefined when there is none or more than one. */
export function soleControlPlane(mesh: Mesh | undefined): KubeObject | undefined {
  return mesh?.controlPlanes.length === 1 ? mesh.controlPlanes[0] : undefined;
}

/** What members and rolls repeat of their control plane's status (spec/api-members.md 3). */
export interface MeshGeneration {
  /** Generation of the last successful reconcile; 0 when there was none. */
  readonly meshGeneration: number;
  /** `<operatorVersion>-<generation>`; '' when there was no reconcile. */
  readonly meshReconciledVersion: string;
}

/** Reads the generation from a control plane of API v2 (spec/api-smcp.md, status). */
export function meshGenerationOf(controlPlane: KubeObject | undefined): MeshGeneration {
  const generation = valueAt(controlPlane, 'status', 'reconciledGeneration') ?? valueAt(controlPlane, 'status', 'observedGeneration');
  const version = valueAt(controlPlane, 'status', 'operatorVersion');
  if (typeof generation !== 'number') return { meshGeneration: 0, meshReconciledVersion: '' };
  return { meshGeneration: generation, meshReconciledVersion: typeof version === 'string' && version !== '' ? `${version}-${generation}` : '' };
}
