import { ANNOTATION_LEAVING, LABEL_MEMBER_OF } from '../../api/names.ts';
import { annotationOf, isDeleting, labelOf, type KubeObject } from '../../k8s/object.ts';
import { memoized } from '../../lib/memo.ts';
import { claimsOn, isServed, winningClaim, type Claim } from '../member-roll/claims.ts';
import { parseMember, parseRoll } from '../member-roll/claimants.ts';
import { meshesOf, soleControlPlane, type Meshes } from '../member-roll/meshes.ts';
import type { MemberObserved } from './observed.ts';

/**
 * Where a namespace belongs.
 * - `absent`: it does not exist, or it is being deleted: nothing is written to it any more;
 * - `control-plane`: it is the namespace of a control plane, which is nobody's member;
 * - `free`: no mesh claims it, or the one that does has no control plane;
 * - `frozen`: its mesh has several control planes; nothing changes until one is left;
 * - `member`: it belongs in this mesh.
 */
export type Belonging =
  | { readonly is: 'absent' | 'control-plane' | 'free' }
  | { readonly is: 'frozen'; readonly mesh: string }
  | { readonly is: 'member'; readonly mesh: string; readonly controlPlane: KubeObject };

/** What follows from the claims on a namespace and from the marks it carries. */
export interface Decision {
  readonly belonging: Belonging;
  readonly meshes: Meshes;
  readonly winner?: Claim;
  /** Claims of other meshes, which have no effect. */
  readonly rivals: readonly Claim[];
  /** Value of label `maistra.io/member-of`. */
  readonly memberOf?: string;
  /** The mesh it is leaving, from our annotation; set until everything of that mesh is gone. */
  readonly leaving?: string;
}

function belongingOf(observed: MemberObserved, meshes: Meshes, claims: readonly Claim[], winner: Claim | undefined): Belonging {
  if (observed.namespace === undefined || isDeleting(observed.namespace)) return { is: 'absent' };
  if (meshes.has(observed.name)) return { is: 'control-plane' };
  if (winner === undefined || !isServed(winner.mesh, claims)) return { is: 'free' };
  const controlPlane = soleControlPlane(meshes.get(winner.mesh));
  return controlPlane === undefined ? { is: 'frozen', mesh: winner.mesh } : { is: 'member', mesh: winner.mesh, controlPlane };
}

/** Decides by the claims alone; nothing is remembered between passes but what the namespace carries. Plan and status of a pass ask about one observation. */
export const decide: (observed: MemberObserved) => Decision = memoized((observed) => {
  const meshes = meshesOf(observed.controlPlanes);
  const { namespace, operatorNamespace } = observed;
  if (namespace === undefined) return { belonging: { is: 'absent' }, meshes, rivals: [] };
  const scope = { meshes, ...(operatorNamespace === undefined ? {} : { operatorNamespace }) };
  const claimants = { naming: observed.namingRolls.map(parseRoll), open: observed.openRolls.map(parseRoll), members: observed.members.map(parseMember) };
  const memberOf = labelOf(namespace, LABEL_MEMBER_OF);
  const leaving = annotationOf(namespace, ANNOTATION_LEAVING);
  const claims = claimsOn(namespace, claimants, scope);
  const winner = winningClaim(claims, memberOf);
  return {
    belonging: belongingOf(observed, meshes, claims, winner), meshes, rivals: claims.filter((claim) => claim.mesh !== winner?.mesh),
    ...(winner === undefined ? {} : { winner }), ...(memberOf === undefined ? {} : { memberOf }), ...(leaving === undefined ? {} : { leaving }),
  };
});
