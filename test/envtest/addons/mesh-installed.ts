import { memberCopyOptions, memberRoleBindings } from '../../../src/domain/control-plane/member-copies.ts';
import { renderMesh } from '../../../src/domain/control-plane/render.ts';
import type { ValuesInput } from '../../../src/domain/control-plane/values/input.ts';
import { sharedRoles } from '../../../src/domain/cluster-resources/shared-roles.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import type { JsonObject } from '../../../src/lib/json.ts';
import type { Cluster } from '../../../tools/cluster/cluster.ts';
import { CHARTS, controlPlane, MESH, objectsOf } from '../../build/control-plane.ts';

/* Puts on a cluster what our operator would: not by hand, but out of the same functions. */

/** Applies objects as kubectl does; fails with what the API server says. */
export async function apply(cluster: Cluster, objects: readonly unknown[]): Promise<void> {
  const { code, stderr } = await cluster.kubectl(['apply', '--server-side', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }) });
  if (code !== 0) throw new Error(stderr);
}

/** Everything of one component of a mesh. */
export function componentObjects(input: ValuesInput, name: string): readonly KubeObject[] {
  const mesh = renderMesh(input, CHARTS);
  return objectsOf({ components: mesh.components.filter((component) => component.name === name), webhooks: [] }).map(({ object }) => object);
}

/** The shared roles, and what the mesh's accounts may do in these members. */
export function rightsIn(members: readonly string[], spec: JsonObject = {}): readonly KubeObject[] {
  const options = memberCopyOptions(controlPlane(spec));
  return [...sharedRoles(), ...members.flatMap((member) => memberRoleBindings(options, member).map(({ object }) => object))];
}

/** Namespaces with the labels that the operator gives to its mesh and its members. */
export function namespaces(members: readonly string[], strangers: readonly string[]): readonly JsonObject[] {
  const namespace = (name: string, labels: Readonly<Record<string, string>>): JsonObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
  return [...[MESH, ...members].map((name) => namespace(name, { 'maistra.io/member-of': MESH })), ...strangers.map((name) => namespace(name, {}))];
}
