import { POD } from '../../api/kinds.ts';
import { isJsonObject } from '../../lib/json.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { resourcePath } from '../../k8s/resource.ts';
import { mapLimited } from '../../runtime/limiter.ts';
import { containerStatuses, textAt } from './fields.ts';
import type { ClusterReader } from '../cluster-reader.ts';

/** The end of a log is enough, and a gigabyte of it would end this process. */
const LIMITS = { tailLines: 20_000, limitBytes: 8 * 1024 * 1024, timestamps: true };

/** Questions at the same time. */
const AT_ONCE = 8;

/** A log that there is. */
export interface PodLog {
  readonly pod: string;
  readonly container: string;
  /** Of the container that ran before this one. */
  readonly isPrevious: boolean;
  readonly text: string;
}

interface Wanted {
  readonly pod: KubeObject;
  readonly container: string;
  readonly isPrevious: boolean;
}

function logsOf(pod: KubeObject, isWanted: (container: string) => boolean): readonly Wanted[] {
  return containerStatuses(pod).flatMap((status) => {
    const container = textAt(status, 'name');
    if (!isWanted(container)) return [];
    return [{ pod, container, isPrevious: false }, ...(Number(textAt(status, 'restartCount')) > 0 ? [{ pod, container, isPrevious: true }] : [])];
  });
}

/** Answers that are no gap: a container that has not started has no log, nor one whose predecessor is gone. */
const hasNoLog = (status: number): boolean => status === 400 || status === 404;

/**
 * Reads the logs of pods, several at a time. In: which containers count; applications' own logs are nobody's business but theirs.
 * A node whose kubelet does not answer is asked once.
 */
export async function podLogs(reader: ClusterReader, pods: readonly KubeObject[], isWanted: (container: string) => boolean = () => true): Promise<readonly PodLog[]> {
  const silentNodes = new Set<string>();
  const logs = await mapLimited(pods.flatMap((pod) => logsOf(pod, isWanted)), AT_ONCE, async ({ pod, container, isPrevious }): Promise<readonly PodLog[]> => {
    const { name, namespace } = pod.metadata;
    const node = textAt(pod, 'spec', 'nodeName');
    if (silentNodes.has(node)) return [];
    const answer = await reader.text(resourcePath(POD, { namespace, name, subresource: 'log' }), { ...LIMITS, container, previous: isPrevious }, hasNoLog);
    if ('text' in answer) return [{ pod: name, container, isPrevious, text: answer.text }];
    if (answer.status === 0 || answer.status >= 500) silentNodes.add(node);
    return [];
  });
  return logs.flat();
}

/** What a process of the mesh tells over HTTP to whoever may use the API server's proxy. */
interface Dump {
  readonly port: number;
  readonly path: string;
  readonly file: string;
}

const ISTIOD: readonly Dump[] = [
  { port: 15_014, path: 'metrics', file: 'metrics.txt' }, { port: 15_014, path: 'version', file: 'version.txt' },
  { port: 15_014, path: 'debug/syncz', file: 'syncz.json' }, { port: 15_014, path: 'debug/configz', file: 'configz.json' },
  { port: 15_014, path: 'debug/registryz', file: 'registryz.json' }, { port: 15_014, path: 'debug/mesh', file: 'mesh.json' },
];
const PROXY: readonly Dump[] = [{ port: 15_020, path: 'stats/prometheus', file: 'stats.txt' }];

function hasContainer(pod: KubeObject, name: string): boolean {
  return containerStatuses(pod).some((status) => status['name'] === name && isJsonObject(status['state']) && 'running' in status['state']);
}

function dumpsOf(pod: KubeObject): readonly Dump[] {
  if (hasContainer(pod, 'discovery')) return ISTIOD;
  return hasContainer(pod, 'istio-proxy') ? PROXY : [];
}

/** A dump that could be had. */
export interface PodDump {
  readonly pod: string;
  readonly file: string;
  readonly text: string;
}

/**
 * Asks istiod and proxies for what they know, through the API server, as far as they are running and let it ask: istiod answers 401 to `/debug`
 * unless it is asked from inside of its pod, and NetworkPolicies may keep the API server out. Neither is a gap. Who is silent is asked once.
 */
export async function podDumps(reader: ClusterReader, pods: readonly KubeObject[]): Promise<readonly PodDump[]> {
  const dumps = await mapLimited(pods, AT_ONCE, async (pod): Promise<readonly PodDump[]> => {
    const found: PodDump[] = [];
    for (const { port, path, file } of dumpsOf(pod)) {
      const at = resourcePath(POD, { namespace: pod.metadata.namespace, name: `${pod.metadata.name}:${port}`, subresource: `proxy/${path}` });
      const answer = await reader.text(at, {}, () => true);
      if ('text' in answer) found.push({ pod: pod.metadata.name, file, text: answer.text });
      else if (answer.status === 0 || answer.status >= 500) break;
    }
    return found;
  });
  return dumps.flat();
}
