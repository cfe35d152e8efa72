import type { ObjectKey } from '../../../src/k8s/key.ts';
import { keyOf, keyOfObject } from '../../../src/k8s/key.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import type { ResourceType } from '../../../src/k8s/resource.ts';
import type { Cache, ChangeListener } from '../../../src/runtime/cache.ts';
import type { Source } from '../../../src/runtime/controller.ts';
import type { LogFields, Logger } from '../../../src/runtime/logger.ts';
import { ApiError, type Rest, type RestRequest } from '../../../src/runtime/rest.ts';

/*
 * Stand-ins at the seams of the runtime: what was asked for is recorded, what comes back is told beforehand.
 * None of them behaves like an API server; that is what test/envtest is for.
 */

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
}

/** Keeps its lines. */
export class RecordingLogger implements Logger {
  readonly lines: LogLine[] = [];

  debug(fields: LogFields, message: string): void {
    this.lines.push({ level: 'debug', message, fields });
  }

  info(fields: LogFields, message: string): void {
    this.lines.push({ level: 'info', message, fields });
  }

  warn(fields: LogFields, message: string): void {
    this.lines.push({ level: 'warn', message, fields });
  }

  error(fields: LogFields, message: string): void {
    this.lines.push({ level: 'error', message, fields });
  }
}

export const silentLogger: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** Records calls. An answer is made by `answer`, which may throw; by default, metadata with version "100". */
export class RecordingRest implements Rest {
  readonly calls: RestRequest[] = [];
  answer: (request: RestRequest) => unknown = () => ({ metadata: { name: 'answered', resourceVersion: '100' } });

  async call<T>(request: RestRequest): Promise<T> {
    this.calls.push(request);
    return await this.answer(request) as T;
  }

  stream(): Promise<AsyncIterable<Uint8Array>> {
    return Promise.reject(new ApiError(0, '', 'no streams here'));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Objects put there by the test. Selectors are not applied: the test puts what the source would hold. */
export class ManualCache implements Cache {
  readonly #sources: Source[] = [];
  readonly #objects = new Map<string, Map<ObjectKey, KubeObject>>();
  readonly #listeners = new Map<string, ChangeListener[]>();
  readonly absentKinds = new Set<string>();
  #isSynced = true;
  #whenSynced: (() => void)[] = [];

  constructor(sources: readonly Source[] = [], options: { readonly isSynced?: boolean } = {}) {
    for (const source of sources) this.add(source);
    this.#isSynced = options.isSynced ?? true;
  }

  add(source: Source): void {
    if (!this.#sources.some(({ id }) => id === source.id)) this.#sources.push(source);
  }

  /** Puts an object (or takes it away) and tells the listeners. */
  put(source: Source, object: KubeObject): void {
    const before = this.#store(source).get(keyOfObject(object));
    this.#store(source).set(keyOfObject(object), object);
    for (const listener of this.#listeners.get(source.id) ?? []) listener(before, object);
  }

  drop(source: Source, name: string, namespace?: string): void {
    const before = this.#store(source).get(keyOf(name, namespace));
    this.#store(source).delete(keyOf(name, namespace));
    for (const listener of this.#listeners.get(source.id) ?? []) listener(before, undefined);
  }

  becomeSynced(): void {
    this.#isSynced = true;
    for (const resolve of this.#whenSynced.splice(0)) resolve();
  }

  sourcesOf(type: ResourceType): readonly Source[] {
    return this.#sources.filter((source) => source.type === type);
  }

  onChange(source: Source, listener: ChangeListener): void {
    this.#listeners.set(source.id, [...this.#listeners.get(source.id) ?? [], listener]);
  }

  onServed(): void {
    // All is served from the start.
  }

  start(): void {
    // Nothing runs here.
  }

  hasSynced(): boolean {
    return this.#isSynced;
  }

  whenSynced(signal: AbortSignal): Promise<void> {
    if (this.#isSynced) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#whenSynced.push(resolve);
      signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
    });
  }

  sizes(): ReadonlyMap<string, number> {
    return new Map(this.#sources.map((source) => [source.id, this.#store(source).size]));
  }

  get(source: Source, name: string, namespace?: string): KubeObject | undefined {
    return this.#store(source).get(keyOf(name, namespace));
  }

  list(source: Source, namespace?: string): readonly KubeObject[] {
    return [...this.#store(source).values()].filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace);
  }

  indexed(source: Source, index: string, value: string): readonly KubeObject[] {
    return this.list(source).filter((object) => source.indexes?.[index]?.(object).includes(value));
  }

  isServed(source: Source): boolean {
    return !this.absentKinds.has(source.id);
  }

  #store(source: Source): Map<ObjectKey, KubeObject> {
    const known = this.#objects.get(source.id);
    if (known !== undefined) return known;
    const store = new Map<ObjectKey, KubeObject>();
    this.#objects.set(source.id, store);
    return store;
  }
}
