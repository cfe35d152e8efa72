import type { AnyObject } from './list-watch.ts';

interface Named {
  readonly name: string;
}

/** Where a variable or a file gets its text from. */
export interface ValueSource {
  readonly configMapKeyRef?: Reference & { readonly key?: string };
  readonly secretKeyRef?: Reference & { readonly key?: string };
  readonly fieldRef?: { readonly fieldPath: string };
  readonly resourceFieldRef?: { readonly resource: string; readonly divisor?: string; readonly containerName?: string };
}

/** How a kubelet asks a container whether it is ready. */
export interface Probe {
  readonly httpGet?: { readonly path?: string; readonly port: number | string };
  readonly tcpSocket?: { readonly port: number | string };
  readonly initialDelaySeconds?: number;
  readonly periodSeconds?: number;
  readonly timeoutSeconds?: number;
  readonly failureThreshold?: number;
}

export interface VolumeMount extends Named {
  readonly mountPath: string;
  readonly subPath?: string;
  readonly readOnly?: boolean;
}

export interface Container extends Named {
  readonly image?: string;
  /** `Always` makes an init container a sidecar. */
  readonly restartPolicy?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly workingDir?: string;
  readonly env?: readonly { readonly name?: string; readonly value?: string; readonly valueFrom?: ValueSource }[];
  readonly envFrom?: readonly { readonly prefix?: string; readonly configMapRef?: Reference; readonly secretRef?: Reference }[];
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
  readonly resources?: { readonly limits?: Readonly<Record<string, string>>; readonly requests?: Readonly<Record<string, string>> };
  readonly readinessProbe?: Probe;
  readonly securityContext?: { readonly runAsUser?: number; readonly readOnlyRootFilesystem?: boolean };
  readonly volumeMounts?: readonly VolumeMount[];
}

interface Reference {
  readonly name?: string;
  readonly optional?: boolean;
}

/** Keys to take, and the files they become; without a list each key becomes a file. */
interface Items {
  readonly items?: readonly { readonly key: string; readonly path: string }[];
}

interface DownwardApi {
  readonly items?: readonly ({ readonly path: string } & ValueSource)[];
}

/** One source of a projected volume. */
export interface Projection {
  readonly configMap?: Reference & Items;
  readonly secret?: Reference & Items;
  readonly downwardAPI?: DownwardApi;
  readonly serviceAccountToken?: { readonly path: string; readonly audience?: string; readonly expirationSeconds?: number };
}

export interface Volume extends Partial<Named> {
  readonly emptyDir?: object;
  readonly configMap?: Reference & Items;
  readonly secret?: Items & { readonly secretName?: string; readonly optional?: boolean };
  readonly downwardAPI?: DownwardApi;
  readonly projected?: { readonly sources?: readonly Projection[] };
}

interface Condition {
  readonly type: string;
  readonly status: string;
}

interface ContainerStatus extends Named {
  readonly ready?: boolean;
  readonly restartCount?: number;
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
    readonly serviceAccountName?: string;
    readonly hostname?: string;
    readonly hostAliases?: readonly { readonly ip: string; readonly hostnames?: readonly string[] }[];
    readonly securityContext?: { readonly runAsUser?: number };
  };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
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
export const WRITTEN_BY_ISTIOD: ReadonlySet<string> = new Set(['istio-ca-root-cert']);

/**
 * What must exist in the pod's namespace before its containers start: volumes and environment that are not optional; each once.
 * @param unwritten names that nobody writes in this cluster
 */
export function podNeeds(pod: Pod, unwritten = WRITTEN_BY_ISTIOD): readonly Need[] {
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  const all = [...(pod.spec.volumes ?? []).flatMap(volumeNeeds), ...containers.flatMap(containerNeeds)];
  return [...new Map(all.filter(({ name }) => !unwritten.has(name)).map((item) => [`${item.plural}/${item.name}`, item])).values()];
}

/** The status of a condition, `Unknown` if it is not there. */
export function conditionOf(pod: Pod, type: string): string {
  return pod.status?.conditions?.find((condition) => condition.type === type)?.status ?? 'Unknown';
}

/** True for a pod whose work is to end: one that a Job made. */
export function runsToCompletion(pod: Pod): boolean {
  return (pod.metadata.ownerReferences ?? []).some((owner) => owner.kind === 'Job');
}

function containerStatus(container: Container, state: object, isReady: boolean, restartCount = 0): object {
  const image = container.image ?? '';
  return {
    name: container.name, image, imageID: image, containerID: `stand-in://${container.name}`,
    ready: isReady, started: isReady, restartCount, state,
  };
}

/** What is known of containers that really run. */
export interface ContainersSeen {
  /** Names of those that are ready; init containers that ended well count. */
  readonly ready: ReadonlySet<string>;
  /** By name, where more than 0. */
  readonly restarts: ReadonlyMap<string, number>;
}

/** True when the pod's status says just that of its containers. */
export function saysOfContainers(pod: Pod, { ready, restarts }: ContainersSeen): boolean {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  return statuses.length === (pod.spec.initContainers ?? []).length + pod.spec.containers.length
    && statuses.every((status) => status.ready === ready.has(status.name) && (status.restartCount ?? 0) === (restarts.get(status.name) ?? 0));
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
  /** Of a pod that really runs; else its containers are all as ready as the pod. */
  readonly seen?: ContainersSeen;
}

/** The status of a pod whose containers all run (Kubernetes doc: Pod Lifecycle). Ready also waits for the readiness gates. */
export function runningStatus(pod: Pod, { podIP, hostIP, isReady, at, seen }: RunningAs): object {
  const ready = ({ name }: Container, played: boolean): boolean => seen?.ready.has(name) ?? played;
  const restarts = ({ name }: Container): number => seen?.restarts.get(name) ?? 0;
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
      containerStatus(container, isSidecar(container) || !ready(container, true) ? running : done, ready(container, true), restarts(container))),
    containerStatuses: pod.spec.containers.map((container) => containerStatus(container, running, ready(container, isReady), restarts(container))),
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
