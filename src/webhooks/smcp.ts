import { CONTROL_PLANE } from '../api/kinds.ts';
import { convertControlPlane, normalizeControlPlane } from '../domain/conversion/control-plane.ts';
import { profileLibrary } from '../domain/control-plane/profile-library.ts';
import { appliedSpecOf, type ProfileLibrary } from '../domain/control-plane/profiles.ts';
import { validateControlPlane, type ControlPlaneContext } from '../domain/validation/control-plane.ts';
import type { Findings } from '../domain/validation/findings.ts';
import { isDeleting, type KubeObject } from '../k8s/object.ts';
import { apiVersionOf } from '../k8s/resource.ts';
import { valueAt } from '../lib/json.ts';
import type { Result } from '../lib/result.ts';
import { isBeyondRules, placedObject, refuseProblems, refuseWithout, textAt, type AdmissionContext, type Decide } from './decision.ts';
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

/** A mesh for the whole cluster, in any of the words that ever meant it, by itself or by its profiles. */
function isClusterWide(object: KubeObject | undefined, profiles: ProfileLibrary): boolean {
  if (object === undefined) return false;
  const converted = convertControlPlane(object, apiVersionOf(CONTROL_PLANE));
  const spec = converted.ok ? appliedSpecOf(normalizeControlPlane(converted.value), profiles) : undefined;
  return valueAt(spec, 'mode') === 'ClusterWide' || valueAt(spec, 'techPreview', 'controlPlaneMode') === 'ClusterScoped';
}

const EVERYWHERE = { verb: 'create', group: CONTROL_PLANE.group, resource: CONTROL_PLANE.plural };

/**
 * Only who may create control planes in all namespaces may ask for the whole cluster: on CREATE, and on an UPDATE that turns to it
 * (spec/webhooks.md 3, rule 19; the old operator looked on CREATE only). Who edits one that is cluster-wide already asks for nothing new.
 */
async function refuseClusterWide({ object, oldObject, user }: AdmissionRequest, { access, world, operatorNamespace }: AdmissionContext, deadline: AbortSignal): Promise<AdmissionAnswer | undefined> {
  const profiles = profileLibrary(world.profiles(operatorNamespace));
  if (!isClusterWide(object, profiles) || isClusterWide(oldObject, profiles)) return undefined;
  return refuseWithout(user, EVERYWHERE, 'create ServiceMeshControlPlanes in all namespaces, which spec.mode: ClusterWide asks for; use MultiTenant, or ask an administrator of the cluster', { reviewer: access, deadline });
}

/**
 * Without conversion the API server stores an object of another version under the number of the stored one, and prunes what that does not know: the spec is
 * lost. So it is while OLM upgrades us, which first writes the CRD without conversion (operator-lifecycle-manager 0.45, catalog/step.go), and while nobody
 * has written it yet.
 */
function refuseUnconverted({ object }: AdmissionRequest, { world }: AdmissionContext): AdmissionAnswer | undefined {
  const stored = apiVersionOf(CONTROL_PLANE);
  if (object.apiVersion === stored || world.isConverting()) return undefined;
  return deny(503, `apiVersion ${object.apiVersion} cannot be written at the moment: the conversion into ${stored} is being set up; try again in a few seconds, or write ${stored}`);
}

/**
 * Decides over a ServiceMeshControlPlane of either version: where it may be, that it is the only one there, and what is in it
 * (spec/webhooks.md 3). Requests that keep the spec are let through: an operator that learned new rules must not freeze old meshes.
 */
export function controlPlaneDecision({ review }: ControlPlaneRules): Decide {
  return async (request, context, deadline) => {
    const unconverted = isDeleting(request.object) ? undefined : refuseUnconverted(request, context);
    if (unconverted !== undefined) return unconverted;
    if (isBeyondRules(request)) return allow();
    const { world, operatorNamespace } = context;
    const others = othersThan(request, context);
    const names = others.filter((other) => !isDeleting(other)).map((other) => other.metadata.name);
    const running = textAt(request.oldObject, 'status', 'chartVersion');
    const findings = review(placedObject(request), { others: names, operatorNamespace, running, profiles: profileLibrary(world.profiles(operatorNamespace)) });
    return refuseProblems(findings) ?? refuseWhileDeleting(request, others) ?? await refuseClusterWide(request, context, deadline) ?? allow(findings.warnings);
  };
}
