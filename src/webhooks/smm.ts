import { CONTROL_PLANE } from '../api/kinds.ts';
import { lostClaim } from '../domain/member-roll/obstacles.ts';
import { validateMember } from '../domain/validation/member.ts';
import { isBeyondRules, placedObject, refuseProblems, refuseWithout, textAt, type AdmissionContext, type Decide } from './decision.ts';
import { foreignClaims, scopeOf } from './foreign-claims.ts';
import { allow, deny, type AdmissionAnswer, type AdmissionRequest } from './review.ts';

interface ControlPlaneRef {
  readonly namespace: string;
  readonly name: string;
}

function refOf(object: AdmissionRequest['object'] | undefined): ControlPlaneRef {
  return { namespace: textAt(object, 'spec', 'controlPlaneRef', 'namespace'), name: textAt(object, 'spec', 'controlPlaneRef', 'name') };
}

const show = (ref: ControlPlaneRef): string => `${ref.namespace}/${ref.name}`;

function refuseOtherMesh(request: AdmissionRequest, mesh: string, context: AdmissionContext): AdmissionAnswer | undefined {
  const claim = foreignClaims(mesh, scopeOf(context), context)(request.namespace);
  return claim === undefined ? undefined : deny(400, lostClaim(request.namespace, claim).message);
}

/** Objects may come in any order, so what is missing is a warning and no refusal (wishes.md W8). */
function warningsOf(request: AdmissionRequest, ref: ControlPlaneRef, { world }: AdmissionContext): string[] {
  if (request.namespace === ref.namespace) return [];
  if (world.controlPlanes(request.namespace).length > 0) {
    return [`metadata.namespace "${request.namespace}" has a ServiceMeshControlPlane of its own and cannot be a member of mesh ${ref.namespace}`];
  }
  const names = world.controlPlanes(ref.namespace).map((plane) => plane.metadata.name);
  if (names.includes(ref.name)) return [];
  const there = names.length === 0 ? '' : ` (there is ${names.map((name) => `"${name}"`).join(', ')})`;
  return [`spec.controlPlaneRef "${show(ref)}": there is no such ServiceMeshControlPlane${there}; the namespace joins as soon as it is created`];
}

/**
 * Decides over a ServiceMeshMember. The requester needs verb `use` on the control plane it refers to, asked on CREATE only:
 * the reference cannot change, and a label or a finalizer is nobody else's business (spec/webhooks.md 5, wishes.md W2 to W4).
 */
export const decideMember: Decide = async (request, context, deadline) => {
  if (isBeyondRules(request)) return allow();
  const findings = validateMember(placedObject(request), { operatorNamespace: context.operatorNamespace, before: request.oldObject });
  const refused = refuseProblems(findings);
  if (refused !== undefined) return refused;
  const ref = refOf(request.object);
  const access = { verb: 'use', group: CONTROL_PLANE.group, resource: CONTROL_PLANE.plural, namespace: ref.namespace, name: ref.name };
  // Who may not use the mesh is not told either who else has the namespace.
  return await refuseWithout(request.user, access, `use ServiceMeshControlPlane ${show(ref)}`, { reviewer: context.access, deadline })
    ?? refuseOtherMesh(request, ref.namespace, context)
    ?? allow([...findings.warnings, ...warningsOf(request, ref, context)]);
};
