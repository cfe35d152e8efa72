import { CONTROL_PLANE } from '../api/kinds.ts';
import { isDeleting, type KubeObject } from '../k8s/object.ts';
import type { Problem } from '../k8s/plan.ts';
import { apiVersionOf } from '../k8s/resource.ts';
import { ok, type Result } from '../lib/result.ts';
import { isBeyondRules, refuseOperatorNamespace, refuseProblems, type AdmissionContext, type Decide } from './decision.ts';
import { allow, deny, type AdmissionAnswer, type AdmissionRequest } from './review.ts';

/** Turns a control plane into another version of its API. The error says what stands in the way. */
export type ConvertControlPlane = (object: KubeObject, toApiVersion: string) => Result<KubeObject, string>;

/** What is wrong with a control plane, and what its author should know. */
export interface ControlPlaneFindings {
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

/** The mesh knowledge behind the decision; `src/domain` has it. */
export interface ControlPlaneRules {
  readonly convert: ConvertControlPlane;
  /** In: the object as v2, and on UPDATE the old one as v2. */
  readonly review: (object: KubeObject, oldObject: KubeObject | undefined) => ControlPlaneFindings;
}

/** One mesh per namespace. Only on CREATE: of two that raced, both must stay editable. The race itself becomes a condition. */
function refuseSecond(request: AdmissionRequest, { world }: AdmissionContext): AdmissionAnswer | undefined {
  if (request.operation !== 'CREATE') return undefined;
  const other = world.controlPlanes(request.namespace).find((plane) => plane.metadata.name !== request.name);
  if (other === undefined) return undefined;
  const remedy = isDeleting(other) ? 'it is being deleted; wait until it is gone' : 'change that one, or create this one in another namespace';
  return deny(400, `metadata.namespace "${request.namespace}" already has the ServiceMeshControlPlane "${other.metadata.name}"; ${remedy}`);
}

function asV2(object: KubeObject | undefined, { convert }: ControlPlaneRules): Result<KubeObject | undefined, string> {
  const version = apiVersionOf(CONTROL_PLANE);
  return object === undefined || object.apiVersion === version ? ok(object) : convert(object, version);
}

function refuseContent(request: AdmissionRequest, rules: ControlPlaneRules): AdmissionAnswer {
  const object = asV2(request.object, rules);
  if (!object.ok) return deny(400, object.error);
  // An old object that cannot be read any more must not keep its own correction out.
  const oldObject = asV2(request.oldObject, rules);
  const { problems, warnings } = rules.review(object.value ?? request.object, oldObject.ok ? oldObject.value : undefined);
  return refuseProblems(problems, warnings) ?? allow(warnings);
}

/**
 * Decides over a ServiceMeshControlPlane of either version: where it may be, that it is the only one there, and what is in it
 * (spec/webhooks.md 3). Requests that keep the spec are let through: an operator that learned new rules must not freeze old meshes.
 */
export function controlPlaneDecision(rules: ControlPlaneRules): Decide {
  return async (request, context) => {
    if (isBeyondRules(request)) return allow();
    return refuseOperatorNamespace(request, context) ?? refuseSecond(request, context) ?? refuseContent(request, rules);
  };
}
