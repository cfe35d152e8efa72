import type * as z from 'zod';
import { ok, type Result } from '../../lib/result.ts';
import type { KubeObject } from '../../k8s/object.ts';
import type { Problem } from '../../k8s/plan.ts';
import { choice, looseObject, text, texts, type Immutable } from '../schema/fields.ts';
import { parseSpec, parseStatus } from '../schema/parse.ts';
import { addons } from './addons.ts';
import { cluster } from './cluster.ts';
import { controlPlaneStatusSchema } from './control-plane-status.ts';
import { gateways } from './gateways.ts';
import { general } from './general.ts';
import { meshConfig } from './mesh-config.ts';
import { policy } from './policy.ts';
import { proxy } from './proxy.ts';
import { runtime } from './runtime.ts';
import { security } from './security.ts';
import { techPreview } from './tech-preview.ts';
import { telemetry } from './telemetry.ts';
import { tracing } from './tracing.ts';
import { updateStrategy } from './update-strategy.ts';

/** `spec` of a v2 ServiceMeshControlPlane (spec/api-smcp.md 3). No field has a default in the schema: what applies is in status.appliedSpec. */
export const controlPlaneSpecSchema = looseObject({
  profiles: texts('Profiles that fill in what you leave out; the last one wins. Default: default.'),
  version: text('Istio minor (v1.31) or exact patch (1.31.1). Absent: the newest, and it stays on that minor. Old mesh versions (v1.1, v2.5) count as absent.'),
  mode: choice('MultiTenant: members are those of the ServiceMeshMemberRoll and of ServiceMeshMembers. ClusterWide: without a ServiceMeshMemberRoll one is made that takes in every namespace labelled istio-injection: enabled. Default: MultiTenant.', ['MultiTenant', 'ClusterWide']),
  cluster, meshConfig, general, policy, proxy, security, telemetry, tracing, gateways, runtime, addons, updateStrategy, techPreview,
}).meta({ description: 'What the mesh should be. Everything is optional.' });

/** The parsed spec. */
export type ControlPlaneSpec = Immutable<z.infer<typeof controlPlaneSpecSchema>>;

/** The parsed status. */
export type ControlPlaneStatus = Immutable<z.infer<typeof controlPlaneStatusSchema>>;

/** A v2 ServiceMeshControlPlane whose spec was checked. Unknown fields are still in it. */
export interface ControlPlane extends KubeObject {
  readonly spec: ControlPlaneSpec;
  readonly status?: ControlPlaneStatus | undefined;
}

/**
 * Parses a v2 ServiceMeshControlPlane at the border.
 * In: an object as the API server gave it. Out: the same with a typed spec, or every field that is wrong.
 * A null counts as absent. A status we cannot read counts as empty: it is ours and is written anew.
 */
export function parseControlPlane(object: KubeObject): Result<ControlPlane, Problem[]> {
  const spec = parseSpec(controlPlaneSpecSchema, object);
  return spec.ok ? ok({ ...object, spec: spec.value, status: parseControlPlaneStatus(object) }) : spec;
}

/** The status of a v2 ServiceMeshControlPlane; undefined when there is none or it cannot be read. */
export function parseControlPlaneStatus(object: KubeObject): ControlPlaneStatus | undefined {
  return parseStatus(controlPlaneStatusSchema, object);
}
