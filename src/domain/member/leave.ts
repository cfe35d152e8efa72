import { CONFIG_MAP, NAMESPACE } from '../../api/kinds.ts';
import { ANNOTATION_LEAVING, LABEL_MEMBER_OF } from '../../api/names.ts';
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
function removeTrust({ trust = [] }: MemberObserved): Step[] {
  return trust.map((object) => ({ do: 'remove', ref: refOf(CONFIG_MAP, object) }));
}

/**
 * Leaving a mesh, resumable at any line:
 * 1. one patch takes the label off (istiod lets go) and writes down which mesh is being left;
 * 2. copies are removed, and with them istiod's right to write here;
 * 3. the mesh's trust is removed: while istiod could write, it would put its root certificate back (spec/istio-upstream.md 3);
 * 4. the note is taken off. Until then each pass comes back here, and the namespace joins nothing else.
 */
export function leaveStages(observed: MemberObserved, namespace: KubeObject, from: { readonly mesh: string; readonly isNoted: boolean; readonly isLabelled: boolean }): Stage[] {
  const mark = { labels: { [LABEL_MEMBER_OF]: null }, annotations: { [ANNOTATION_LEAVING]: from.mesh } };
  const marked: Stage[] = from.isNoted && !from.isLabelled ? [] : [[patchNamespace(namespace, mark)]];
  const emptied: readonly Stage[] = [removeCopies(observed.copies), removeTrust(observed)].filter((stage) => stage.length > 0);
  return [...marked, ...emptied, [patchNamespace(namespace, { annotations: { [ANNOTATION_LEAVING]: null } })]];
}
