import * as kinds from '../../api/kinds.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { apiVersionOf } from '../../k8s/resource.ts';
import { isJsonObject, type JsonObject } from '../../lib/json.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import { admittedInV1 } from './admitted.ts';
import { get, merged, omit, own, pick, without } from './tree.ts';
import { SPEC, V1_FIELDS } from './spec.ts';
import { STATUS } from './status.ts';

/* A whole ServiceMeshControlPlane from one version to the other. */

const V1 = apiVersionOf(kinds.CONTROL_PLANE_V1);
const V2 = apiVersionOf(kinds.CONTROL_PLANE);

type Direction = 'toV1' | 'toV2';

function part(object: KubeObject, field: 'spec' | 'status', convert: (tree: JsonObject) => JsonObject): Readonly<Record<string, unknown>> {
  const value = own(object, field);
  return isJsonObject(value) ? { [field]: convert(value) } : {};
}

function convertTo(object: KubeObject, apiVersion: string, direction: Direction): KubeObject {
  return { ...object, apiVersion, ...part(object, 'spec', SPEC[direction]), ...part(object, 'status', STATUS[direction]) };
}

/**
 * Converts a ServiceMeshControlPlane between `maistra.io/v1` and `maistra.io/v2`.
 * In: an object in either version, and the wanted apiVersion. Out: the object in that version; metadata is untouched.
 * Error: one sentence, for another kind or version only. Whatever the CRD admits converts, and nothing is lost:
 * law: there and back gives the same object, in both directions. Source: spec/conversion-v1-v2.md.
 */
export function convertControlPlane(object: KubeObject, toApiVersion: string): Result<KubeObject, string> {
  if (object.kind !== kinds.CONTROL_PLANE.kind) return err(`cannot convert kind ${object.kind}: only ${kinds.CONTROL_PLANE.kind} has two versions`);
  for (const version of [object.apiVersion, toApiVersion]) {
    if (version !== V1 && version !== V2) return err(`cannot convert ${object.apiVersion} to ${toApiVersion}: ${version} is neither ${V1} nor ${V2}`);
  }
  if (object.apiVersion === toApiVersion) return ok(object);
  return ok(convertTo(object, toApiVersion, toApiVersion === V1 ? 'toV1' : 'toV2'));
}

/** v1 fields of a v2 spec: its own, and those the old operator put aside when it could not convert (spec/conversion-v1-v2.md 5.2). */
function strayValues(spec: JsonObject): JsonObject {
  const istio = get(spec, ['techPreview', 'errored', 'istio']);
  const threeScale = get(spec, ['techPreview', 'errored', '3scale']);
  return { ...(isJsonObject(istio) ? { istio } : {}), ...(isJsonObject(threeScale) ? { threeScale } : {}), ...pick(spec, V1_FIELDS) };
}

/**
 * A v2 object that carries v1 fields, because it was stored before conversion was in place, as the v2 object it means.
 * In: an object as it is stored. Out: the same object when it has no v1 fields; else one without them, where v2 fields win.
 */
export function normalizeControlPlane(object: KubeObject): KubeObject {
  const spec = own(object, 'spec');
  if (!isJsonObject(spec)) return object;
  const stray = strayValues(spec);
  if (Object.keys(stray).length === 0) return object;
  // What v1 does not admit could not come back as v1.
  const converted = SPEC.toV2(admittedInV1({ ...stray, ...pick(spec, ['version']) }));
  const kept = without(omit(spec, V1_FIELDS), ['techPreview', 'errored']);
  return { ...object, spec: merged(converted, kept) };
}

/**
 * A v2 spec in the words of v1: `template`, `version`, `istio` … as `status.appliedValues` shows it.
 * In: any v2 spec. Out: a v1 spec without notes on what v1 cannot say.
 */
export function valuesOfSpec(spec: JsonObject): JsonObject {
  return without(SPEC.toV1(spec), ['istio', 'techPreview', 'v2Differences']);
}
