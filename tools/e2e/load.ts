import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../src/lib/result.ts';
import { wordsOf, type Answer } from '../cluster/ask.ts';
import { viaRouter, type Stage } from './stage.ts';

/** A request that is sent again and again. */
export interface LoadRequest {
  readonly host: string;
  /** Default: `/`. */
  readonly path?: string;
  /** Which answers are none of its failures; default: those with status 200. */
  readonly isGood?: (answer: Answer) => boolean;
}

interface Failure {
  /** When it was sent, in seconds after the begin. */
  readonly at: number;
  readonly what: string;
}

/** What came of a load. */
export interface LoadResult {
  readonly sent: number;
  /** Each request that was not answered well. */
  readonly failures: readonly Failure[];
  readonly seconds: number;
}

/** Requests that keep coming while something else happens. */
export interface Load {
  /** Stops sending, waits for what is on the way, and tells. */
  stop(): Promise<LoadResult>;
}

const isOk = ({ status }: Answer): boolean => status === 200;

/** Sends GET requests through the router at a steady rate, the given ones in turn, each on a connection of its own, never waiting for an answer. */
export function startLoad(stage: Stage, requests: readonly LoadRequest[], perSecond: number): Load {
  const since = performance.now();
  const failures: Failure[] = [];
  const pending = new Set<Promise<void>>();
  let sent = 0;
  const over = new AbortController();
  const send = async ({ host, path = '/', isGood = isOk }: LoadRequest): Promise<void> => {
    const at = (performance.now() - since) / 1000;
    try {
      const answer = await viaRouter(stage, host, path);
      if (!isGood(answer)) failures.push({ at, what: `${host}: ${wordsOf(answer)}` });
    } catch (thrown) {
      failures.push({ at, what: `${host}: ${messageOf(thrown)}` });
    }
  };
  const run = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const due = Math.floor((performance.now() - since) / 1000 * perSecond);
      for (; sent < due; sent += 1) {
        const request = requests[sent % requests.length];
        if (request === undefined) throw new Error('a load needs requests');
        const answered = send(request);
        pending.add(answered);
        void answered.finally(() => pending.delete(answered));
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

/** Failures in a few lines: what, how often, from when to when. */
export function shownFailures(failures: readonly Failure[]): string {
  const kinds = Map.groupBy(failures, ({ what }) => what);
  return [...kinds].slice(0, 8).map(([what, all]) => `${all.length} × between ${Math.min(...all.map(({ at }) => at)).toFixed(1)} s and ${Math.max(...all.map(({ at }) => at)).toFixed(1)} s: ${what}`).join('\n');
}
