import type { ApiClient } from './api-client.ts';

/** Where a node provider works. */
export interface NodeContext {
  readonly client: ApiClient;
  /** Administrator's kubeconfig; a real kubelet is started with it. */
  readonly kubeconfig: string;
  /** The cluster's folder. */
  readonly dir: string;
  readonly log: (line: string) => void;
}

/** A running set of nodes. */
export interface Nodes {
  /** Lets go of everything it started, and waits for it. */
  stop(): Promise<void>;
}

/**
 * What brings pods to life. Today that is the stand-in of node-stand-in.ts; a scheduler and a real kubelet fit behind the same two
 * functions.
 */
export interface NodeProvider {
  /** Resolves when a Node exists that takes pods. */
  start(context: NodeContext): Promise<Nodes>;
}
