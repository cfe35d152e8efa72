import { ANNOTATION_RESTARTED_FOR, ANNOTATION_RESTARTING, ANNOTATION_UPDATE_WORKLOAD } from '../../api/names.ts';
import { sortedBy } from '../../lib/sort.ts';
import { annotationOf, isDeleting, type KubeObject } from '../../k8s/object.ts';
import { workloadNameOf } from '../why/workload.ts';
import { budgetObstacle } from './budget.ts';
import { markText, type SidecarMark } from './mark.ts';
import type { MemberPods, SidecarsObserved } from './observed.ts';
import { disruptionOf, rolloutHindrance, rolloutObstacle } from './rollout.ts';
import { censusByMember, podsToRenew } from './view.ts';

/** A workload of a member with pods that should be made anew. */
export interface StaleWorkload {
  /** `Deployment pay/web`; pods of their own by their own name. */
  readonly name: string;
  /** Absent: nothing makes these pods that could be restarted. */
  readonly object?: KubeObject;
  /** The sidecar that its pods are to get. */
  readonly mark: SidecarMark;
  /** Why it is not restarted now; '' when it may be. */
  readonly obstacle: string;
}

/** How a workload is named in messages and in the status. */
export function workloadTitle({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
}

function obstacleOf(object: KubeObject, mark: SidecarMark, { pods, budgets }: MemberPods): string {
  if (annotationOf(object, ANNOTATION_UPDATE_WORKLOAD) === 'false') return `its annotation ${ANNOTATION_UPDATE_WORKLOAD}: "false" refuses`;
  if (isDeleting(object)) return 'it is being deleted';
  const busy = rolloutObstacle(object);
  if (busy !== '') return `it is being rolled out: ${busy}`;
  const hindrance = rolloutHindrance(object);
  if (hindrance !== '') return hindrance;
  if (annotationOf(object, ANNOTATION_RESTARTED_FOR) === markText(mark)) return 'it was restarted for this sidecar, and its pods have another one all the same: look at how they are made';
  const own = pods.filter((pod) => { const name = workloadNameOf(pod); return name?.kind === object.kind && name.name === object.metadata.name; });
  return budgetObstacle(own, disruptionOf(object), budgets);
}

const UNOWNED = 'no Deployment, StatefulSet or DaemonSet makes it: its author has to make it anew';

function staleIn(member: MemberPods, renew: readonly KubeObject[], mark: SidecarMark): StaleWorkload[] {
  const objects = new Map(member.workloads.map((object) => [`${object.kind} ${object.metadata.name}`, object]));
  const found = new Map<string, StaleWorkload>();
  for (const pod of renew) {
    const owner = workloadNameOf(pod);
    const object = owner === undefined ? undefined : objects.get(`${owner.kind} ${owner.name}`);
    const name = workloadTitle(object ?? pod);
    if (!found.has(name)) found.set(name, object === undefined ? { name, mark, obstacle: UNOWNED } : { name, object, mark, obstacle: obstacleOf(object, mark, member) });
  }
  return [...found.values()];
}

/** Workloads with pods to make anew, in the order in which they are restarted: by namespace, kind and name. */
export function staleWorkloads(observed: SidecarsObserved): readonly StaleWorkload[] {
  const members = new Map(observed.members.map((member) => [member.namespace.metadata.name, member]));
  const stale = censusByMember(observed).flatMap((census) => {
    const member = members.get(census.namespace);
    return member === undefined || census.now === undefined ? [] : staleIn(member, podsToRenew(census), census.now);
  });
  return sortedBy(stale, ({ name, object }) => `${object?.metadata.namespace ?? '~'} ${name}`);
}

/** Workloads that a restart of ours is under way for, whatever came of it. */
export function restartingWorkloads({ members }: SidecarsObserved): readonly KubeObject[] {
  const all = members.flatMap(({ workloads }) => workloads).filter((object) => annotationOf(object, ANNOTATION_RESTARTING) !== undefined);
  return sortedBy(all, workloadTitle);
}
