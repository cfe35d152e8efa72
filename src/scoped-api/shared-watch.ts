import { setTimeout as sleep } from 'node:timers/promises';
import type { RawUpstream } from '../runtime/raw-upstream.ts';
import { isComparable, isLater } from '../runtime/resource-version.ts';
import { refusalOf } from './call.ts';
import { LineFault, LineSplitter } from './line-splitter.ts';
import type { ListQuery } from './list-query.ts';
import { ObjectFault, parsedBytes, placeOf, revisionOf } from './object-bytes.ts';
import { unavailable, type Refusal } from './refusal.ts';
import { Subscription, type WatchLine } from './subscription.ts';
import { watchUrl } from './upstream-query.ts';
import type { ScopedKind } from '../api/istiod-calls.ts';

/** What of the past is kept for those who list, or break off, and watch a moment later. */
const KEPT_BYTES = 1024 * 1024;
const WATCH_SECONDS = 600;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5000;
/** Statuses that will not be another one a moment later. */
const LASTING = new Set([400, 401, 403, 404, 405, 406, 410, 422]);

/** What a shared watch is about. */
export interface WatchedKind {
  readonly kind: ScopedKind;
  /** Selectors count; where each reader begins is his own matter. */
  readonly query: ListQuery;
}

/**
 * One watch of the API server over the whole cluster, for all meshes that read along: the API server pays for kinds, not for istiods.
 *
 * Laws: 1. a reader who begins at a resource version gets exactly the events after it, in the API server's order, as if the watch were his own;
 * 2. it is broken off and taken up again without a reader's notice, from the resource version it had reached;
 * 3. whoever cannot be given all of it is told to list anew, never given less.
 * Resource versions of one kind are compared as numbers (Kubernetes doc "API concepts", resource versions are comparable).
 */
export class SharedWatch {
  readonly #upstream: RawUpstream;
  readonly #watched: WatchedKind;
  readonly #stop = new AbortController();
  readonly #readers = new Set<Subscription>();
  readonly #kept: WatchLine[] = [];
  readonly #opened = Promise.withResolvers<void>();
  #isOpen = false;
  #keptBytes = 0;
  /** All events after this resource version are kept. */
  #from: string;
  #at: string;

  constructor(upstream: RawUpstream, watched: WatchedKind, revision: string) {
    this.#upstream = upstream;
    this.#watched = watched;
    this.#from = revision;
    this.#at = revision;
  }

  get readers(): number {
    return this.#readers.size;
  }

  /** Resolves when the API server has answered for the first time, or when that will not come. */
  get whenOpen(): Promise<void> {
    return this.#opened.promise;
  }

  /** True once the API server has answered, or when it is over. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** True while it may be joined. */
  get isLive(): boolean {
    return !this.#stop.signal.aborted;
  }

  /** True when everything after a resource version is here or still to come. */
  reaches(revision: string): boolean {
    return this.isLive && !isLater(this.#from, revision);
  }

  /** Everything after a resource version that it reaches. `left` is called when the reader ends. */
  join(revision: string, left: () => void): Subscription {
    const reader: Subscription = new Subscription(isComparable(revision) ? revision : '', () => {
      this.#readers.delete(reader);
      left();
    });
    for (const line of this.#kept) reader.push(line);
    this.#readers.add(reader);
    return reader;
  }

  stop(): void {
    this.#end(undefined);
  }

  /** Watches until it is stopped or the API server says something that lasts. Never rejects. */
  async run(): Promise<void> {
    let wait = FIRST_RETRY_MS;
    while (this.isLive) {
      const reached = this.#at;
      const refusal = await this.#watch().catch(faultOf);
      // One that began nowhere in particular knows no place to go on from.
      if (refusal !== undefined || !isComparable(this.#from)) this.#end(refusal);
      wait = this.#at === reached ? Math.min(wait * 2, LONGEST_RETRY_MS) : FIRST_RETRY_MS;
      if (this.isLive) await sleep(wait, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  /** One watch of the API server. Out: why nobody can go on; undefined when it may be taken up again. */
  async #watch(): Promise<Refusal | undefined> {
    const { kind, query } = this.#watched;
    const answer = await this.#upstream.send({ method: 'GET', url: watchUrl(kind, query, { resourceVersion: this.#at, seconds: WATCH_SECONDS }), signal: this.#stop.signal });
    if (answer.status !== 200) {
      const refusal = await refusalOf(answer);
      return LASTING.has(refusal.code) ? refusal : undefined;
    }
    this.#open();
    const splitter = new LineSplitter();
    for await (const chunk of answer.body) {
      for (const bytes of splitter.push(chunk)) if (!this.#take(bytes)) return undefined;
    }
    return undefined;
  }

  /** False when the watch has ended with this line. */
  #take(bytes: Buffer): boolean {
    const { type, object } = parsedBytes(bytes);
    if (type === 'ERROR') {
      for (const reader of this.#readers) reader.push({ bytes, type, revision: '', place: undefined });
      this.#end(undefined);
      return false;
    }
    const line = { bytes, type: String(type), revision: revisionOf(object), place: placeOf(this.#watched.kind, object) };
    this.#at = line.revision;
    this.#keep(line);
    for (const reader of this.#readers) reader.push(line);
    return true;
  }

  #keep(line: WatchLine): void {
    this.#kept.push(line);
    this.#keptBytes += line.bytes.length;
    while (this.#keptBytes > KEPT_BYTES) {
      const oldest = this.#kept.shift();
      if (oldest === undefined) break;
      this.#keptBytes -= oldest.bytes.length;
      this.#from = oldest.revision;
    }
  }

  #end(refusal: Refusal | undefined): void {
    this.#stop.abort();
    for (const reader of this.#readers) reader.end(refusal);
    this.#open();
  }

  #open(): void {
    this.#isOpen = true;
    this.#opened.resolve();
  }
}

/** What cannot be read now will not read better in a moment; everything else is a connection that broke. */
function faultOf(error: unknown): Refusal | undefined {
  return error instanceof ObjectFault || error instanceof LineFault ? unavailable('the API server sent what is no watch') : undefined;
}
