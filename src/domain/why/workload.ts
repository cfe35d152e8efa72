import { valueAt } from '../../lib/json.ts';
import { labelOf, type KubeObject } from '../../k8s/object.ts';

const HASH = 'pod-template-hash';
/** Workloads whose pods can be made anew by a restart of the rollout. */
const RESTARTABLE: ReadonlySet<string> = new Set(['DaemonSet', 'StatefulSet']);

/** A workload by kind and name. */
export interface Owner { readonly kind: string; readonly name: string }

function ownerOf(pod: KubeObject): Owner | undefined {
  const owner = pod.metadata.ownerReferences?.find((reference) => reference.controller === true);
  return owner === undefined ? undefined : { kind: owner.kind, name: owner.name };
}

/** Kind and name of the workload that makes a pod; undefined for a pod of its own or of a kind that cannot be restarted. */
export function workloadNameOf(pod: KubeObject): Owner | undefined {
  const owner = ownerOf(pod);
  const hash = labelOf(pod, HASH);
  if (owner?.kind === 'ReplicaSet' && hash !== undefined && owner.name.endsWith(`-${hash}`)) return { kind: 'Deployment', name: owner.name.slice(0, -hash.length - 1) };
  return owner !== undefined && RESTARTABLE.has(owner.kind) ? owner : undefined;
}

/** The workload that makes a pod, as kubectl takes it: `deployment/web`; undefined as above. */
export function workloadOf(pod: KubeObject): string | undefined {
  const found = workloadNameOf(pod);
  return found === undefined ? undefined : `${found.kind.toLowerCase()}/${found.name}`;
}

/** Commands that make these pods anew: one for each workload; pods of their own have to be replaced by their author. */
export function restartCommand(pods: readonly KubeObject[]): string | undefined {
  return perWorkload(pods, (workload, namespace) => `kubectl rollout restart ${workload} -n ${namespace}`);
}

/** Commands that give the pod template of these pods a label. */
export function templateLabelCommand(pods: readonly KubeObject[], label: string, value: string): string | undefined {
  const patch = JSON.stringify({ spec: { template: { metadata: { labels: { [label]: value } } } } });
  return perWorkload(pods, (workload, namespace) => `kubectl patch ${workload} -n ${namespace} --type=merge -p '${patch}'`);
}

function perWorkload(pods: readonly KubeObject[], command: (workload: string, namespace: string) => string): string | undefined {
  const commands = new Set(pods.flatMap((pod) => {
    const workload = workloadOf(pod);
    return workload === undefined ? [] : [command(workload, pod.metadata.namespace ?? '')];
  }));
  return commands.size === 0 ? undefined : [...commands].toSorted().join(' && ');
}

function containers(pod: KubeObject): readonly unknown[] {
  return ['containers', 'initContainers'].flatMap((list) => {
    const found = valueAt(pod, 'spec', list);
    return Array.isArray(found) ? found : [];
  });
}

/** True for a pod that runs a proxy, as a container or, native, as an init container. */
export function hasSidecar(pod: KubeObject): boolean {
  return containers(pod).some((container) => valueAt(container, 'name') === 'istio-proxy');
}

/** True for a pod that still runs or will. */
export function isAlive(pod: KubeObject): boolean {
  const phase = valueAt(pod, 'status', 'phase');
  return phase !== 'Succeeded' && phase !== 'Failed' && pod.metadata.deletionTimestamp === undefined;
}
