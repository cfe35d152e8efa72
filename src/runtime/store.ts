import { keyOf, keyOfObject, type ObjectKey } from '../k8s/key.ts';
import type { KubeObject } from '../k8s/object.ts';
import type { ChangeListener } from './cache.ts';
import type { Source } from './controller.ts';
import { Bucket, StoreIndex } from './store-index.ts';

/** One change: `before` is absent for additions, `after` for deletions. */
interface Change {
  readonly key: ObjectKey;
  readonly before?: KubeObject;
  readonly after?: KubeObject;
}

/** What a store needs of its source, and how objects share equal parts; left out: they share none. */
export type StoreShape = Pick<Source, 'slim' | 'indexes'> & { readonly share?: (object: KubeObject) => KubeObject };

/** Told about a function of ours or of a controller that threw. The store goes on. */
export type FaultReport = (error: unknown) => void;

const NO_VALUES: readonly string[] = [];

function asItIs(object: KubeObject): KubeObject {
  return object;
}

/**
 * The objects of one source: one writer (its reflector), many readers, all on one thread.
 * - Readers get the stored object itself; treat it as immutable.
 * - Listeners run after the change is readable. What one throws is reported and stops nobody else.
 * - Another uid under the same name is a deletion and then an addition, never an update (wishes.md 5.2, 6).
 */
export class Store {
  /** What is kept of an object that comes in. */
  readonly #kept: (object: KubeObject) => KubeObject;
  readonly #all = new Bucket();
  readonly #namespaces: StoreIndex;
  readonly #indexes: ReadonlyMap<string, StoreIndex>;
  readonly #listeners: ChangeListener[] = [];
  readonly #report: FaultReport;

  constructor(shape: StoreShape, report: FaultReport) {
    const { slim = asItIs, share = asItIs } = shape;
    this.#kept = (object) => this.#guarded(() => share(slim(object)), object);
    this.#report = report;
    this.#namespaces = new StoreIndex((object) => object.metadata.namespace === undefined ? NO_VALUES : [object.metadata.namespace]);
    this.#indexes = new Map(Object.entries(shape.indexes ?? {}).map(([name, valuesOf]) =>
      [name, new StoreIndex((object) => this.#guarded(() => valuesOf(object), NO_VALUES))]));
  }

  get size(): number {
    return this.#all.size;
  }

  get(name: string, namespace?: string): KubeObject | undefined {
    return this.#all.get(keyOf(name, namespace));
  }

  /** All objects, or those of one namespace. The same array until something in it changes. */
  list(namespace?: string): readonly KubeObject[] {
    return namespace === undefined ? this.#all.values() : this.#namespaces.find(namespace);
  }

  /** Throws for an index that the source does not declare: a mistake in our own code. */
  indexed(index: string, value: string): readonly KubeObject[] {
    const found = this.#indexes.get(index);
    if (found === undefined) throw new Error(`there is no index named ${index}`);
    return found.find(value);
  }

  onChange(listener: ChangeListener): void {
    this.#listeners.push(listener);
  }

  /** Adds or updates. Nothing happens, and false is returned, when this very version is held already. */
  upsert(object: KubeObject): boolean {
    const changes = this.#changesFor(object);
    this.#commit(changes);
    return changes.length > 0;
  }

  /** Removes. The listener gets the last state held. Another incarnation than the one named stays. */
  remove(name: string, namespace?: string, uid?: string): boolean {
    const key = keyOf(name, namespace);
    const before = this.#all.get(key);
    if (before === undefined || differs(uid, before.metadata.uid)) return false;
    this.#commit([{ key, before }]);
    return true;
  }

  /**
   * Swaps in a complete list. Out: how many changes that made.
   * No reader and no listener sees half of it: all changes are readable before the first listener runs, deletions are told first.
   */
  replace(objects: Iterable<KubeObject>): number {
    const wanted = new Map<ObjectKey, KubeObject>();
    for (const object of objects) wanted.set(keyOfObject(object), object);
    const changes: Change[] = [];
    for (const before of this.#all.values()) {
      const key = keyOfObject(before);
      if (!wanted.has(key)) changes.push({ key, before });
    }
    for (const object of wanted.values()) changes.push(...this.#changesFor(object));
    this.#commit(changes);
    return changes.length;
  }

  #changesFor(object: KubeObject): Change[] {
    const key = keyOfObject(object);
    const before = this.#all.get(key);
    if (before === undefined) return [{ key, after: this.#kept(object) }];
    if (differs(before.metadata.uid, object.metadata.uid)) return [{ key, before }, { key, after: this.#kept(object) }];
    const same = object.metadata.resourceVersion !== undefined && before.metadata.resourceVersion === object.metadata.resourceVersion;
    return same ? [] : [{ key, before, after: this.#kept(object) }];
  }

  #commit(changes: readonly Change[]): void {
    for (const { key, before, after } of changes) {
      if (after === undefined) this.#all.delete(key);
      else this.#all.set(key, after);
      this.#namespaces.change(key, before, after);
      for (const index of this.#indexes.values()) index.change(key, before, after);
    }
    for (const { before, after } of changes) {
      for (const listener of this.#listeners) this.#guarded(() => listener(before, after), undefined);
    }
  }

  #guarded<T>(act: () => T, otherwise: T): T {
    try {
      return act();
    } catch (error) {
      this.#report(error);
      return otherwise;
    }
  }
}

function differs(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}
