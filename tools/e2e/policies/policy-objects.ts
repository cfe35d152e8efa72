import type { LabelSelector } from '../../../src/k8s/selector.ts';

/* What the enforcer reads of NetworkPolicies, pods and namespaces; names and meaning as in the Kubernetes API. */

export type Labels = Readonly<Record<string, string>>;
export type Direction = 'Ingress' | 'Egress';

export interface PolicyPeer {
  readonly podSelector?: LabelSelector;
  readonly namespaceSelector?: LabelSelector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

export interface PolicyPort {
  readonly protocol?: string;
  readonly port?: number | string;
  readonly endPort?: number;
}

export interface PolicyRule {
  readonly from?: readonly PolicyPeer[];
  readonly to?: readonly PolicyPeer[];
  readonly ports?: readonly PolicyPort[];
}

export interface NetworkPolicyObject {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly podSelector?: LabelSelector;
    readonly policyTypes?: readonly string[];
    readonly ingress?: readonly PolicyRule[];
    readonly egress?: readonly PolicyRule[];
  };
}

interface ContainerPort {
  readonly name?: string;
  readonly containerPort: number;
  readonly protocol?: string;
}

interface Container {
  readonly ports?: readonly ContainerPort[];
  readonly restartPolicy?: string;
}

export interface PodObject {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels?: Labels };
  readonly spec: { readonly hostNetwork?: boolean; readonly containers: readonly Container[]; readonly initContainers?: readonly Container[] };
  readonly status?: { readonly phase?: string; readonly podIP?: string };
}

export interface NamespaceObject {
  readonly metadata: { readonly name: string; readonly labels?: Labels };
}

/** A pod that packets can come from and go to. */
export interface AddressedPod {
  readonly namespace: string;
  readonly labels: Labels;
  readonly address: string;
  readonly ports: readonly { readonly name: string; readonly number: number; readonly protocol: string }[];
}

/** Containers that go on running: an init container with a restart policy of its own is a sidecar. */
function lastingContainers({ spec }: PodObject): readonly Container[] {
  return [...spec.containers, ...(spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')];
}

/** Pods with an address of their own. Those on the host's network have the node's, and those that ended may have somebody else's. */
export function addressedPods(pods: readonly PodObject[]): readonly AddressedPod[] {
  return pods.flatMap((pod) => {
    const address = pod.status?.podIP;
    const hasEnded = ['Succeeded', 'Failed'].includes(pod.status?.phase ?? '');
    if (address === undefined || hasEnded || pod.spec.hostNetwork === true) return [];
    const ports = lastingContainers(pod).flatMap((container) => container.ports ?? [])
      .flatMap(({ name, containerPort, protocol = 'TCP' }) => (name === undefined ? [] : [{ name, number: containerPort, protocol }]));
    return [{ namespace: pod.metadata.namespace, labels: pod.metadata.labels ?? {}, address, ports }];
  });
}

/** `policyTypes`, or its default: Ingress always, Egress if there are egress rules. */
export function directionsOf({ spec }: NetworkPolicyObject): readonly string[] {
  if (spec.policyTypes !== undefined && spec.policyTypes.length > 0) return spec.policyTypes;
  return spec.egress === undefined ? ['Ingress'] : ['Ingress', 'Egress'];
}
