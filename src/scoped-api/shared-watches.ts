import { setTimeout as sleep } from 'node:timers/promises';
import type { RawUpstream } from '../runtime/raw-upstream.ts';
import { isComparable } from '../runtime/resource-version.ts';
import { Refused } from './call.ts';
import { unavailable } from './refusal.ts';
import { SharedWatch, type WatchedKind } from './shared-watch.ts';
import type { Subscription } from './subscription.ts';

/** What a reader waits for the API server to begin. */
const OPENING_MS = 10_000;
/** A watch that nobody reads is kept this long: an istiod that restarts, or breaks off, comes back to it. */
const LINGER_MS = 30_000;

interface Reader { readonly watch: SharedWatch; readonly lines: Subscription }

/** The watches of this process on the API server: one per kind and selectors, whoever reads along. */
export class SharedWatches {
  readonly #upstream: RawUpstream;
  readonly #shared = new Map<string, SharedWatch>();
  readonly #all = new Set<SharedWatch>();

  constructor(upstream: RawUpstream) {
    this.#upstream = upstream;
  }

  /** How many watches are open, for metrics and tests. */
  get size(): number {
    return this.#all.size;
  }

  /**
   * Everything of a kind after `query.resourceVersion`. A reader whose beginning the shared watch does not reach any more has one of his own; the next
   * time he comes he begins later. In: what, and when the reader is gone.
   * @throws Refused with the API server's words when it does not let us watch, or does not answer
   */
  async follow(watched: WatchedKind, signal: AbortSignal): Promise<Subscription> {
    const { watch, lines } = this.#reader(watched);
    signal.addEventListener('abort', () => { lines.end(); }, { once: true });
    if (signal.aborted) lines.end();
    await Promise.race([watch.whenOpen, sleep(OPENING_MS, undefined, { ref: false })]);
    if (!watch.isOpen) lines.end(unavailable('the API server does not answer; try again'));
    if (lines.refusal !== undefined) throw new Refused(lines.refusal);
    return lines;
  }

  #reader(watched: WatchedKind): Reader {
    const { resourceVersion } = watched.query;
    const key = keyOf(watched);
    const shared = this.#shared.get(key);
    const isShared = isComparable(resourceVersion) && (shared === undefined || !shared.isLive || shared.reaches(resourceVersion));
    if (!isShared) return this.#join(this.#start(watched), resourceVersion, 0);
    const found = shared?.isLive === true ? shared : this.#start(watched);
    this.#shared.set(key, found);
    return this.#join(found, resourceVersion, LINGER_MS);
  }

  close(): void {
    for (const watch of this.#all) watch.stop();
  }

  #start(watched: WatchedKind): SharedWatch {
    const watch = new SharedWatch(this.#upstream, watched, watched.query.resourceVersion);
    this.#all.add(watch);
    void watch.run().finally(() => {
      this.#all.delete(watch);
      if (this.#shared.get(keyOf(watched)) === watch) this.#shared.delete(keyOf(watched));
    });
    return watch;
  }

  #join(watch: SharedWatch, revision: string, lingerMs: number): Reader {
    const lines = watch.join(revision, () => {
      if (watch.readers > 0) return;
      setTimeout(() => { if (watch.readers === 0) watch.stop(); }, lingerMs).unref();
    });
    return { watch, lines };
  }
}

function keyOf({ kind: { type }, query: { labelSelector, fieldSelector } }: WatchedKind): string {
  return JSON.stringify([type.group, type.version, type.plural, labelSelector, fieldSelector]);
}
