import type { ApiClient } from './api-client.ts';
import type { PodRunner } from './mesh-processes/pod-runner.ts';
import type { ProcessIdentity } from './process-identity.ts';

/** Where a node provider works. */
export interface NodeContext {
  readonly client: ApiClient;
  /** Administrator's kubeconfig; a real kubelet is started with it. */
  readonly kubeconfig: string;
  /** The cluster's folder. */
  readonly dir: string;
  readonly log: (line: string) => void;
  /** Runs pods as processes where that was asked for; else all pods are played. */
  readonly runner?: PodRunner | undefined;
}

/** A running set of nodes. */
export interface Nodes {
  /** Those it consists of, by name, so that a later run can end what a killed one left. */
  readonly processes?: Readonly<Record<string, ProcessIdentity>>;
  /** Lets go of everything it started, and waits for it. */
  stop(): Promise<void>;
}

/**
 * What brings pods to life: the stand-in of node-stand-in.ts, or the scheduler and the kubelet of node/real-node.ts.
 */
export interface NodeProvider {
  /** Resolves when a Node exists that takes pods. */
  start(context: NodeContext): Promise<Nodes>;
}
