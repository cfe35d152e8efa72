import { availableParallelism, totalmem } from 'node:os';

/** The one node there is. */
export const NODE_NAME = 'node-1';

/**
 * An annotation of the Node for tests: `LABEL=VALUE[,…]`. Pods that carry all these labels run but are held not Ready, until the
 * annotation goes or changes.
 */
export const HOLD_ANNOTATION = 'stand-in.test/not-ready';

/** The node's own address, in the last corner of the pod network. */
export const HOST_IP = '10.244.255.1';

/** What this machine has. */
export function capacity(): { readonly cpu: number; readonly memory: number } {
  return { cpu: availableParallelism(), memory: totalmem() };
}

/** Address number `index` of the pod network: 10.244.0.0/16 without the node's own last corner. */
export function podAddress(index: number): string {
  const host = 2 + (index % 65_000);
  return `10.244.${host >> 8}.${host & 255}`;
}

/** The time as Kubernetes writes it. */
export function now(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

/** A node for played pods has more than anybody asks for; one that runs them has what the machine has. */
export function nodeObject(isReal: boolean): object {
  const { cpu, memory } = capacity();
  const amounts = isReal ? { cpu: String(cpu), memory: String(memory) } : { cpu: '64', memory: '256Gi' };
  const resources = { ...amounts, pods: '100000', 'ephemeral-storage': '1Ti' };
  const message = isReal ? 'no kubelet: containers with a known program run as processes, others are pretended' : 'no kubelet: containers are only pretended';
  return {
    apiVersion: 'v1', kind: 'Node',
    metadata: {
      name: NODE_NAME,
      labels: { 'kubernetes.io/hostname': NODE_NAME, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64', 'node-role.kubernetes.io/worker': '' },
    },
    spec: {},
    status: {
      capacity: resources, allocatable: resources, addresses: [{ type: 'InternalIP', address: HOST_IP }, { type: 'Hostname', address: NODE_NAME }],
      conditions: [{ type: 'Ready', status: 'True', reason: 'StandIn', message, lastTransitionTime: now() }],
      nodeInfo: {
        architecture: 'amd64', operatingSystem: 'linux', kubeletVersion: 'v1.34.4', osImage: 'stand-in', kernelVersion: '', bootID: '',
        containerRuntimeVersion: 'stand-in://1', kubeProxyVersion: '', machineID: '', systemUUID: '',
      },
    },
  };
}
