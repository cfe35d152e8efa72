import { hash } from 'node:crypto';
import type { KubeObject, ManagedFieldsEntry } from '../k8s/object.ts';
import { SharedTexts } from './shared-texts.ts';

/** Parts remembered per generation: what a cluster repeats is a few hundred, the rest passes through. */
const GENERATION = 4096;
/** Characters of JSON. What is longer is no copy of anything: the status of a roll of a thousand, remembered in all its versions, would cost more than all else saves. */
const LONGEST_PART = 16_384;

/**
 * Lets objects share parts that are equal. A thousand members have a thousand copies of one spec, one set of labels and one
 * field set; kept once they cost a hundredth, and the garbage collector passes them by.
 * Law: what comes out equals what went in. Objects of the cache are never changed, so sharing is not seen.
 */
export class SharedParts {
  /** Two generations: a part that nobody asked for while the young one filled is forgotten. Keys are hashes of the parts' JSON. */
  #young = new Map<string, unknown>();
  #old: ReadonlyMap<string, unknown> = new Map();
  readonly #texts = new SharedTexts();

  /** The same object, its parts shared. Out: a new object; the one that came in is not changed. */
  share(object: KubeObject): KubeObject {
    const shared: Record<string, unknown> = this.#texts.shareIn(object);
    for (const [name, value] of Object.entries(shared)) if (name !== 'metadata' && typeof value === 'object') shared[name] = this.#part(value);
    shared['metadata'] = this.#metadata(object.metadata);
    return shared as KubeObject;
  }

  #metadata(metadata: KubeObject['metadata']): KubeObject['metadata'] {
    const { labels, managedFields } = metadata;
    return {
      ...this.#texts.shareIn(metadata),
      ...(labels === undefined ? {} : { labels: this.#part(labels) }),
      ...(managedFields === undefined ? {} : { managedFields: managedFields.map((entry) => this.#entry(entry)) }),
    };
  }

  #entry(entry: ManagedFieldsEntry): ManagedFieldsEntry {
    const shared = this.#texts.shareIn(entry);
    return entry.fieldsV1 === undefined ? shared : { ...shared, fieldsV1: this.#part(entry.fieldsV1) };
  }

  #part<Part>(part: Part): Part {
    const json = JSON.stringify(part);
    if (json.length > LONGEST_PART) return part;
    const key = hash('sha256', json, 'base64');
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
