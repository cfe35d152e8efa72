import { ANNOTATION_LEAVING, LABEL_MEMBER_OF, MEMBER_NAME } from '../../api/names.ts';
import { annotationOf, isDeleting, labelOf, type KubeObject } from '../../k8s/object.ts';
import { claimantIndex, claimsOn, type Claim } from './claims.ts';
import { isClaimant, parseMember, parseRoll, type Member, type Roll } from './claimants.ts';
import { wantedMembers, type MembershipScope } from './members.ts';
import { meshesOf, type Mesh } from './meshes.ts';

/** Everything the roll of one mesh depends on, read at one moment. */
export interface RollObserved {
  /** The key: namespace of the mesh. */
  readonly meshNamespace: string;
  readonly operatorNamespace?: string;
  /** The roll named `default`, if there is one. */
  readonly roll?: KubeObject;
  /** Rolls of the mesh's namespace with another name. */
  readonly misnamed: readonly KubeObject[];
  /** All namespaces, rolls, members and control planes of the cluster. */
  readonly namespaces: readonly KubeObject[];
  readonly rolls: readonly KubeObject[];
  readonly members: readonly KubeObject[];
  readonly controlPlanes: readonly KubeObject[];
  /** Label selector of the namespaces that exposed pods are open to; absent when the mesh has no policies of ours. */
  readonly ingressPeer?: string;
  /** Meshes of the Sail operator. */
  readonly otherMeshes?: readonly KubeObject[];
}

/** The observed objects parsed and indexed, once per pass. */
export interface RollView {
  readonly mesh: string;
  readonly scope: MembershipScope;
  /** The mesh's control planes; undefined when its namespace has none. */
  readonly meshState: Mesh | undefined;
  readonly namespaces: ReadonlyMap<string, KubeObject>;
  /** Members pointing at this mesh, by their namespace. */
  readonly pointing: ReadonlyMap<string, Member>;
  /** Sorted names of all members: wanted, and those still leaving. */
  readonly members: readonly string[];
  /** Of these, the ones that nobody wants any more. */
  readonly leaving: ReadonlySet<string>;
  /** All claims on a namespace, the first one first. */
  claimsOn(namespace: KubeObject): readonly Claim[];
}

function isInOrLeaving(namespace: KubeObject, mesh: string): boolean {
  return (labelOf(namespace, LABEL_MEMBER_OF) === mesh || annotationOf(namespace, ANNOTATION_LEAVING) === mesh) && namespace.metadata.name !== mesh;
}

function pointingAt(mesh: string, members: readonly Member[]): Map<string, Member> {
  const pointing = members.filter((member) => member.controlPlane?.namespace === mesh && isClaimant(member.object, MEMBER_NAME));
  return new Map(pointing.map((member) => [member.namespace, member]));
}

/** The mesh's own roll as a claimant; a roll that is being deleted wants nothing. */
function activeRoll(observed: RollObserved): Roll | undefined {
  return observed.roll === undefined || isDeleting(observed.roll) ? undefined : parseRoll(observed.roll);
}

/** Prepares what plan and status ask: who is wanted, who is leaving, who wins. Linear in the number of objects. */
export function viewOf(observed: RollObserved): RollView {
  const { meshNamespace: mesh, namespaces, operatorNamespace } = observed;
  const meshes = meshesOf(observed.controlPlanes);
  const scope = { meshes, ...(operatorNamespace === undefined ? {} : { operatorNamespace }) };
  const members = observed.members.map(parseMember);
  const pointing = pointingAt(mesh, members);
  const wanted = new Set(wantedMembers(mesh, activeRoll(observed), [...pointing.values()], { ...scope, namespaces }));
  const leaving = new Set(namespaces.filter((namespace) => !wanted.has(namespace.metadata.name) && isInOrLeaving(namespace, mesh)).map((namespace) => namespace.metadata.name));
  const claimants = claimantIndex(observed.rolls.map(parseRoll), members);
  return {
    mesh, scope, pointing, leaving, meshState: meshes.get(mesh),
    namespaces: new Map(namespaces.map((namespace) => [namespace.metadata.name, namespace])),
    members: [...wanted, ...leaving].toSorted(),
    claimsOn: (namespace) => claimsOn(namespace, claimants(namespace.metadata.name), scope),
  };
}
