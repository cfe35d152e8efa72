import type { ObjectKey } from '../k8s/key.ts';
import type { KubeObject } from '../k8s/object.ts';

const NOTHING: readonly KubeObject[] = [];

/** Objects by key. The array of its values is made once and kept until the next change, so reading twice copies nothing. */
export class Bucket {
  readonly #objects = new Map<ObjectKey, KubeObject>();
  #values: readonly KubeObject[] | undefined;

  get size(): number {
    return this.#objects.size;
  }

  get(key: ObjectKey): KubeObject | undefined {
    return this.#objects.get(key);
  }

  set(key: ObjectKey, object: KubeObject): void {
    this.#objects.set(key, object);
    this.#values = undefined;
  }

  delete(key: ObjectKey): void {
    if (this.#objects.delete(key)) this.#values = undefined;
  }

  /** All objects. The array is a snapshot: later changes do not touch it. */
  values(): readonly KubeObject[] {
    this.#values ??= this.#objects.size === 0 ? NOTHING : [...this.#objects.values()];
    return this.#values;
  }
}

/** Finds objects by a derived value. Law: `find(v)` gives exactly the objects held whose values include v. */
export class StoreIndex {
  readonly #valuesOf: (object: KubeObject) => readonly string[];
  readonly #buckets = new Map<string, Bucket>();

  constructor(valuesOf: (object: KubeObject) => readonly string[]) {
    this.#valuesOf = valuesOf;
  }

  /** Moves a key from where `before` stood to where `after` stands. */
  change(key: ObjectKey, before: KubeObject | undefined, after: KubeObject | undefined): void {
    // A set: a roll lists a thousand names.
    const wanted = new Set(after === undefined ? [] : this.#valuesOf(after));
    const old = before === undefined ? [] : this.#valuesOf(before);
    for (const value of old) if (!wanted.has(value)) this.#drop(value, key);
    for (const value of wanted) if (after !== undefined) this.#bucket(value).set(key, after);
  }

  find(value: string): readonly KubeObject[] {
    return this.#buckets.get(value)?.values() ?? NOTHING;
  }

  #bucket(value: string): Bucket {
    const known = this.#buckets.get(value);
    if (known !== undefined) return known;
    const created = new Bucket();
    this.#buckets.set(value, created);
    return created;
  }

  /** Empty buckets go, so values that come and go do not pile up. */
  #drop(value: string, key: ObjectKey): void {
    const bucket = this.#buckets.get(value);
    bucket?.delete(key);
    if (bucket?.size === 0) this.#buckets.delete(value);
  }
}
