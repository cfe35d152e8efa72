import { NAMESPACE } from '../api/kinds.ts';
import { claimantIndex, claimsOn, type Claim } from '../domain/member-roll/claims.ts';
import { parseMember, parseRoll } from '../domain/member-roll/claimants.ts';
import type { MembershipScope } from '../domain/member-roll/members.ts';
import { meshesOf } from '../domain/member-roll/meshes.ts';
import { objectOf } from '../k8s/resource.ts';
import type { AdmissionContext } from './decision.ts';

/** What limits memberships now: the meshes there are, and the operator's namespace. */
export function scopeOf({ world, operatorNamespace }: AdmissionContext): MembershipScope {
  return { meshes: meshesOf(world.controlPlanes()), operatorNamespace };
}

/**
 * Looks up who else claims a namespace: the first claim of another mesh, by any path (named, `*`, selector, member).
 * Rolls and members are read once; each lookup is then constant. Rule: wishes.md W3, W4.
 */
export function foreignClaims(mesh: string, scope: MembershipScope, { world }: AdmissionContext): (namespace: string) => Claim | undefined {
  const rolls = world.rolls().map(parseRoll).filter((roll) => roll.namespace !== mesh);
  const members = world.members().map(parseMember).filter((member) => member.controlPlane?.namespace !== mesh);
  const claimants = claimantIndex(rolls, members);
  return (name) => {
    const namespace = world.namespace(name) ?? objectOf(NAMESPACE, { name });
    return claimsOn(namespace, claimants(name), scope)[0];
  };
}
