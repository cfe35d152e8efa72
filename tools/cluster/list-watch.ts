import { setTimeout as sleep } from 'node:timers/promises';
import { ApiFailure, type ApiClient } from './api-client.ts';

/** The part of any object that the stand-ins rely on. */
export interface AnyObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
  };
}

export interface Follower<T> {
  /** Every object there is: at first, and again after each break. What is not in it is gone. */
  readonly onList: (objects: readonly T[]) => void;
  readonly onChange: (object: T, isGone: boolean) => void;
}

interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

async function followOnce<T extends AnyObject>(client: ApiClient, path: string, follower: Follower<T>, signal: AbortSignal): Promise<void> {
  const list = await client.call<{ items: readonly T[]; metadata: { resourceVersion: string } }>(path);
  follower.onList(list.items);
  const query = `watch=true&allowWatchBookmarks=true&timeoutSeconds=3600&resourceVersion=${list.metadata.resourceVersion}`;
  for await (const line of client.lines(`${path}?${query}`, signal)) {
    const { type, object } = line as WatchEvent<T>;
    if (type === 'ERROR') return;
    if (type !== 'BOOKMARK') follower.onChange(object, type === 'DELETED');
  }
}

/**
 * Keeps a follower up to date with one collection until `signal` aborts. Anything that breaks, a restart of the server included, is
 * answered by a new list after 100 ms, or a second when the server refuses.
 */
export async function followCollection<T extends AnyObject>(
  client: ApiClient, path: string, follower: Follower<T>, signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    let pauseMs = 100;
    try {
      await followOnce(client, path, follower, signal);
    } catch (thrown) {
      pauseMs = thrown instanceof ApiFailure ? 1000 : 100;
    }
    await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
