import type { AnyObject } from './list-watch.ts';

interface Named {
  readonly name: string;
}

interface Container extends Named {
  readonly image?: string;
  /** `Always` makes an init container a sidecar. */
  readonly restartPolicy?: string;
  readonly env?: readonly { readonly valueFrom?: { readonly configMapKeyRef?: Reference; readonly secretKeyRef?: Reference } }[];
  readonly envFrom?: readonly { readonly configMapRef?: Reference; readonly secretRef?: Reference }[];
}

interface Reference {
  readonly name?: string;
  readonly optional?: boolean;
}

interface Volume {
  readonly configMap?: Reference;
  readonly secret?: { readonly secretName?: string; readonly optional?: boolean };
  readonly projected?: { readonly sources?: readonly { readonly configMap?: Reference; readonly secret?: Reference }[] };
}

interface Condition {
  readonly type: string;
  readonly status: string;
}

/** The fields of a Pod that a kubelet looks at. */
export interface Pod extends AnyObject {
  readonly spec: {
    readonly nodeName?: string;
    readonly containers: readonly Container[];
    readonly initContainers?: readonly Container[];
    readonly volumes?: readonly Volume[];
    readonly readinessGates?: readonly { readonly conditionType: string }[];
    readonly schedulingGates?: readonly Named[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly conditions?: readonly Condition[];
  };
}

/** A ConfigMap or Secret without which a kubelet does not start the containers of a pod. */
export interface Need {
  readonly plural: 'configmaps' | 'secrets';
  readonly name: string;
}

function need(plural: Need['plural'], reference: Reference | undefined): readonly Need[] {
  return reference?.name === undefined || reference.optional === true ? [] : [{ plural, name: reference.name }];
}

function volumeNeeds(volume: Volume): readonly Need[] {
  const secret = volume.secret;
  const inline = secret?.secretName === undefined ? undefined : { name: secret.secretName, optional: secret.optional ?? false };
  return [
    ...need('configmaps', volume.configMap),
    ...need('secrets', inline),
    ...(volume.projected?.sources ?? []).flatMap((source) => [...need('configmaps', source.configMap), ...need('secrets', source.secret)]),
  ];
}

function containerNeeds(container: Container): readonly Need[] {
  return [
    ...(container.env ?? []).flatMap(({ valueFrom }) => [...need('configmaps', valueFrom?.configMapKeyRef), ...need('secrets', valueFrom?.secretKeyRef)]),
    ...(container.envFrom ?? []).flatMap((source) => [...need('configmaps', source.configMapRef), ...need('secrets', source.secretRef)]),
  ];
}

/** istiod writes it, and no istiod runs where pods are only played: a mesh's pods would wait for ever. */
const WRITTEN_BY_ISTIOD = 'istio-ca-root-cert';

/** What must exist in the pod's namespace before its containers start: volumes and environment that are not optional; each once. */
export function podNeeds(pod: Pod): readonly Need[] {
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  const all = [...(pod.spec.volumes ?? []).flatMap(volumeNeeds), ...containers.flatMap(containerNeeds)];
  return [...new Map(all.filter(({ name }) => name !== WRITTEN_BY_ISTIOD).map((item) => [`${item.plural}/${item.name}`, item])).values()];
}

/** The status of a condition, `Unknown` if it is not there. */
export function conditionOf(pod: Pod, type: string): string {
  return pod.status?.conditions?.find((condition) => condition.type === type)?.status ?? 'Unknown';
}

/** True for a pod whose work is to end: one that a Job made. */
export function runsToCompletion(pod: Pod): boolean {
  return (pod.metadata.ownerReferences ?? []).some((owner) => owner.kind === 'Job');
}

function containerStatus(container: Container, state: object, isReady: boolean): object {
  const image = container.image ?? '';
  return {
    name: container.name, image, imageID: image, containerID: `stand-in://${container.name}`,
    ready: isReady, started: isReady, restartCount: 0, state,
  };
}

function condition(type: string, isTrue: boolean, at: string, reason?: string): object {
  return { type, status: isTrue ? 'True' : 'False', lastTransitionTime: at, ...(reason === undefined ? {} : { reason }) };
}

export interface RunningAs {
  readonly podIP: string;
  readonly hostIP: string;
  /** False holds the pod at Running but not Ready. */
  readonly isReady: boolean;
  /** RFC 3339 with seconds. */
  readonly at: string;
}

/** The status of a pod whose containers all run (Kubernetes doc: Pod Lifecycle). Ready also waits for the readiness gates. */
export function runningStatus(pod: Pod, { podIP, hostIP, isReady, at }: RunningAs): object {
  const isSidecar = (container: Container): boolean => container.restartPolicy === 'Always';
  const areGatesOpen = (pod.spec.readinessGates ?? []).every((gate) => conditionOf(pod, gate.conditionType) === 'True');
  const running = { running: { startedAt: at } };
  const done = { terminated: { exitCode: 0, reason: 'Completed', startedAt: at, finishedAt: at, containerID: '' } };
  const why = isReady ? undefined : 'ContainersNotReady';
  return {
    phase: 'Running', hostIP, hostIPs: [{ ip: hostIP }], podIP, podIPs: [{ ip: podIP }], startTime: at,
    conditions: [
      condition('PodReadyToStartContainers', true, at), condition('PodScheduled', true, at), condition('Initialized', true, at),
      condition('ContainersReady', isReady, at, why), condition('Ready', isReady && areGatesOpen, at, why),
    ],
    initContainerStatuses: (pod.spec.initContainers ?? []).map((container) =>
      containerStatus(container, isSidecar(container) ? running : done, true)),
    containerStatuses: pod.spec.containers.map((container) => containerStatus(container, running, isReady)),
  };
}

/** The status of a pod whose containers all ended well. */
export function completedStatus(pod: Pod, { podIP, hostIP, at }: RunningAs): object {
  const done = { terminated: { exitCode: 0, reason: 'Completed', startedAt: at, finishedAt: at, containerID: '' } };
  return {
    phase: 'Succeeded', hostIP, podIP, podIPs: [{ ip: podIP }], startTime: at,
    conditions: [
      condition('PodScheduled', true, at), condition('Initialized', true, at, 'PodCompleted'),
      condition('ContainersReady', false, at, 'PodCompleted'), condition('Ready', false, at, 'PodCompleted'),
    ],
    containerStatuses: pod.spec.containers.map((container) => containerStatus(container, done, false)),
  };
}

/** The status of a pod that a kubelet cannot start yet. */
export function creatingStatus(pod: Pod, message: string, at: string): object {
  const waiting = { waiting: { reason: 'ContainerCreating', message } };
  return {
    phase: 'Pending', startTime: at,
    conditions: [
      condition('PodScheduled', true, at), condition('Initialized', (pod.spec.initContainers ?? []).length === 0, at),
      condition('ContainersReady', false, at, 'ContainersNotReady'), condition('Ready', false, at, 'ContainersNotReady'),
    ],
    containerStatuses: pod.spec.containers.map((container) => containerStatus(container, waiting, false)),
  };
}
