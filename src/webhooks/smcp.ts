import { convertControlPlane } from '../domain/conversion/control-plane.ts';
import { validateControlPlane, type ControlPlaneContext } from '../domain/validation/control-plane.ts';
import type { Findings } from '../domain/validation/findings.ts';
import { isDeleting, type KubeObject } from '../k8s/object.ts';
import type { Result } from '../lib/result.ts';
import { isBeyondRules, placedObject, refuseProblems, textAt, type AdmissionContext, type Decide } from './decision.ts';
import { allow, deny, type AdmissionAnswer, type AdmissionRequest } from './review.ts';

/** Turns a control plane into another version of its API. The error says what stands in the way. */
export type ConvertControlPlane = (object: KubeObject, toApiVersion: string) => Result<KubeObject, string>;

/** The mesh knowledge behind conversion and admission. */
export interface ControlPlaneRules {
  readonly convert: ConvertControlPlane;
  /** In: the object as it was sent, in either version. */
  readonly review: (object: KubeObject, context: ControlPlaneContext) => Findings;
}

/** That of `src/domain`. */
export const CONTROL_PLANE_RULES: ControlPlaneRules = { convert: convertControlPlane, review: validateControlPlane };

/** Other control planes of the namespace. Only on CREATE: of two that raced, both must stay editable; the race becomes a condition. */
function othersThan({ operation, name, namespace }: AdmissionRequest, { world }: AdmissionContext): readonly KubeObject[] {
  return operation === 'CREATE' ? world.controlPlanes(namespace).filter((plane) => plane.metadata.name !== name) : [];
}

function refuseWhileDeleting({ name, namespace }: AdmissionRequest, others: readonly KubeObject[]): AdmissionAnswer | undefined {
  const leaving = others.find(isDeleting);
  return leaving && deny(400, `metadata.name "${name}" cannot be created yet: ServiceMeshControlPlane ${namespace}/${leaving.metadata.name} is still being deleted; wait until it is gone`);
}

/**
 * Decides over a ServiceMeshControlPlane of either version: where it may be, that it is the only one there, and what is in it
 * (spec/webhooks.md 3). Requests that keep the spec are let through: an operator that learned new rules must not freeze old meshes.
 */
export function controlPlaneDecision({ review }: ControlPlaneRules): Decide {
  return async (request, context) => {
    if (isBeyondRules(request)) return allow();
    const others = othersThan(request, context);
    const names = others.filter((other) => !isDeleting(other)).map((other) => other.metadata.name);
    const findings = review(placedObject(request), { others: names, operatorNamespace: context.operatorNamespace, running: textAt(request.oldObject, 'status', 'chartVersion') });
    return refuseProblems(findings) ?? refuseWhileDeleting(request, others) ?? allow(findings.warnings);
  };
}
