import { MEMBER } from '../../api/kinds.ts';
import { LABEL_MEMBER_OF } from '../../api/names.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { EMPTY_PLAN, type Plan, type Stage, type Step } from '../../k8s/plan.ts';
import { memberCopies, memberCopyOptions } from '../control-plane/member-copies.ts';
import { otherMeshFor, servedByOther } from '../neighbours/other-mesh.ts';
import { releaseOldFinalizer } from '../member-roll/finalizer.ts';
import { copyChanges, isRelabelled, removeCopies } from './copies.ts';
import { decide, type Decision } from './decision.ts';
import { leaveStages, patchNamespace } from './leave.ts';
import type { MemberObserved } from './observed.ts';

type Joining = Extract<Decision['belonging'], { readonly is: 'member' }>;

/**
 * Joining: copies first, the label last, because the label is what everybody else goes by. Then copies that are no longer
 * wanted are removed. While an object of somebody else holds a name, or another istiod serves it, a namespace outside stays outside.
 */
function joinPlan(observed: MemberObserved, namespace: KubeObject, target: Joining, memberOf: string | undefined): Plan {
  const other = otherMeshFor(namespace, observed.otherMeshes ?? []);
  if (other !== undefined && memberOf !== target.mesh) return { ...EMPTY_PLAN, problems: [{ path: 'metadata.labels', value: other.id, ...servedByOther(observed.name, other) }] };
  const changes = copyChanges(observed, memberCopies(memberCopyOptions(target.controlPlane, observed.copyFacts), observed.name));
  const label: Step = patchNamespace(namespace, { labels: { [LABEL_MEMBER_OF]: target.mesh } });
  const labelling: Stage = memberOf === target.mesh || changes.problems.length > 0 ? [] : [label];
  return { ...EMPTY_PLAN, stages: [changes.replace, changes.apply, labelling, changes.obsolete], problems: changes.problems };
}

/** The mesh that must be left before anything else, or undefined. */
export function meshToLeave(observed: MemberObserved, decision: Decision): string | undefined {
  const { belonging, memberOf, leaving } = decision;
  if (leaving !== undefined) return leaving;
  if (memberOf === undefined || belonging.is === 'frozen') return undefined;
  if (belonging.is === 'control-plane') return memberOf === observed.name ? undefined : memberOf;
  if (belonging.is !== 'member') return memberOf;
  return memberOf === belonging.mesh || isRelabelled(observed.copies, belonging.mesh, memberOf) ? undefined : memberOf;
}

function membershipPlan(observed: MemberObserved, namespace: KubeObject, decision: Decision): Plan {
  const { belonging, memberOf, leaving } = decision;
  const mesh = meshToLeave(observed, decision);
  if (mesh !== undefined) {
    return { ...EMPTY_PLAN, stages: leaveStages(observed, namespace, { mesh, isNoted: leaving !== undefined, isLabelled: memberOf !== undefined }) };
  }
  switch (belonging.is) {
    case 'member': return joinPlan(observed, namespace, belonging, memberOf);
    case 'frozen': return EMPTY_PLAN;
    default: return { ...EMPTY_PLAN, stages: [removeCopies(observed.copies)] };
  }
}

/**
 * What must be written so that a namespace is in exactly the mesh it belongs in, or in none.
 * Moving from one mesh to another is leaving, and joining in the next pass. A namespace being deleted is left alone.
 */
export function planMember(observed: MemberObserved): Plan {
  const decision = decide(observed);
  const released = observed.members.flatMap((member) => releaseOldFinalizer(MEMBER, member));
  const { namespace } = observed;
  const plan = namespace === undefined || decision.belonging.is === 'absent' ? EMPTY_PLAN : membershipPlan(observed, namespace, decision);
  return { ...plan, stages: [released, ...plan.stages].filter((stage) => stage.length > 0) };
}
