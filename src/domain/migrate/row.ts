/**
 * What becomes of a thing of the old mesh: `adopted` stays as it is under the new operator; `changed` stays and gets another content; `replaced` has to be
 * made anew, because a field cannot be changed in place; `dropped` is not needed any more; `unsupported` needs a decision of yours first.
 */
export type Fate = 'adopted' | 'changed' | 'replaced' | 'dropped' | 'unsupported';

/** One line of a plan. */
export interface PlanRow {
  readonly fate: Fate;
  /** `Kind namespace/name`, or the path of a field. */
  readonly what: string;
  readonly why: string;
  /** What takes its place, or what to do; '' for nothing. */
  readonly instead: string;
}

/** What moving one mesh means. */
export interface MeshPlan {
  readonly mesh: string;
  readonly name: string;
  /** As the user wrote it, '' for none. */
  readonly version: string;
  /** Istio version that will run. */
  readonly istioVersion: string;
  readonly members: readonly string[];
  readonly rows: readonly PlanRow[];
  /** Objects that are made anew beside the old ones. */
  readonly created: number;
  /** Pods with a sidecar of the old mesh; they work on and get the new one at their next restart. */
  readonly sidecars: number;
}

/** The plan of a cluster. */
export interface MigrationPlan {
  readonly meshes: readonly MeshPlan[];
  /** What concerns the whole cluster. */
  readonly cluster: readonly PlanRow[];
}

/** In the order in which people have to read them. */
export const FATES: readonly Fate[] = ['unsupported', 'replaced', 'changed', 'dropped', 'adopted'];

/** True when something needs a decision before anything is moved. */
export function needsDecision({ meshes, cluster }: MigrationPlan): boolean {
  return [...cluster, ...meshes.flatMap(({ rows }) => rows)].some(({ fate }) => fate === 'unsupported');
}
