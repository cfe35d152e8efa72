import type { ProcessImage } from './mesh-processes/images.ts';
import type { Binaries, ClusterState, Flavour } from './state.ts';

/** What a cluster is to be made of; the first message to its host process. */
export interface HostPlan {
  readonly dir: string;
  readonly isTemporary: boolean;
  readonly flavour: Flavour;
  readonly binaries: Binaries;
  readonly withControllerManager: boolean;
  readonly withNode: boolean;
  /** The node is a real one (node/), and the host runs in namespaces of its own. */
  readonly isReal?: boolean;
  /** The API server writes down what service accounts ask for; see audit.ts. */
  readonly withAudit?: boolean;
  /** CRD manifests to install, for the OpenShift flavour. */
  readonly manifests: readonly string[];
  /** Pods of these images run as processes, in a network namespace that is the host's own; see mesh-processes/. Undefined: all pods are played. */
  readonly images?: readonly ProcessImage[] | undefined;
}

/** Owner → host. `detach`: live on when the owner is gone. */
export type HostVerb = 'restartApiServer' | 'stop' | 'detach';
export type ToHost = { readonly kind: 'start'; readonly plan: HostPlan } | { readonly kind: 'do'; readonly id: number; readonly verb: HostVerb };

/** Host → owner. */
export type FromHost =
  | { readonly kind: 'log'; readonly line: string }
  | { readonly kind: 'started'; readonly state: ClusterState }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'done'; readonly id: number; readonly state?: ClusterState; readonly error?: string };
