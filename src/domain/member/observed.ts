import { FIELD_MANAGER_PREFIX } from '../../api/names.ts';
import type { KubeObject } from '../../k8s/object.ts';
import type { Doors } from './exposure.ts';
import type { MemberCopyFacts } from '../control-plane/member-copies.ts';

/** Field manager of the member controller, by which a copy without its label is still known as ours. */
export const MEMBER_MANAGER = `${FIELD_MANAGER_PREFIX}member`;

/** Everything the membership of one namespace depends on, read at one moment. */
export interface MemberObserved {
  /** The key. */
  readonly name: string;
  readonly operatorNamespace?: string;
  /** What the cluster adds to the copies. */
  readonly copyFacts?: MemberCopyFacts;
  /** Absent: there is no such namespace. */
  readonly namespace?: KubeObject;
  /** Rolls that list the namespace by name. */
  readonly namingRolls: readonly KubeObject[];
  /** Rolls with `*` or selectors, whether they take it in or not. */
  readonly openRolls: readonly KubeObject[];
  /** ServiceMeshMembers in the namespace, whatever their name. */
  readonly members: readonly KubeObject[];
  /** Control planes in the namespace itself and in the namespace of every mesh named above. */
  readonly controlPlanes: readonly KubeObject[];
  /** RoleBindings and NetworkPolicies in the namespace with label member-of. */
  readonly copies: readonly KubeObject[];
  /** RoleBindings and NetworkPolicies in the namespace without that label: metadata only. */
  readonly strangers: readonly KubeObject[];
  /** istiod's ConfigMap with the mesh's root certificate. */
  readonly rootCert?: KubeObject;
  /** That, and the one with its revocation list. */
  readonly trust?: readonly KubeObject[];
  /** Routes of the namespace and what they lead to; absent when it has none. */
  readonly doors?: Doors;
  /** Pods of the namespace that still run: metadata only. Absent, as the next: none. */
  readonly pods?: readonly KubeObject[];
  /** Meshes of the Sail operator. */
  readonly otherMeshes?: readonly KubeObject[];
  /** Injection webhooks of the meshes in question. */
  readonly webhooks?: readonly KubeObject[];
}
