import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../cluster/api-client.ts';

const PAUSE_MS = 50;

interface Rollout {
  readonly metadata: { readonly name: string; readonly generation: number };
  readonly spec: { readonly replicas: number };
  readonly status?: { readonly observedGeneration?: number; readonly replicas?: number; readonly updatedReplicas?: number };
}

/** Are pods of two templates there, or is the new template not looked at yet? */
function isRolling({ metadata, spec, status = {} }: Rollout): boolean {
  const { observedGeneration = 0, replicas = 0, updatedReplicas = 0 } = status;
  return observedGeneration < metadata.generation || updatedReplicas < spec.replicas || replicas > updatedReplicas;
}

/** What was seen of rollouts. */
export interface RolloutsSeen {
  /** How many Deployments were being rolled out at a time, at most. */
  readonly most: number;
  readonly looks: number;
  /** Names of those that were, sorted. */
  readonly seen: readonly string[];
}

/** Looks at the Deployments of a namespace again and again until it is stopped. */
export function startRolloutWatch(client: ApiClient, namespace: string): { readonly stop: () => Promise<RolloutsSeen> } {
  const over = new AbortController();
  const seen = new Set<string>();
  const look = async (): Promise<Omit<RolloutsSeen, 'seen'>> => {
    let [most, looks] = [0, 0];
    for (; !over.signal.aborted; looks += 1) {
      const { items } = await client.call<{ readonly items: readonly Rollout[] }>(`/apis/apps/v1/namespaces/${namespace}/deployments`);
      const rolling = items.filter(isRolling);
      for (const { metadata } of rolling) seen.add(metadata.name);
      most = Math.max(most, rolling.length);
      await sleep(PAUSE_MS);
    }
    return { most, looks };
  };
  const looking = look();
  return {
    async stop() {
      over.abort();
      return { ...await looking, seen: [...seen].toSorted() };
    },
  };
}
