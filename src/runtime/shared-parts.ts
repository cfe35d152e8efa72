import { hash } from 'node:crypto';
import type { KubeObject, ManagedFieldsEntry } from '../k8s/object.ts';

/** Parts remembered per generation: what a cluster repeats is a few hundred, the rest passes through. */
const GENERATION = 4096;

/**
 * Lets objects share parts that are equal. A thousand members have a thousand copies of one spec, one set of labels and one
 * field set; kept once they cost a hundredth, and the garbage collector passes them by.
 * Law: what comes out equals what went in. Objects of the cache are never changed, so sharing is not seen.
 */
export class SharedParts {
  /** Two generations: a part that nobody asked for while the young one filled is forgotten. Keys are hashes of the parts' JSON. */
  #young = new Map<string, unknown>();
  #old: ReadonlyMap<string, unknown> = new Map();

  /** The same object, its parts shared. Out: a new object; the one that came in is not changed. */
  share(object: KubeObject): KubeObject {
    const { metadata, ...body } = object;
    const { labels, managedFields } = metadata;
    const shared = {
      ...metadata,
      ...(labels === undefined ? {} : { labels: this.#part(labels) }),
      ...(managedFields === undefined ? {} : { managedFields: managedFields.map((entry) => this.#entry(entry)) }),
    };
    const parts = Object.entries(body).map(([name, value]) => [name, typeof value === 'object' ? this.#part(value) : value]);
    return { ...(Object.fromEntries(parts) as Omit<KubeObject, 'metadata'>), metadata: shared } as KubeObject;
  }

  #entry(entry: ManagedFieldsEntry): ManagedFieldsEntry {
    return entry.fieldsV1 === undefined ? entry : { ...entry, fieldsV1: this.#part(entry.fieldsV1) };
  }

  #part<Part>(part: Part): Part {
    const key = hash('sha256', JSON.stringify(part), 'base64');
    const known = this.#young.get(key) ?? this.#old.get(key) ?? part;
    if (this.#young.size >= GENERATION) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, known);
    // The same JSON in the same order: the same value.
    return known as Part;
  }
}
