import { isDeleting, type KubeObject } from '../k8s/object.ts';
import type { ObjectRef } from '../k8s/ref.ts';
import type { ResourceType } from '../k8s/resource.ts';
import type { Cache } from './cache.ts';
import type { Source } from './controller.ts';
import type { LiveObjects } from './live-objects.ts';
import { isAtLeast } from './resource-version.ts';
import type { TimeSource } from './time-source.ts';

/** How long to believe that the watch still brings our write. Planning on an older cache is safe, only wasteful, so there is an end. */
const PATIENCE_MS = 5_000;

/** A write whose echo one source has not brought yet. */
interface Expectation {
  readonly waiter: string;
  readonly slot: string;
  /** The incarnation written; its deletion ends the wait. */
  readonly uid: string | undefined;
  readonly isMet: (held: KubeObject | undefined) => boolean;
  readonly expiresAt: number;
}

/**
 * Read your own writes: remembers what each key wrote until the caches show it
 * (model: Cluster API util/controller/consistency.go, but woken by the cache instead of asking every 100 ms).
 * A waiter is any text that names one key of one controller.
 */
export class Consistency {
  readonly #live: LiveObjects;
  readonly #cache: Cache;
  readonly #time: TimeSource;
  readonly #wake: (waiter: string) => void;
  readonly #byWaiter = new Map<string, Set<Expectation>>();
  readonly #bySlot = new Map<string, Set<Expectation>>();
  readonly #listenedTo = new Set<string>();
  /** Waiters that were told to wait. */
  readonly #blocked = new Set<string>();

  constructor(options: { readonly cache: Cache; readonly live: LiveObjects; readonly time: TimeSource; readonly wake: (waiter: string) => void }) {
    this.#cache = options.cache;
    this.#live = options.live;
    this.#time = options.time;
    this.#wake = options.wake;
  }

  /** The waiter wrote this object; `answer` is what the server sent back (metadata is enough). */
  wrote(waiter: string, type: ResourceType, answer: KubeObject): void {
    const wanted = answer.metadata.resourceVersion;
    if (wanted === undefined) return;
    for (const source of this.#live.covering(type, answer)) {
      this.#expect(waiter, source, answer.metadata, (held) => isAtLeast(held?.metadata.resourceVersion, wanted));
    }
  }

  /** The waiter removed this object. Met once it is gone, replaced, or on its way out. */
  removed(waiter: string, ref: ObjectRef): void {
    for (const source of this.#live.sourcesOf(ref.type)) {
      const uid = this.#live.get(source, ref)?.metadata.uid;
      if (uid !== undefined) this.#expect(waiter, source, { ...ref, uid }, (held) => held === undefined || held.metadata.uid !== uid || isDeleting(held));
    }
  }

  /**
   * How long, in ms, the waiter should leave the key alone because a cache is behind; 0 = go on.
   * Whoever is told to wait is woken through `wake` as soon as the caches caught up.
   */
  waitMs(waiter: string): number {
    this.#blocked.delete(waiter);
    const now = this.#time.monotonicMs();
    let longest = 0;
    for (const expectation of this.#byWaiter.get(waiter) ?? []) {
      if (expectation.expiresAt <= now) this.#drop(expectation);
      else longest = Math.max(longest, expectation.expiresAt - now);
    }
    if (longest > 0) this.#blocked.add(waiter);
    return longest;
  }

  #expect(waiter: string, source: Source, at: Pick<ObjectRef, 'name' | 'namespace' | 'uid'>, isMet: Expectation['isMet']): void {
    if (isMet(this.#live.get(source, at))) return;
    this.#listenTo(source);
    const expectation: Expectation = { waiter, slot: slotOf(source, at), uid: at.uid, isMet, expiresAt: this.#time.monotonicMs() + PATIENCE_MS };
    addTo(this.#byWaiter, waiter, expectation);
    addTo(this.#bySlot, expectation.slot, expectation);
  }

  #listenTo(source: Source): void {
    if (this.#listenedTo.has(source.id)) return;
    this.#listenedTo.add(source.id);
    this.#cache.onChange(source, (before, after) => this.#onChange(source, before, after));
  }

  #onChange(source: Source, before: KubeObject | undefined, after: KubeObject | undefined): void {
    const object = after ?? before;
    if (this.#bySlot.size === 0 || object === undefined) return;
    for (const expectation of this.#bySlot.get(slotOf(source, object.metadata)) ?? []) {
      const isGone = after === undefined && expectation.uid === before?.metadata.uid;
      if (isGone || expectation.isMet(after)) this.#drop(expectation);
    }
  }

  #drop(expectation: Expectation): void {
    removeFrom(this.#bySlot, expectation.slot, expectation);
    removeFrom(this.#byWaiter, expectation.waiter, expectation);
    if (!this.#byWaiter.has(expectation.waiter) && this.#blocked.delete(expectation.waiter)) this.#wake(expectation.waiter);
  }
}

function slotOf(source: Source, at: { readonly name: string; readonly namespace?: string }): string {
  return `${source.id} ${at.namespace ?? ''}/${at.name}`;
}

function addTo(map: Map<string, Set<Expectation>>, key: string, expectation: Expectation): void {
  const set = map.get(key);
  if (set === undefined) map.set(key, new Set([expectation]));
  else set.add(expectation);
}

function removeFrom(map: Map<string, Set<Expectation>>, key: string, expectation: Expectation): void {
  const set = map.get(key);
  set?.delete(expectation);
  if (set?.size === 0) map.delete(key);
}
