import type { KubeObject } from '../k8s/object.ts';
import { crdNameOf, type ResourceType } from '../k8s/resource.ts';
import { sameJson } from '../lib/json.ts';
import type { Cache, ChangeListener } from './cache.ts';
import type { Source } from './controller.ts';
import { DEFAULT_TUNING, Reflector, type CacheObserver, type ReflectorTuning } from './reflector.ts';
import type { Rest } from './rest.ts';
import { SharedParts } from './shared-parts.ts';
import { SYSTEM_TIME, type TimeSource } from './time-source.ts';

/** What may be set on a cache; left out: the system's time, the default tuning, nobody watching. */
export interface CacheOptions {
  readonly time?: TimeSource;
  readonly tuning?: Partial<ReflectorTuning>;
  readonly observer?: CacheObserver;
}

/** All stores of the process: one reflector per source id. */
export class CachePool implements Cache {
  readonly #rest: Rest;
  readonly #time: TimeSource;
  readonly #tuning: ReflectorTuning;
  readonly #observer: CacheObserver;
  readonly #parts = new SharedParts();
  readonly #reflectors = new Map<string, Reflector>();
  readonly #servedListeners: ((source: Source) => void)[] = [];
  readonly #waiters = new Set<(woken: unknown) => void>();
  #isStarted = false;
  #running: Promise<unknown> = Promise.resolve();

  constructor(rest: Rest, options: CacheOptions = {}) {
    this.#rest = rest;
    this.#time = options.time ?? SYSTEM_TIME;
    this.#tuning = { ...DEFAULT_TUNING, ...options.tuning };
    this.#observer = options.observer ?? {};
  }

  add(source: Source): void {
    const known = this.#reflectors.get(source.id)?.source;
    if (known !== undefined) {
      if (!sameJson(queryOf(known), queryOf(source))) throw new Error(`two different sources are named ${source.id}`);
      return;
    }
    if (this.#isStarted) throw new Error(`source ${source.id} was added after the cache had started`);
    const observer = { ...this.#observer, ...this.#wakeOnSync() };
    this.#reflectors.set(source.id, new Reflector(source, { rest: this.#rest, time: this.#time, tuning: this.#tuning, observer, share: (object) => this.#parts.share(object) }));
  }

  sourcesOf(type: ResourceType): readonly Source[] {
    const isOfType = (source: Source): boolean => sameJson(source.type, type);
    return [...this.#reflectors.values()].map((reflector) => reflector.source).filter(isOfType);
  }

  onChange(source: Source, listener: ChangeListener): void {
    this.#of(source).store.onChange(listener);
  }

  onServed(listener: (source: Source) => void): void {
    this.#servedListeners.push(listener);
  }

  start(signal: AbortSignal): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#pokeOnDefinitions();
    this.#running = Promise.all([...this.#reflectors.values()].map((reflector) => reflector.run(signal)));
  }

  /** Resolves when every reflector has ended after the signal of `start` aborted. */
  async whenStopped(): Promise<void> {
    await this.#running;
  }

  hasSynced(): boolean {
    return this.unsynced().length === 0;
  }

  async whenSynced(signal: AbortSignal): Promise<void> {
    while (!this.hasSynced()) {
      signal.throwIfAborted();
      await this.#nextSync(signal);
    }
  }

  get(source: Source, name: string, namespace?: string): KubeObject | undefined {
    return this.#of(source).store.get(name, namespace);
  }

  list(source: Source, namespace?: string): readonly KubeObject[] {
    return this.#of(source).store.list(namespace);
  }

  indexed(source: Source, index: string, value: string): readonly KubeObject[] {
    return this.#of(source).store.indexed(index, value);
  }

  isServed(source: Source): boolean {
    return this.#of(source).isServed;
  }

  sizes(): ReadonlyMap<string, number> {
    return new Map([...this.#reflectors].map(([id, reflector]) => [id, reflector.store.size]));
  }

  /** Milliseconds since the server last sent a byte, per source id; Infinity before the first. Kinds not served are left out. */
  silence(): ReadonlyMap<string, number> {
    const now = this.#time.monotonicMs();
    const served = [...this.#reflectors].filter(([, reflector]) => reflector.isServed);
    return new Map(served.map(([id, reflector]) => [id, now - reflector.lastSeen]));
  }

  /** Sources without their first complete list, for the readiness answer. */
  unsynced(): readonly string[] {
    return [...this.#reflectors].filter(([, reflector]) => !reflector.hasSynced).map(([id]) => id);
  }

  #of(source: Source): Reflector {
    const reflector = this.#reflectors.get(source.id);
    if (reflector === undefined) throw new Error(`source ${source.id} was never added to the cache`);
    return reflector;
  }

  /** A source of CustomResourceDefinitions, if there is one, tells at once which kinds came and went. */
  #pokeOnDefinitions(): void {
    const definitions = [...this.#reflectors.values()].filter((reflector) => reflector.source.type.plural === 'customresourcedefinitions');
    for (const { store } of definitions) {
      store.onChange((before, after) => this.#poke((after ?? before)?.metadata.name, after === undefined));
    }
  }

  /** Changes of a definition whose kind is served end nothing: the server closes the watch itself where it must. */
  #poke(definition: string | undefined, isGone: boolean): void {
    for (const reflector of this.#reflectors.values()) {
      if (crdNameOf(reflector.source.type) === definition && reflector.isServed === isGone) reflector.poke();
    }
  }

  #wakeOnSync(): CacheObserver {
    const { onListed, onServed } = this.#observer;
    return {
      onListed: (source, listed) => {
        this.#wake();
        onListed?.(source, listed);
      },
      onServed: (source, isServed) => {
        this.#wake();
        for (const listener of this.#servedListeners) listener(source);
        onServed?.(source, isServed);
      },
    };
  }

  /** Waiters look again in the next turn: the reflector sets its flag right after it has told us. */
  #wake(): void {
    for (const wake of this.#waiters) wake(undefined);
  }

  async #nextSync(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.#waiters.add(resolve);
    signal.addEventListener('abort', resolve, { once: true });
    await promise;
    signal.removeEventListener('abort', resolve);
    this.#waiters.delete(resolve);
  }
}

function queryOf(source: Source): Readonly<Record<string, unknown>> {
  const { type, labelSelector, fieldSelector, metadataOnly } = source;
  return { type, labelSelector, fieldSelector, metadataOnly };
}
