import type { ApiClient } from '../cluster/api-client.ts';
import type { Item, ListOf } from './stage.ts';

/** What a watch brings. */
export interface Sighting {
  readonly type: string;
  readonly object: Item;
}

const LIMIT_MS = 300_000;

/**
 * Watches a collection from now on. In: its path, and what to look for. Out: a function that waits for it and gives the moment
 * (`performance.now()`). Resolves once the watch stands, so that what is done afterwards is seen. The wait throws after 5 minutes.
 */
export async function watchFor(client: ApiClient, collection: string, isIt: (sighting: Sighting) => boolean): Promise<() => Promise<number>> {
  const [path = '', query = ''] = collection.split('?');
  const join = query === '' ? '' : `&${query}`;
  const { metadata } = await client.call<ListOf & { readonly metadata: { readonly resourceVersion: string } }>(`${path}?limit=1${join}`);
  const seen = look(client, `${path}?watch=true&resourceVersion=${metadata.resourceVersion}&timeoutSeconds=300${join}`, isIt);
  // Handled by whoever waits; until then a failure is no unhandled rejection.
  seen.catch(() => undefined);
  return () => seen;
}

async function look(client: ApiClient, path: string, isIt: (sighting: Sighting) => boolean): Promise<number> {
  const ended = new AbortController();
  try {
    for await (const line of client.lines(path, AbortSignal.any([ended.signal, AbortSignal.timeout(LIMIT_MS)]))) {
      if (isIt(line as Sighting)) return performance.now();
    }
  } finally {
    ended.abort();
  }
  throw new Error(`${path} did not bring it within ${LIMIT_MS / 1000} s`);
}
