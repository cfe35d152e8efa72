import { valueAt } from '../../lib/json.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { normalizeControlPlane } from '../conversion/control-plane.ts';
import { appliedSpecOf, type ProfileLibrary } from '../control-plane/profiles.ts';

/** Has the mesh asked for restarts of its workloads? In: the SMCP, and the profiles that fill it in. */
export function updatesWorkloads(controlPlane: KubeObject, profiles?: ProfileLibrary): boolean {
  return valueAt(appliedSpecOf(normalizeControlPlane(controlPlane), profiles), 'updateStrategy', 'updateWorkloads') === true;
}
