import { MEMBER_ROLL } from '../../api/kinds.ts';
import { ROLL_NAME } from '../../api/names.ts';
import { sameJson, valueAt, type JsonObject } from '../../lib/json.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { objectOf } from '../../k8s/resource.ts';
import type { Roll } from './claimants.ts';
import { meshGenerationOf, soleControlPlane, type Mesh } from './meshes.ts';

/*
 * What `mode: ClusterWide` means (ADR 46): a mesh without a roll gets one that takes in every namespace with istio-injection: enabled,
 * as OpenShift Service Mesh 2.4 made it (spec/api-members.md 6). From then on it is the user's: it is never written again.
 */

const SELECTORS: readonly JsonObject[] = [{ matchLabels: { 'istio-injection': 'enabled' } }];

/** True for a control plane that runs for the whole cluster, by its own word or that of a profile: what was applied counts. */
function runsClusterWide(controlPlane: KubeObject | undefined): boolean {
  return valueAt(controlPlane, 'status', 'appliedSpec', 'mode') === 'ClusterWide' && meshGenerationOf(controlPlane).meshGeneration > 0;
}

/**
 * The roll of a mesh for the whole cluster; undefined for other meshes, and until the control plane was there once: who applies a roll of
 * his own with it comes first. It belongs to the control plane, and goes with it.
 */
export function clusterWideRoll(mesh: Mesh | undefined): KubeObject | undefined {
  const controlPlane = soleControlPlane(mesh);
  if (mesh === undefined || controlPlane === undefined || !runsClusterWide(controlPlane)) return undefined;
  const { apiVersion, kind, metadata: { name, uid } } = controlPlane;
  const owners = uid === undefined ? {} : { ownerReferences: [{ apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true }] };
  return objectOf(MEMBER_ROLL, { name: ROLL_NAME, namespace: mesh.namespace, ...owners }, { spec: { memberSelectors: SELECTORS } });
}

/** True for the roll that such a mesh gets anyway: who may have the mode may have it. */
export function isClusterWideRoll(roll: Roll, mesh: Mesh | undefined): boolean {
  const own = clusterWideRoll(mesh);
  return own !== undefined && sameJson(roll.object['spec'], own['spec']);
}
