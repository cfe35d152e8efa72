import { CONFIG_MAP, NAMESPACE } from '../../api/kinds.ts';
import { ANNOTATION_LEAVING, CRL_CONFIGMAP, LABEL_MEMBER_OF } from '../../api/names.ts';
import type { JsonObject } from '../../lib/json.ts';
import type { KubeObject } from '../../k8s/object.ts';
import type { Stage, Step } from '../../k8s/plan.ts';
import { refOf } from '../../k8s/ref.ts';
import { removeCopies } from './copies.ts';
import type { MemberObserved } from './observed.ts';

/** A merge patch of the namespace, pinned to its uid: it never creates one. */
export function patchNamespace(namespace: KubeObject, metadata: JsonObject): Step {
  return { do: 'patch', ref: refOf(NAMESPACE, namespace), patch: { metadata } };
}

/** istiod's ConfigMaps: with the roots of the old mesh in place, proxies of the next one would not trust it. */
function removeTrust(observed: MemberObserved): Step[] {
  const crl: Step = { do: 'remove', ref: { type: CONFIG_MAP, namespace: observed.name, name: CRL_CONFIGMAP } };
  return observed.rootCert === undefined ? [crl] : [{ do: 'remove', ref: refOf(CONFIG_MAP, observed.rootCert) }, crl];
}

/**
 * Leaving a mesh, resumable at any line:
 * 1. one patch takes the label off (istiod lets go) and writes down which mesh is being left;
 * 2. copies and the mesh's trust are removed;
 * 3. the note is taken off. Until then each pass comes back here, and the namespace joins nothing else.
 */
export function leaveStages(observed: MemberObserved, namespace: KubeObject, from: { readonly mesh: string; readonly isNoted: boolean; readonly isLabelled: boolean }): Stage[] {
  const mark = { labels: { [LABEL_MEMBER_OF]: null }, annotations: { [ANNOTATION_LEAVING]: from.mesh } };
  const marked: Stage[] = from.isNoted && !from.isLabelled ? [] : [[patchNamespace(namespace, mark)]];
  const cleaned: Stage = [...removeCopies(observed.copies), ...removeTrust(observed)];
  return [...marked, cleaned, [patchNamespace(namespace, { annotations: { [ANNOTATION_LEAVING]: null } })]];
}
