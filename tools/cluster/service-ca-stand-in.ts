import { ApiFailure, type ApiClient } from './api-client.ts';
import { followCollection, type AnyObject } from './list-watch.ts';
import type { Nodes } from './node-provider.ts';

/** OpenShift doc "Securing service traffic using service serving certificate secrets". */
const ANNOTATION = 'service.beta.openshift.io/serving-cert-secret-name';
/** Pods of this cluster do not run, so nobody reads the pair; that it is there is what their start waits for. */
const PLAYED = Buffer.from('played by the stand-in for OpenShift service-ca').toString('base64');

async function createSecret(client: ApiClient, service: AnyObject, name: string): Promise<void> {
  const { namespace = '', uid, name: owner } = service.metadata;
  const ownerReferences = [{ apiVersion: 'v1', kind: 'Service', name: owner, uid }];
  const body = { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata: { name, namespace, ownerReferences }, data: { 'tls.crt': PLAYED, 'tls.key': PLAYED } };
  await client.call(`/api/v1/namespaces/${namespace}/secrets`, { method: 'POST', body }).catch((thrown: unknown) => {
    // There already, or the namespace is going.
    if (!(thrown instanceof ApiFailure && [403, 404, 409].includes(thrown.status))) throw thrown;
  });
}

/** Gives each Service that asks for one its serving certificate Secret, as OpenShift's service-ca does. */
export function startServiceCa(client: ApiClient): Nodes {
  const stopped = new AbortController();
  const keep = (service: AnyObject): void => {
    const name = service.metadata.annotations?.[ANNOTATION];
    if (name !== undefined) void createSecret(client, service, name).catch(() => undefined);
  };
  const follower = followCollection<AnyObject>(client, '/api/v1/services', {
    onList: (services) => { services.forEach(keep); },
    onChange: (service, isGone) => { if (!isGone) keep(service); },
  }, stopped.signal);
  return {
    async stop() {
      stopped.abort();
      await follower;
    },
  };
}
