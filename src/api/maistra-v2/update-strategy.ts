import { flag, section, text, texts } from '../schema/fields.ts';

/** `spec.updateStrategy`: how pods follow a change of the mesh's sidecars. Ours; the old operator left it to users. */
export const updateStrategy = section('How the pods of members follow a change of the control plane.', {
  updateWorkloads: flag('The operator restarts workloads of members whose pods have no sidecar, or another one than the mesh gives now: one after the other, as far as PodDisruptionBudgets allow. Default: false.'),
  canary: section('A newer Istio beside the mesh\'s own, for some members: a second istiod, of revision NAME-canary. When all is well, set spec.version to the same version; to go back, take this away.', {
    version: text('Istio minor (v1.31) or exact patch; at most one minor newer than the mesh. With that of the mesh, or an older one, there is no canary.'),
    namespaces: texts('Members whose pods get its sidecars when they are made. Others, and names that are no members, are left as they are.'),
  }),
});
