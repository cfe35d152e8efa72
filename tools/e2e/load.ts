import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../src/lib/result.ts';
import { wordsOf } from '../cluster/ask.ts';
import { viaRouter, type Stage } from './stage.ts';

/** What came of a load. */
export interface LoadResult {
  readonly sent: number;
  /** What went wrong with each request that was not answered 200. */
  readonly failures: readonly string[];
  readonly seconds: number;
}

/** Requests that keep coming while something else happens. */
export interface Load {
  /** Stops sending, waits for what is on the way, and tells. */
  stop(): Promise<LoadResult>;
}

/** Sends GET requests for a host through the router at a steady rate, each on a connection of its own, never waiting for an answer. */
export function startLoad(stage: Stage, host: string, perSecond: number): Load {
  const since = performance.now();
  const failures: string[] = [];
  const pending = new Set<Promise<void>>();
  let sent = 0;
  const over = new AbortController();
  const send = async (): Promise<void> => {
    const at = ((performance.now() - since) / 1000).toFixed(1);
    try {
      const answer = await viaRouter(stage, host, '/');
      if (answer.status !== 200) failures.push(`after ${at} s: ${wordsOf(answer)}`);
    } catch (thrown) {
      failures.push(`after ${at} s: ${messageOf(thrown)}`);
    }
  };
  const run = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const due = Math.floor((performance.now() - since) / 1000 * perSecond);
      for (; sent < due; sent += 1) {
        const request = send();
        pending.add(request);
        void request.finally(() => pending.delete(request));
      }
      await sleep(1000 / perSecond);
    }
  };
  const running = run();
  return {
    async stop() {
      over.abort();
      await running;
      await Promise.all(pending);
      return { sent, failures, seconds: (performance.now() - since) / 1000 };
    },
  };
}
