import { createRest } from '../runtime/rest-client.ts';
import type { Rest } from '../runtime/rest.ts';
import { OPERATOR_VERSION } from './build-version.ts';
import { accessOf, requireServer } from './cluster-access.ts';

/** Which cluster, as kubectl's flags of the same names say it. */
export interface ClusterFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** Variables of the environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A connection that works. */
export interface Session {
  readonly rest: Rest;
  readonly server: string;
  /** Of the context; `default` if it names none. */
  readonly namespace: string;
  /** As `kubectl version` tells it. */
  readonly serverVersion: string;
}

/**
 * Opens a connection with the identity of a kubeconfig, for one piece of work, and closes it. In: the flags, and the environment
 * (KUBECONFIG, HOME, proxies). @throws UsageError with one sentence when there is no cluster; what the work throws
 */
export async function withCluster<T>({ kubeconfig, context }: ClusterFlags, environment: Environment, work: (session: Session) => Promise<T>): Promise<T> {
  const access = accessOf({ kubeconfig, context }, environment);
  const rest = createRest(access, { userAgent: `tmesh/${OPERATOR_VERSION}` });
  try {
    return await work({ rest, server: access.server, namespace: access.namespace, serverVersion: await requireServer(rest, access.server) });
  } finally {
    await rest.close();
  }
}
