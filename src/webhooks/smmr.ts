import { lostClaim } from '../domain/member-roll/obstacles.ts';
import { isClusterWideRoll } from '../domain/member-roll/cluster-wide.ts';
import { parseRoll, type Roll } from '../domain/member-roll/claimants.ts';
import { isOffLimits, isTakenIn, type MembershipScope } from '../domain/member-roll/members.ts';
import { validateMemberRoll } from '../domain/validation/member-roll.ts';
import { isBeyondRules, placedObject, refuseProblems, type AdmissionContext, type Decide } from './decision.ts';
import { foreignClaims, scopeOf } from './foreign-claims.ts';
import { allow, deny, type AdmissionAnswer, type AdmissionRequest } from './review.ts';
import { refuseRollAccess } from './smmr-access.ts';

/** Conflicts that one refusal names. */
const SHOWN = 5;

interface RollView {
  readonly before: Roll | undefined;
  readonly after: Roll;
  /** Listed now and not before; the mesh's own and the operator's namespace are never members and do not count. */
  readonly added: readonly string[];
  readonly scope: MembershipScope;
}

function viewOf(request: AdmissionRequest, context: AdmissionContext): RollView {
  const after = parseRoll(placedObject(request));
  const before = request.oldObject === undefined ? undefined : parseRoll(request.oldObject);
  const known = new Set(before?.names);
  const scope = scopeOf(context);
  const added = [...new Set(after.names)].filter((name) => !known.has(name) && !isOffLimits(name, after.namespace, scope));
  return { before, after, added, scope };
}

/** Namespaces that this change brings in, by name, `*` or selector. What the roll had before is not judged again. */
function newMembers({ before, after, added, scope }: RollView, { world }: AdmissionContext): string[] {
  const known = new Set(before?.names);
  const isNew = (namespace: Parameters<typeof isTakenIn>[1]): boolean =>
    isTakenIn(after, namespace, scope) && !known.has(namespace.metadata.name) && !(before !== undefined && isTakenIn(before, namespace, scope));
  return [...new Set([...added, ...world.namespaces().filter(isNew).map((namespace) => namespace.metadata.name)])];
}

function refuseOverlap(view: RollView, context: AdmissionContext): AdmissionAnswer | undefined {
  const claimOn = foreignClaims(view.after.namespace, view.scope, context);
  const conflicts = newMembers(view, context).flatMap((namespace) => {
    const claim = claimOn(namespace);
    return claim === undefined ? [] : [lostClaim(namespace, claim).message];
  });
  if (conflicts.length === 0) return undefined;
  const more = conflicts.length > SHOWN ? `; and ${conflicts.length - SHOWN} more` : '';
  return deny(400, `${conflicts.slice(0, SHOWN).join('; ')}${more}`);
}

/** Objects may come in any order, so what is missing or has no effect is a warning and no refusal (wishes.md W8). */
function warningsOf({ after, scope }: RollView, { world }: AdmissionContext): string[] {
  const warnings: string[] = [];
  for (const name of after.names) {
    if (name === after.namespace) continue;
    if (name === scope.operatorNamespace) warnings.push(`spec.members "${name}" is the operator's namespace, which cannot be in a mesh; the entry has no effect`);
    else if (scope.meshes.has(name)) warnings.push(`spec.members "${name}" has a ServiceMeshControlPlane of its own and cannot be a member of this mesh; remove the entry`);
  }
  if (world.controlPlanes(after.namespace).length === 0) {
    warnings.push(`metadata.namespace "${after.namespace}": there is no ServiceMeshControlPlane in this namespace; the members join as soon as one is created`);
  }
  return warnings;
}

/**
 * Decides over a ServiceMeshMemberRoll: its form, what the requester may add, and that no namespace gets a second mesh
 * (spec/webhooks.md 4, wishes.md W3, W4, W14).
 */
export const decideMemberRoll: Decide = async (request, context, deadline) => {
  if (isBeyondRules(request)) return allow();
  const findings = validateMemberRoll(placedObject(request), { operatorNamespace: context.operatorNamespace });
  const refused = refuseProblems(findings);
  if (refused !== undefined) return refused;
  const view = viewOf(request, context);
  // Who may have spec.mode: ClusterWide was asked when it was set; a namespace that another mesh has stays there, and the roll's status says so.
  if (view.before === undefined && isClusterWideRoll(view.after, view.scope.meshes.get(view.after.namespace))) return allow(findings.warnings);
  return await refuseRollAccess({ user: request.user, before: view.before, after: view.after, added: view.added }, context, deadline)
    ?? refuseOverlap(view, context)
    ?? allow([...findings.warnings, ...warningsOf(view, context)]);
};
