import type { ApiClient } from '../api-client.ts';
import { SERVICE_RANGE } from '../control-plane.ts';
import type { Nodes } from '../node-provider.ts';
import { HOST_IP } from '../node-object.ts';
import type { ProcessImage } from './images.ts';
import { PodRunner } from './pod-runner.ts';
import { Router } from '../router/router.ts';
import { ServiceProxy } from './service-proxy.ts';
import { ServiceTable } from '../service-table.ts';

/** Port of the router on the node's address. */
const ROUTER_PORT = 80;

export interface MeshPartsPlan {
  readonly client: ApiClient;
  readonly dir: string;
  readonly images: readonly ProcessImage[];
  readonly apiServerPort: number;
  /** OpenShift has a router, plain Kubernetes none. */
  readonly withRouter: boolean;
  readonly log: (line: string) => void;
}

/** What lets pods run as processes, besides the node itself. */
export interface MeshParts extends Nodes {
  readonly runner: PodRunner;
}

/**
 * Starts the pod network, the stand-ins for kube-proxy, DNS (as /etc/hosts) and router, and the runner of pods.
 * Works only in a network namespace of its own. @throws one sentence when the machine does not allow it
 */
export async function startMeshParts({ client, dir, images, apiServerPort, withRouter, log }: MeshPartsPlan): Promise<MeshParts> {
  const table = new ServiceTable(client);
  const range = { hostIP: HOST_IP, prefixLength: 16, serviceRange: SERVICE_RANGE };
  const runner = await PodRunner.start({ client, dir, images, range, table, log });
  const proxy = new ServiceProxy(table, { address: '127.0.0.1', port: apiServerPort });
  const router = withRouter ? new Router(client, table) : undefined;
  await router?.start(HOST_IP, ROUTER_PORT);
  return {
    runner,
    async stop() {
      await runner.stop();
      proxy.stop();
      await Promise.all([router?.stop(), table.stop()]);
    },
  };
}
