import { NAMESPACE } from '../api/kinds.ts';
import { objectOf, resourcePath } from '../k8s/resource.ts';
import { messageOf } from '../lib/result.ts';
import { AccessError } from '../runtime/credentials.ts';
import { listContexts, loadAccess, type ClusterAccess } from '../runtime/kube-config.ts';
import { ApiError, type Rest } from '../runtime/rest.ts';
import type { OperatorConfig } from './config.ts';
import { UsageError } from './usage-error.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Names of the contexts that `--context` may choose. Throws UsageError when there is no kubeconfig. */
export function contextNames({ kubeconfig }: { readonly kubeconfig?: string }, environment: Environment): readonly string[] {
  return listContexts({ kubeconfig, kubeconfigEnv: environment['KUBECONFIG'], home: environment['HOME'] });
}

/** Finds the cluster and the identity to use. Throws UsageError with one sentence when there are none. */
export function accessOf(config: Pick<OperatorConfig, 'kubeconfig' | 'context'>, environment: Environment): ClusterAccess {
  try {
    const variable = (name: string): string | undefined => environment[name] ?? environment[name.toLowerCase()];
    const proxy = { httpProxy: variable('HTTP_PROXY'), httpsProxy: variable('HTTPS_PROXY'), noProxy: variable('NO_PROXY') };
    return loadAccess({ kubeconfig: config.kubeconfig, context: config.context, kubeconfigEnv: environment['KUBECONFIG'], home: environment['HOME'], proxy });
  } catch (thrown) {
    if (thrown instanceof AccessError) throw new UsageError(thrown.message);
    throw thrown;
  }
}

function unusable(server: string, thrown: unknown): UsageError {
  if (!(thrown instanceof ApiError)) return new UsageError(`${server}: ${messageOf(thrown)}`);
  if (thrown.status === 0) return new UsageError(`the API server at ${server} cannot be reached (${thrown.message}); check the address in the kubeconfig and that the cluster is up`);
  if (thrown.status === 401) return new UsageError(`the API server at ${server} does not accept these credentials; log in again or give another --kubeconfig or --context`);
  return new UsageError(`the API server at ${server} answered ${thrown.status}: ${thrown.message}`);
}

/** Asks the server for its version, so that a wrong address is one sentence now and not a log full of retries. Throws UsageError. */
export async function requireServer(rest: Rest, server: string): Promise<string> {
  try {
    const { gitVersion } = await rest.call<{ gitVersion?: string }>({ method: 'GET', path: '/version', timeoutMs: 10_000 });
    return gitVersion ?? 'unknown';
  } catch (thrown) {
    throw unusable(server, thrown);
  }
}

/**
 * The operator's namespace holds its lease and its certificates. Outside of a cluster it may not be there yet: it is created if our rights allow.
 * Throws UsageError when it is missing and we may not create it.
 */
export async function ensureNamespace(rest: Rest, name: string): Promise<void> {
  const path = resourcePath(NAMESPACE, { name });
  try {
    await rest.call({ method: 'GET', path });
    return;
  } catch (thrown) {
    // 403: our role does not let us look; whoever installed the role has created the namespace with it.
    if (thrown instanceof ApiError && thrown.status === 403) return;
    if (!(thrown instanceof ApiError) || thrown.status !== 404) throw thrown;
  }
  try {
    await rest.call({ method: 'POST', path: resourcePath(NAMESPACE), body: objectOf(NAMESPACE, { name }) });
  } catch (thrown) {
    if (thrown instanceof ApiError && thrown.status === 409) return;
    throw new UsageError(`namespace ${name} (--operator-namespace) does not exist and could not be created: ${messageOf(thrown)}; create it, or name another one`);
  }
}
