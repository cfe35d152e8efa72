import type { ApiClient } from '../cluster/api-client.ts';

/** One write of the bare writer: creates `body` below `path`, merges it into the object at `path`, or deletes that. */
export interface BareWrite {
  readonly method: 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
}

/**
 * The yardstick: sends the same minimal writes as the operator, 16 at a time, and nothing else. In: the writes, in order. Out: seconds.
 */
export async function writeBare(client: ApiClient, writes: readonly BareWrite[], connections = 16): Promise<number> {
  const started = performance.now();
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let write = writes[next++]; write !== undefined; write = writes[next++]) {
      const { method, path, body } = write;
      await client.call(path, { method, ...(body === undefined ? {} : { body }), ...(method === 'PATCH' ? { contentType: 'application/merge-patch+json' } : {}) });
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  return (performance.now() - started) / 1000;
}
