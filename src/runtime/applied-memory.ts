import { hash } from 'node:crypto';
import type { KubeObject } from '../k8s/object.ts';
import type { ResourceType } from '../k8s/resource.ts';
import { ownedEntry } from './managed-fields.ts';

/** What we know of an object since we last applied it. */
interface Memory {
  readonly payload: string;
  readonly uid: string | undefined;
  resourceVersion: string | undefined;
  /** Fingerprint of our managedFields entry as it was then. */
  readonly owned: string;
}

/** A short fingerprint of what would be sent. Keys in another order give another one; that costs a comparison, never a wrong answer. */
export function payloadFingerprint(payload: KubeObject): string {
  return hash('sha256', JSON.stringify(payload), 'base64');
}

function ownedFingerprint(object: KubeObject, manager: string): string {
  const entry = ownedEntry(object, manager);
  return entry === undefined ? '' : hash('sha256', JSON.stringify(entry.fieldsV1), 'base64');
}

/**
 * Remembers, per object, the last payload applied under one field manager and the version it gave (model: Cluster API internal/util/ssa/cache.go).
 * Only saves requests: losing it, by a restart or by its bound, changes nothing else.
 */
export class AppliedMemory {
  readonly #manager: string;
  readonly #capacity: number;
  readonly #objects = new Map<string, Memory>();

  constructor(manager: string, capacity = 50_000) {
    this.#manager = manager;
    this.#capacity = capacity;
  }

  /** `payload` was applied, or found to be in place; `object` is the result (metadata is enough). */
  remember(type: ResourceType, payload: string, object: KubeObject): void {
    const id = idOf(type, object.metadata);
    const { uid, resourceVersion } = object.metadata;
    this.#objects.delete(id);
    this.#objects.set(id, { payload, uid, resourceVersion, owned: ownedFingerprint(object, this.#manager) });
    if (this.#objects.size <= this.#capacity) return;
    const oldest = this.#objects.keys().next();
    if (oldest.done !== true) this.#objects.delete(oldest.value);
  }

  /**
   * Is this very payload still in place? Yes when the live object has the version we got back, or when only others' fields moved since:
   * whoever changes a field of ours takes it out of our managedFields entry, so an entry as it was means values as they were.
   */
  isInPlace(type: ResourceType, payload: string, live: KubeObject): boolean {
    const memory = this.#objects.get(idOf(type, live.metadata));
    if (memory === undefined || memory.payload !== payload || memory.uid !== live.metadata.uid) return false;
    if (memory.resourceVersion === live.metadata.resourceVersion) return true;
    if (memory.owned === '' || ownedFingerprint(live, this.#manager) !== memory.owned) return false;
    memory.resourceVersion = live.metadata.resourceVersion;
    return true;
  }

  /** For objects that no cache holds: was this very payload the last one applied? */
  wasLast(type: ResourceType, payload: string, at: KubeObject['metadata']): boolean {
    return this.#objects.get(idOf(type, at))?.payload === payload;
  }

  forget(type: ResourceType, at: { readonly name: string; readonly namespace?: string }): void {
    this.#objects.delete(idOf(type, at));
  }
}

function idOf(type: ResourceType, at: { readonly name: string; readonly namespace?: string }): string {
  return `${type.plural}.${type.group} ${at.namespace ?? ''}/${at.name}`;
}
