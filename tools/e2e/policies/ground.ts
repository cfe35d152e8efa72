import type { ApiClient } from '../../cluster/api-client.ts';
import type { Access } from '../cluster-access.ts';
import type { Checks } from '../screen.ts';
import type { Enforcer } from './enforcer.ts';

/** What the checks of policies work with. */
export interface Ground extends Access {
  readonly checks: Checks;
  readonly enforcer: Enforcer;
}

/** The cluster address of a Service. */
export async function serviceAddress(client: ApiClient, namespace: string, name: string): Promise<string> {
  const { spec } = await client.call<{ readonly spec: { readonly clusterIP?: string } }>(`/api/v1/namespaces/${namespace}/services/${name}`);
  if (spec.clusterIP === undefined) throw new Error(`Service ${name} in ${namespace} has no address`);
  return spec.clusterIP;
}
