import { flag, section } from '../schema/fields.ts';

/** `spec.updateStrategy`: how pods follow a change of the mesh's sidecars. Ours; the old operator left it to users. */
export const updateStrategy = section('How the pods of members follow a change of the control plane.', {
  updateWorkloads: flag('The operator restarts workloads of members whose pods have no sidecar, or another one than the mesh gives now: one after the other, as far as PodDisruptionBudgets allow. Default: false.'),
});
