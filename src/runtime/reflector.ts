import { resourcePath } from '../k8s/resource.ts';
import { Backoff, WATCH_BACKOFF } from './backoff.ts';
import type { KubeObject } from '../k8s/object.ts';
import type { Source } from './controller.ts';
import { FrameDecoder } from './frame-decoder.ts';
import { LinkedAbort } from './linked-abort.ts';
import { listAll } from './paged-list.ts';
import { ApiError, type Rest } from './rest.ts';
import { Store } from './store.ts';
import { pause, type TimeSource } from './time-source.ts';
import { readWatchEvent, watchAccept, type WatchEvent } from './watch-event.ts';
import { causeOf, WatchProgress, type EndCause, type NextStep, type ProgressLimits } from './watch-progress.ts';

/** Limits of a reflector; see DEFAULT_TUNING for the values and where they come from. */
export interface ReflectorTuning extends ProgressLimits {
  readonly pageSize: number;
  readonly listTimeoutMs: number;
  readonly openTimeoutMs: number;
  /** Bounds of the random `timeoutSeconds` after which the server ends a watch. */
  readonly watchSeconds: readonly [number, number];
  /** A watch without a byte for this long is dead; the server sends a bookmark about every minute. */
  readonly idleMs: number;
  /** Pauses between looks for a kind that is not served. */
  readonly absentMs: { readonly baseMs: number; readonly maxMs: number };
}

export const DEFAULT_TUNING: ReflectorTuning = {
  backoff: WATCH_BACKOFF,
  usefulMs: 5000,
  fruitlessLimit: 5,
  maxRetryAfterMs: 60_000,
  pageSize: 500,
  listTimeoutMs: 60_000,
  openTimeoutMs: 30_000,
  watchSeconds: [300, 600],
  idleMs: 100_000,
  absentMs: { baseMs: 1000, maxMs: 30_000 },
};

/** For metrics and logs. What an observer throws is ignored. */
export interface CacheObserver {
  /** A list or a watch ended. `end` and `expired` are everyday. */
  readonly onEnd?: (source: Source, cause: EndCause, error: unknown) => void;
  /** A complete list was taken in; `missed` counts changes a repeated list found that the watch had not shown. */
  readonly onListed?: (source: Source, listed: { readonly objects: number; readonly pages: number; readonly missed: number }) => void;
  /** The kind appeared or disappeared. */
  readonly onServed?: (source: Source, isServed: boolean) => void;
  /** A listener, index or slim function threw: a mistake of ours. */
  readonly onFault?: (source: Source, error: unknown) => void;
}

/** What a reflector is given beside its source. */
export interface ReflectorParts {
  readonly rest: Rest;
  readonly time: TimeSource;
  readonly tuning: ReflectorTuning;
  readonly observer: CacheObserver;
  /** Lets objects of the store share equal parts. */
  readonly share?: (object: KubeObject) => KubeObject;
}

/** Two 404s in a row before a store with something in it is dropped: one may be a proxy's. */
const ABSENCES_TO_BELIEVE = 2;

/**
 * Keeps a store equal to the server: list, watch from there, resume, list again when the position is lost; never gives up.
 * The flow of kube-rs `watcher.rs` and client-go `reflector.go`; wishes.md 5.2, points 1 to 7.
 */
export class Reflector {
  readonly source: Source;
  readonly store: Store;
  readonly #parts: ReflectorParts;
  readonly #progress: WatchProgress;
  readonly #absentPause: Backoff;
  /** Where to watch from; undefined: a list is needed first. */
  #position: string | undefined;
  /** What the next list must not be older than: '0' at first, then where we stood; '' after the server could not serve that. */
  #listFrom = '0';
  #hasSynced = false;
  #isServed = true;
  #absences = 0;
  #isPoked = false;
  #lastSeen = -Infinity;
  #current: LinkedAbort<EndCause> | undefined;

  constructor(source: Source, parts: ReflectorParts) {
    this.source = source;
    this.#parts = parts;
    this.store = new Store(parts.share === undefined ? source : { ...source, share: parts.share }, (error) => this.#tell((observer) => observer.onFault?.(source, error)));
    this.#progress = new WatchProgress(parts.tuning, () => parts.time.random());
    this.#absentPause = new Backoff(parts.tuning.absentMs, () => parts.time.random());
  }

  /** True once there was a complete list, or the kind was found absent. Never false again. */
  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  get isServed(): boolean {
    return this.#isServed;
  }

  /** When the server last sent anything, in monotonic milliseconds; -Infinity before. */
  get lastSeen(): number {
    return this.#lastSeen;
  }

  /** The kind's definition has changed: look now, whatever we are waiting for. */
  poke(): void {
    this.#isPoked = true;
    this.#absentPause.reset();
    this.#current?.abort('poked');
  }

  /** Runs until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const waitMs = await this.#round(signal);
      if (waitMs > 0 && !signal.aborted) await this.#pause(waitMs, signal);
    }
  }

  /** One list if needed and one watch. Out: how long to wait before the next. */
  async #round(signal: AbortSignal): Promise<number> {
    try {
      if (this.#position === undefined) await this.#list(signal);
    } catch (error) {
      return signal.aborted ? 0 : this.#listFailed(error);
    }
    return this.#watch(this.#position ?? '', signal);
  }

  async #list(signal: AbortSignal): Promise<void> {
    this.#isPoked = false;
    const { rest, tuning } = this.#parts;
    const listed = await listAll(rest, this.source, {
      pageSize: tuning.pageSize, notOlderThan: this.#listFrom, timeoutMs: tuning.listTimeoutMs, signal, onPage: () => this.#saw(),
    });
    this.#setServed(true);
    const changes = this.store.replace(listed.objects);
    const missed = this.#hasSynced && this.#listFrom !== '0' ? changes : 0;
    this.#hasSynced = true;
    this.#moveTo(listed.resourceVersion);
    this.#progress.listed();
    this.#tell((observer) => observer.onListed?.(this.source, { objects: listed.objects.length, pages: listed.pages, missed }));
  }

  #listFailed(error: unknown): number {
    const cause = causeOf(error, false);
    if (cause === 'absent') return this.#absent(error);
    this.#absences = 0;
    // 410: pages or position are gone. 504: the server has not come as far as we were, maybe it lost data. Ask for the newest.
    if (error instanceof ApiError && (error.status === 410 || error.status === 504)) this.#listFrom = '';
    return this.#ended(cause, error).waitMs;
  }

  /** The kind is not served: an empty store is the truth, and not an error. */
  #absent(error: unknown): number {
    this.#absences += 1;
    if (this.store.size > 0 && this.#absences < ABSENCES_TO_BELIEVE) return this.#ended('absent', error).waitMs;
    this.#setServed(false);
    this.store.replace([]);
    this.#hasSynced = true;
    this.#listFrom = '0';
    return this.#absentPause.next();
  }

  async #watch(position: string, signal: AbortSignal): Promise<number> {
    const link = new LinkedAbort<EndCause>(signal);
    this.#current = link;
    let isOpen = false;
    try {
      const stream = await this.#open(position, link.signal);
      isOpen = true;
      this.#saw();
      this.#progress.opened(this.#parts.time.monotonicMs());
      void this.#guard(link);
      await this.#read(stream);
      return this.#leftWatch('end', undefined);
    } catch (error) {
      return signal.aborted ? 0 : this.#leftWatch(link.reason ?? causeOf(error, isOpen), error);
    } finally {
      this.#current = undefined;
      link.unlink();
      link.abort('end');
    }
  }

  #open(position: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const { rest, time, tuning } = this.#parts;
    const [least, most] = tuning.watchSeconds;
    const { labelSelector, fieldSelector } = this.source;
    const query = {
      watch: true, allowWatchBookmarks: true, resourceVersion: position, labelSelector, fieldSelector,
      timeoutSeconds: Math.round(least + (most - least) * time.random()),
    };
    return rest.stream({ method: 'GET', path: resourcePath(this.source.type), query, accept: watchAccept(this.source), signal, timeoutMs: tuning.openTimeoutMs });
  }

  async #read(stream: AsyncIterable<Uint8Array>): Promise<void> {
    const decoder = new FrameDecoder();
    for await (const chunk of stream) {
      this.#saw();
      for (const frame of decoder.push(chunk)) this.#take(readWatchEvent(frame, this.source));
    }
    decoder.end();
  }

  #take(event: WatchEvent): void {
    if (event.type === 'DELETED') {
      const { name, namespace, uid } = event.object.metadata;
      this.store.remove(name, namespace, uid);
    } else if (event.type !== 'BOOKMARK') {
      this.store.upsert(event.object);
    }
    this.#moveTo(event.resourceVersion);
    this.#progress.delivered();
  }

  /** Aborts a watch that has gone silent. Ends with the link. */
  async #guard(link: LinkedAbort<EndCause>): Promise<void> {
    const { time, tuning } = this.#parts;
    while (!link.signal.aborted) {
      const leftMs = this.#lastSeen + tuning.idleMs - time.monotonicMs();
      if (leftMs <= 0) link.abort('idle');
      else await pause(time, leftMs, link.signal);
    }
  }

  #leftWatch(cause: EndCause, error: unknown): number {
    const next = this.#ended(cause, error);
    if (next.relist) this.#position = undefined;
    return next.waitMs;
  }

  #ended(cause: EndCause, error: unknown): NextStep {
    this.#tell((observer) => observer.onEnd?.(this.source, cause, error));
    const retryAfterMs = error instanceof ApiError ? error.retryAfterMs : undefined;
    return this.#progress.ended(cause, this.#parts.time.monotonicMs(), retryAfterMs);
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#isPoked) {
      this.#isPoked = false;
      return;
    }
    const link = new LinkedAbort<EndCause>(signal);
    this.#current = link;
    await pause(this.#parts.time, ms, link.signal);
    this.#current = undefined;
    link.unlink();
  }

  #moveTo(resourceVersion: string): void {
    this.#position = resourceVersion;
    this.#listFrom = resourceVersion;
  }

  #setServed(isServed: boolean): void {
    if (isServed) {
      this.#absences = 0;
      this.#absentPause.reset();
    }
    if (this.#isServed === isServed) return;
    this.#isServed = isServed;
    this.#tell((observer) => observer.onServed?.(this.source, isServed));
  }

  #saw(): void {
    this.#lastSeen = this.#parts.time.monotonicMs();
  }

  #tell(act: (observer: CacheObserver) => void): void {
    try {
      act(this.#parts.observer);
    } catch {
      // An observer counts or logs; what it throws must not stop the cache.
    }
  }
}
