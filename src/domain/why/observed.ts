import type { KubeObject } from '../../k8s/object.ts';
import type { MemberObserved } from '../member/observed.ts';

/** A question about rights, and its answer. */
export interface UseRight {
  readonly namespace: string;
  readonly name: string;
  readonly isAllowed: boolean;
}

/** Everything that explains the place of one namespace, read at one moment. What could not be read is named in `unread`. */
export interface WhyObserved {
  /** What the member controller goes by. */
  readonly member: MemberObserved;
  /** All control planes of the cluster. */
  readonly controlPlanes: readonly KubeObject[];
  /** Who asks. */
  readonly user: string;
  /** Which control planes he may use. */
  readonly rights: readonly UseRight[];
  readonly mutatingWebhooks: readonly KubeObject[];
  /** The root certificate in the namespace of the mesh, which istiod made. */
  readonly meshRoot?: KubeObject;
  /** Of the namespace. */
  readonly pods: readonly KubeObject[];
  readonly services: readonly KubeObject[];
  readonly routes: readonly KubeObject[];
  readonly ingresses: readonly KubeObject[];
  /** Kinds that could not be read, with the reason: their absence proves nothing. */
  readonly unread: ReadonlyMap<string, string>;
}
