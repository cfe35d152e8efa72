import type { ApiClient } from '../cluster/api-client.ts';
import type { Access } from './cluster-access.ts';
import { ask, wordsOf, type Answer, type Asking } from '../cluster/ask.ts';
import type { Checks, Look } from './screen.ts';

/** What the steps of the walk work with. */
export interface Stage extends Access {
  readonly checks: Checks;
  /** Where the router listens: `http://ADDRESS`. */
  readonly router: string;
  /** Measured on the way; printed at the end. */
  readonly figures: Record<string, string>;
}

/** What the walk's process tells the one that started it. */
export interface WalkResult {
  readonly passed: number;
  readonly failures: readonly string[];
}

/** A request that comes in through the router. */
export function viaRouter({ router }: Stage, host: string, path: string, asking: Asking = {}): Promise<Answer> {
  return ask(`${router}${path}`, { ...asking, host });
}

/** A look at an answer: good when `isGood` says so. */
export async function answerIs(answer: Promise<Answer>, isGood: (answer: Answer) => boolean): Promise<Look> {
  const given = await answer;
  return { isGood: isGood(given), seen: wordsOf(given) };
}

interface PodView {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly containers: readonly { readonly name: string; readonly image: string }[] };
  readonly status: { readonly phase: string; readonly podIP?: string; readonly containerStatuses?: readonly { readonly ready: boolean; readonly restartCount: number; readonly containerID?: string }[] };
}

/** Pods with a label, those that are going left out. */
export async function podsOf(client: ApiClient, namespace: string, selector: string): Promise<readonly PodView[]> {
  const { items } = await client.call<{ items: readonly PodView[] }>(`/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(selector)}`);
  return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

/** `2/2 spring-boot istio-proxy`: containers that are ready, and their names. */
export function containersOf({ spec, status }: PodView): string {
  const ready = (status.containerStatuses ?? []).filter((container) => container.ready).length;
  return `${ready}/${spec.containers.length} ${spec.containers.map(({ name }) => name).join(' ')}`;
}

/** Address of the one pod with a label. */
export async function podAddress(client: ApiClient, namespace: string, selector: string): Promise<string> {
  const [pod] = await podsOf(client, namespace, selector);
  if (pod?.status.podIP === undefined) throw new Error(`no running pod ${selector} in ${namespace}`);
  return pod.status.podIP;
}

/** Calls that a workload is to make: the query of its `/call`. */
export type Calls = Readonly<Record<string, string>>;

/** A workload's answer to `/call`: one line per request, `status server version seconds body`, the status 000 where there was no answer. */
function linesOf({ status, body }: Answer): readonly string[] {
  if (status !== 200) throw new Error(`/call answered ${status} ${body.slice(0, 200)}`);
  return body.trim().split('\n');
}

const pathOf = (calls: Calls): string => `/call?${new URLSearchParams(calls).toString()}`;

/** Requests made by a pod that is reached directly: one without a sidecar. */
export async function callsFromPod({ client }: Stage, namespace: string, app: string, calls: Calls): Promise<readonly string[]> {
  return linesOf(await ask(`http://${await podAddress(client, namespace, `app=${app}`)}:8080${pathOf(calls)}`, { timeoutMs: 60_000 }));
}

/** Requests made by a workload inside a mesh, told through the gateway. */
export async function callsFromHost(stage: Stage, host: string, calls: Calls): Promise<readonly string[]> {
  return linesOf(await viaRouter(stage, host, pathOf(calls), { timeoutMs: 60_000 }));
}
