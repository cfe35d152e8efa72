import type { KubeObject } from '../../k8s/object.ts';

/** A namespace of a mesh with its pods. */
export interface MemberPods {
  readonly namespace: KubeObject;
  /** That still run: metadata only. */
  readonly pods: readonly KubeObject[];
  /** Its Deployments, StatefulSets and DaemonSets, and its PodDisruptionBudgets; none unless the mesh asks for restarts. */
  readonly workloads: readonly KubeObject[];
  readonly budgets: readonly KubeObject[];
}

/** Everything about the sidecars of one mesh, read at one moment. */
export interface SidecarsObserved {
  readonly controlPlane: KubeObject;
  /** Does it ask for restarts of workloads? */
  readonly updatesWorkloads: boolean;
  /** Injection webhooks of the mesh. */
  readonly webhooks: readonly KubeObject[];
  /** Its members, without its own namespace. */
  readonly members: readonly MemberPods[];
}
