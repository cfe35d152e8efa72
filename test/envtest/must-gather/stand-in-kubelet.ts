import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority, createServing } from '../../../src/pki/certificate.ts';
import type { ApiClient } from '../../../tools/cluster/api-client.ts';
import { NODE_NAME } from '../../../tools/cluster/node-stand-in.ts';

/** Answers the API server's questions for logs. */
export interface StandInKubelet {
  /** Paths that were asked for. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

/** Serves `log` as the log of every container, on loopback, and makes it the kubelet of the cluster's node. The API server does not verify kubelets here. */
export async function serveLogs(client: ApiClient, log: string): Promise<StandInKubelet> {
  const lifetime = { now: new Date(), validityMs: 3_600_000 };
  const authority = await createAuthority('kubelet of a test', lifetime);
  const { certPem, keyPem } = await createServing(authority, ['127.0.0.1'], lifetime);
  const asked: string[] = [];
  const server = createServer({ cert: certPem, key: keyPem }, (request, response) => {
    asked.push(new URL(request.url ?? '/', 'https://kubelet').pathname);
    response.setHeader('content-type', 'text/plain').end(log);
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const { port } = server.address() as AddressInfo;
  await client.call(`/api/v1/nodes/${NODE_NAME}/status`, {
    method: 'PATCH', contentType: 'application/merge-patch+json',
    body: { status: { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }, { type: 'Hostname', address: '127.0.0.1' }], daemonEndpoints: { kubeletEndpoint: { Port: port } } } },
  });
  return {
    asked,
    stop: () => new Promise((resolve) => {
      server.close(() => { resolve(); });
      server.closeAllConnections();
    }),
  };
}

/**
 * Gives every pod an address that the API server refuses to ask, so that no test sends anything into a network that is not its own.
 * The kubelet's stand-in keeps an address that is there.
 */
export async function isolatePods(client: ApiClient): Promise<void> {
  const { items } = await client.call<{ items: readonly { metadata: { name: string; namespace: string } }[] }>('/api/v1/pods');
  for (const { metadata: { name, namespace } } of items) {
    await client.call(`/api/v1/namespaces/${namespace}/pods/${name}/status`, {
      method: 'PATCH', contentType: 'application/merge-patch+json', body: { status: { podIP: '127.0.0.1', podIPs: [{ ip: '127.0.0.1' }] } },
    });
  }
}
