import { ANNOTATION_SIDECAR, ANNOTATION_SIDECAR_STATUS } from '../../api/names.ts';
import { annotationOf, isDeleting, type KubeObject } from '../../k8s/object.ts';
import { markOfNow, podsNotInjected, type Injection } from '../member/injection.ts';
import { differenceWords, markText, parseMark, type SidecarMark } from './mark.ts';

/** A pod whose sidecar is not the one that its mesh gives now. */
export interface OutdatedPod {
  readonly pod: KubeObject;
  /** What is different: `1.30.3`, `other settings`. */
  readonly has: string;
}

/** The pods of one member by their sidecars. Pods that neither have nor should have one are in none of the lists. */
export interface Census {
  /** Absent while nothing is injected there. */
  readonly now?: SidecarMark;
  readonly current: readonly KubeObject[];
  readonly outdated: readonly OutdatedPod[];
  /** Should have a sidecar and have none. */
  readonly missing: readonly KubeObject[];
}

const hasReport = (pod: KubeObject): boolean => annotationOf(pod, ANNOTATION_SIDECAR_STATUS) !== undefined;

/**
 * Counts the pods of a member. In: its pods that still run, metadata is enough; who gives sidecars there.
 * While it is not known what is given now no pod is outdated. Law: no pod is in two lists.
 */
export function censusOf(pods: readonly KubeObject[], injection: Injection): Census {
  const now = markOfNow(injection);
  const missing = podsNotInjected(pods, injection);
  if (now === undefined) return { current: [], outdated: [], missing };
  const injected = pods.filter((pod) => hasReport(pod) && !isDeleting(pod));
  const isCurrent = (pod: KubeObject): boolean => annotationOf(pod, ANNOTATION_SIDECAR) === markText(now);
  const outdated = injected.filter((pod) => !isCurrent(pod)).map((pod) => ({ pod, has: differenceWords(parseMark(annotationOf(pod, ANNOTATION_SIDECAR)), now) }));
  return { now, current: injected.filter(isCurrent), outdated, missing };
}

/** Pods that should be made anew, in numbers. Those that are well are not counted here: a status with them would change with every pod. */
export function countsOf({ outdated, missing }: Pick<Census, 'outdated' | 'missing'>): { readonly outdated: number; readonly missing: number } {
  return { outdated: outdated.length, missing: missing.length };
}

/** Names with what is different, for messages. */
export function outdatedNames(outdated: readonly OutdatedPod[]): string[] {
  return outdated.map(({ pod, has }) => `${pod.metadata.name} (${has})`);
}
