import { MEMBER_NAME, ROLL_NAME } from '../../api/names.ts';
import { compareText } from '../../lib/sort.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { isClaimant, type Member, type Roll } from './claimants.ts';
import { isOffLimits, isTakenIn, type MembershipScope } from './members.ts';

/** One object that wants a namespace in a mesh. */
export interface Claim {
  /** Namespace of the mesh. */
  readonly mesh: string;
  readonly kind: 'ServiceMeshMember' | 'ServiceMeshMemberRoll';
  /** `namespace/name` of the claiming object. */
  readonly object: string;
  /** Its creationTimestamp, '' when unknown. */
  readonly since: string;
  /** True when the control plane that it asks for is there. */
  readonly isServed: boolean;
}

/** The objects that may claim one namespace. */
export interface Claimants {
  /** Rolls that list the namespace by name. */
  readonly naming: readonly Roll[];
  /** Rolls with `*` or selectors. */
  readonly open: readonly Roll[];
  /** Members in the namespace. */
  readonly members: readonly Member[];
}

function claimOf(mesh: string, object: KubeObject, isServed: boolean): Claim {
  return {
    mesh, isServed,
    kind: object.kind === 'ServiceMeshMember' ? 'ServiceMeshMember' : 'ServiceMeshMemberRoll',
    object: `${object.metadata.namespace ?? ''}/${object.metadata.name}`,
    since: object.metadata.creationTimestamp ?? '',
  };
}

/** A roll claims only while its namespace has a control plane: an abandoned `*` must not keep others out. */
function rollClaim(roll: Roll, namespace: string, scope: MembershipScope): Claim | undefined {
  const mesh = scope.meshes.get(roll.namespace);
  if (!isClaimant(roll.object, ROLL_NAME) || isOffLimits(namespace, roll.namespace, scope)) return undefined;
  return mesh === undefined || mesh.controlPlanes.length === 0 ? undefined : claimOf(roll.namespace, roll.object, true);
}

/** A member claims even while its control plane is missing: its namespace's owner has said where he belongs. */
function memberClaim(member: Member, namespace: string, scope: MembershipScope): Claim | undefined {
  const ref = member.controlPlane;
  if (ref === undefined || !isClaimant(member.object, MEMBER_NAME) || isOffLimits(namespace, ref.namespace, scope)) return undefined;
  const planes = scope.meshes.get(ref.namespace)?.controlPlanes ?? [];
  return claimOf(ref.namespace, member.object, planes.some((plane) => plane.metadata.name === ref.name));
}

function compareClaims(a: Claim, b: Claim): number {
  return compareText(a.since, b.since) || compareText(a.object, b.object) || compareText(a.kind, b.kind);
}

/**
 * All claims on an existing namespace, the first one first: by creation time of the claiming object, then by its
 * `namespace/name`. The namespace of a control plane has none. Law: the order of the inputs does not matter.
 */
export function claimsOn(namespace: KubeObject, claimants: Claimants, scope: MembershipScope): Claim[] {
  const { name } = namespace.metadata;
  if (scope.meshes.has(name)) return [];
  const isListed = (roll: Roll): boolean => claimants.naming.some((named) => named.object === roll.object);
  const claims: Claim[] = [];
  const add = (claim: Claim | undefined): void => { if (claim !== undefined) claims.push(claim); };
  for (const roll of claimants.naming) add(rollClaim(roll, name, scope));
  for (const roll of claimants.open) if (!isListed(roll) && isTakenIn(roll, namespace, scope)) add(rollClaim(roll, name, scope));
  for (const member of claimants.members) add(memberClaim(member, name, scope));
  return claims.sort(compareClaims);
}

/**
 * The claim that decides: exactly one mesh owns a namespace. A mesh that the namespace is already in keeps it as long as
 * it claims it and is there; a roll edited later cannot take it away. Otherwise the first claim wins.
 * In: claims in order; the namespace's `member-of` label.
 */
export function winningClaim(claims: readonly Claim[], memberOf?: string): Claim | undefined {
  return claims.find((claim) => claim.mesh === memberOf && claim.isServed) ?? claims[0];
}

/** True when the control plane asked for by one of the mesh's claims is there. */
export function isServed(mesh: string, claims: readonly Claim[]): boolean {
  return claims.some((claim) => claim.mesh === mesh && claim.isServed);
}

/** Looks up the claimants of any namespace, from complete lists. One pass over the lists, then each lookup is constant. */
export function claimantIndex(rolls: readonly Roll[], members: readonly Member[]): (namespace: string) => Claimants {
  const naming = new Map<string, Roll[]>();
  for (const roll of rolls) for (const name of new Set(roll.names)) push(naming, name, roll);
  const byNamespace = new Map<string, Member[]>();
  for (const member of members) push(byNamespace, member.namespace, member);
  const open = rolls.filter((roll) => roll.isWildcard || roll.selectors.length > 0);
  return (namespace) => ({ naming: naming.get(namespace) ?? [], open, members: byNamespace.get(namespace) ?? [] });
}

function push<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]); else list.push(item);
}
