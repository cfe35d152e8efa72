import type { ApiClient } from '../cluster/api-client.ts';
import type { Access } from './cluster-access.ts';
import { ask, wordsOf, type Answer, type Asking } from './http.ts';
import type { Router } from './router.ts';
import type { Checks, Look } from './screen.ts';

/** What the steps of the walk work with. */
export interface Stage extends Access {
  readonly checks: Checks;
  readonly router: Router;
  /** Measured on the way; printed at the end. */
  readonly figures: Record<string, string>;
}

/** A request that comes in through the router. */
export function viaRouter({ router }: Stage, host: string, path: string, asking: Asking = {}): Promise<Answer> {
  return ask(`http://${router.host}:${router.port}${path}`, { ...asking, host });
}

/** A look at an answer: good when `isGood` says so. */
export async function answerIs(answer: Promise<Answer>, isGood: (answer: Answer) => boolean): Promise<Look> {
  const given = await answer;
  return { isGood: isGood(given), seen: wordsOf(given) };
}

interface PodView {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly containers: readonly { readonly name: string }[] };
  readonly status: { readonly phase: string; readonly podIP?: string; readonly containerStatuses?: readonly { readonly ready: boolean; readonly restartCount: number }[] };
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

/** Requests that a pod makes, told by its `/call`: one line each, `status server version seconds body`. */
export async function callFrom(client: ApiClient, from: { readonly namespace: string; readonly app: string }, query: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const address = await podAddress(client, from.namespace, `app=${from.app}`);
  const { body } = await ask(`http://${address}:8080/call?${new URLSearchParams(query).toString()}`, { timeoutMs: 60_000 });
  return body.trim().split('\n');
}
