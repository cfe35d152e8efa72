import { LABEL_MEMBER_OF, MEMBER_NAME, ROLL_NAME } from '../../api/names.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { sortedUnique } from '../../lib/sort.ts';
import type { Claim } from './claims.ts';

/*
 * What can stand between a namespace and its mesh, once: the conditions of members and rolls and `tmesh why` all speak from here
 * (wishes.md W5, I1). Each obstacle has a reason, a sentence that ends with the way out, and, where one line can do it, that line.
 */

/** Why a namespace is not configured: one reason, and a sentence with the way out. */
export interface Obstacle {
  readonly reason: string;
  readonly message: string;
  /** The command that mends it, for somebody with the rights. Not part of a condition. */
  readonly command?: string;
}

interface PlaneRef {
  readonly namespace: string;
  readonly name: string;
}

/** One word of a shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** A command that creates an object; its JSON stands between single quotes. */
export function applyCommand(object: object): string {
  return `echo ${quoted(JSON.stringify(object))} | kubectl apply -f -`;
}

/** The command that puts a namespace into a mesh. */
export function joinCommand(namespace: string, ref: PlaneRef): string {
  return applyCommand({ apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMember', metadata: { name: MEMBER_NAME, namespace }, spec: { controlPlaneRef: ref } });
}

/** The command that creates a control plane with defaults. */
function planeCommand({ namespace, name }: PlaneRef): string {
  return applyCommand({ apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name, namespace }, spec: {} });
}

/** There is no such namespace. */
export function namespaceMissing(name: string): Obstacle {
  return { reason: 'NamespaceNotExists', message: `namespace "${name}" does not exist; create it, or take it out of the roll`, command: `kubectl create namespace ${name}` };
}

/** The namespace is on its way out. */
export function namespaceDeleting(name: string): Obstacle {
  return { reason: 'NamespaceNotExists', message: `namespace "${name}" is being deleted`, command: `kubectl get namespace ${name} -o jsonpath='{.status.conditions}'` };
}

/** Nobody wants the namespace in the mesh any more. */
export function namespaceLeaving(name: string, mesh: string): Obstacle {
  return { reason: 'Terminating', message: `namespace "${name}" is leaving mesh ${mesh}` };
}

/** It must leave another mesh before it joins. */
export function stillLeaving(name: string, old: string): Obstacle {
  return { reason: 'ErrorConfiguringNamespace', message: `namespace "${name}" is still leaving mesh ${old}; it joins as soon as that is done` };
}

/** Everything is asked for; the operator has to act. */
export function beingConfigured(name: string): Obstacle {
  return { reason: 'Configuring', message: `namespace "${name}" is being configured; if this lasts, the operator's log says what is in the way` };
}

/** A control plane's own namespace is nobody's member. */
export function hasControlPlane(name: string, mesh: string): Obstacle {
  return { reason: 'ReferencesDifferentControlPlane', message: `namespace "${name}" has a ServiceMeshControlPlane of its own and cannot be a member of mesh ${mesh}; take it out of the roll, or delete its ServiceMeshMember` };
}

/** Withdraws one claim. Rolls are edited by hand: `*` and selectors have no single entry to take out. */
export function withdrawCommand(claim: Claim): string {
  const [namespace = '', name = ''] = claim.object.split('/');
  return claim.kind === 'ServiceMeshMember' ? `kubectl delete servicemeshmember ${name} -n ${namespace}` : `kubectl edit servicemeshmemberroll ${name} -n ${namespace}`;
}

/** For the one who lost: which mesh has the namespace, through which object, and the way out. */
export function lostClaim(namespace: string, winner: Claim): Obstacle {
  return {
    reason: 'ReferencesDifferentControlPlane', command: withdrawCommand(winner),
    message: `namespace "${namespace}" already belongs to mesh ${winner.mesh} (${winner.kind} ${winner.object}); take it out there first, or withdraw this claim`,
  };
}

/** For the one who has it: who else wants the namespace, and that this changes nothing. `others`: claims of other meshes. */
export function contested(namespace: string, winner: Claim, others: readonly Claim[]): Obstacle {
  const [first] = others;
  const named = others.map((claim) => `mesh ${claim.mesh} (${claim.kind} ${claim.object})`).join(', ');
  return {
    reason: 'ClaimedByOtherMesh', ...(first === undefined ? {} : { command: withdrawCommand(first) }),
    message: `namespace "${namespace}" stays in mesh ${winner.mesh} (${winner.kind} ${winner.object}); ${named} ${others.length === 1 ? 'claims' : 'claim'} it as well, without effect: withdraw one of the claims`,
  };
}

/** Some names, sorted, and how many more there are. */
export function shownNames(names: readonly string[], most = 20): string {
  const sorted = sortedUnique(names);
  return sorted.length <= most ? sorted.join(', ') : `${sorted.slice(0, most).join(', ')} and ${sorted.length - most} more`;
}

/** Pods that should have a sidecar and have none. In: their names, and how many pods there are. */
export function podsNotInjected(pods: readonly string[], total: number): Obstacle {
  return {
    reason: 'PodsNotInjected',
    message: `${pods.length} of ${total} pods should have a sidecar and have none, because they are older than the membership: ${shownNames(pods)}; make them anew`,
  };
}

/** Pods whose sidecar is not the one that the mesh gives now. In: their names with what is different, how many pods there are, the version given now. */
export function sidecarsOutdated(pods: readonly string[], total: number, version: string): Obstacle {
  return {
    reason: 'SidecarsOutdated',
    message: `${pods.length} of ${total} pods run another sidecar than the mesh gives now (Istio ${version}): ${shownNames(pods)}; make them anew`,
  };
}

/** The mesh's namespace has no control plane. */
export function noControlPlane(mesh: string): Obstacle {
  return { reason: 'ErrorControlPlaneMissing', message: `there is no ServiceMeshControlPlane in namespace "${mesh}"; create one`, command: planeCommand({ namespace: mesh, name: 'basic' }) };
}

/** The mesh's namespace has more than one, and which counts is not for us to say. */
export function severalControlPlanes(mesh: string, count: number): Obstacle {
  return { reason: 'ErrMultipleSMCPs', message: `namespace "${mesh}" has ${count} ServiceMeshControlPlanes; delete all but one`, command: `kubectl get servicemeshcontrolplane -n ${mesh}` };
}

/** A member names a control plane that is not there. `there`: name of the one that is, if any. */
export function unknownControlPlane(namespace: string, ref: PlaneRef, there?: string): Obstacle {
  const asked = `ServiceMeshMember ${namespace}/${MEMBER_NAME} asks for ServiceMeshControlPlane ${ref.namespace}/${ref.name}, which does not exist`;
  if (there === undefined) return { reason: 'ErrorControlPlaneMissing', message: `${asked}; create it, or delete the member and create it with the right name`, command: planeCommand(ref) };
  return {
    reason: 'ErrorControlPlaneMissing', message: `${asked} ("${there}" does); delete the member and create it with the right name`,
    command: `kubectl delete servicemeshmember ${MEMBER_NAME} -n ${namespace} && ${joinCommand(namespace, { namespace: ref.namespace, name: there })}`,
  };
}

/** An object of somebody else has a name that the mesh needs. */
export function foreignObject(object: KubeObject): Obstacle {
  const { namespace = '', name } = object.metadata;
  return {
    reason: 'ErrorConfiguringNamespace', command: `kubectl delete ${object.kind.toLowerCase()} ${name} -n ${namespace}`,
    message: `${object.kind} ${namespace}/${name} exists and is not the mesh's (it has no label ${LABEL_MEMBER_OF}); the mesh needs this name: rename or delete it`,
  };
}

/** Nobody asks for the namespace. In: the control planes that there are. */
export function unclaimed(name: string, planes: readonly PlaneRef[]): Obstacle {
  const [first, ...others] = planes;
  const message = `nobody claims namespace "${name}": no ServiceMeshMember is in it, and no ServiceMeshMemberRoll of a mesh names or selects it`;
  if (first === undefined) return { reason: 'Unclaimed', message: `${message}; there is no mesh on this cluster either: create a ServiceMeshControlPlane first` };
  const choice = others.length === 0 ? '' : ` of the mesh you want (there are ${planes.map((ref) => `${ref.namespace}/${ref.name}`).join(', ')})`;
  return { reason: 'Unclaimed', message: `${message}; create a ServiceMeshMember${choice}, or add it to ${ROLL_NAME} in the mesh's namespace`, command: joinCommand(name, first) };
}

/** The user may not use the mesh. */
export function notPermitted(user: string, ref: PlaneRef): Obstacle {
  return {
    reason: 'NotPermitted', message: `user "${user}" does not have permission to use ServiceMeshControlPlane ${ref.namespace}/${ref.name}; ask an administrator of the mesh for Role mesh-user`,
    command: `kubectl create rolebinding mesh-user-${user.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '')} -n ${ref.namespace} --role=mesh-user --user=${quoted(user)}`,
  };
}
