import { deepMerge } from '../lib/merge.ts';
import { isJsonObject, sameJson, type Json, type JsonObject } from '../lib/json.ts';
import { keyOf, keyOfObject } from '../k8s/key.ts';
import { labelOf, type KubeObject } from '../k8s/object.ts';
import type { Step } from '../k8s/plan.ts';
import type { ObjectRef } from '../k8s/ref.ts';
import { apiVersionOf, objectOf, type ResourceType } from '../k8s/resource.ts';
import type { Reader, Source } from '../runtime/controller.ts';

const kindKey = (type: ResourceType): string => `${type.group}/${type.kind}`;

/** One term of a label selector as sources write it: `key`, `!key`, `key=value`. */
function meetsTerm(term: string, object: KubeObject): boolean {
  if (term.startsWith('!')) return labelOf(object, term.slice(1)) === undefined;
  const [key = '', value] = term.split('=');
  const found = labelOf(object, key);
  return value === undefined ? found !== undefined : found === value;
}

function isSelected(source: Source, object: KubeObject): boolean {
  const { labelSelector, fieldSelector } = source;
  if (fieldSelector !== undefined && fieldSelector.startsWith('metadata.name=') && fieldSelector !== `metadata.name=${object.metadata.name}`) return false;
  return labelSelector === undefined || labelSelector.split(',').every((term) => meetsTerm(term, object));
}

function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const merged = deepMerge(target, patch);
  const prune = (value: Json | undefined, by: Json | undefined): Json | undefined => {
    if (!isJsonObject(value) || !isJsonObject(by)) return value;
    return Object.fromEntries(Object.entries(value).filter(([key]) => by[key] !== null).map(([key, nested]) => [key, prune(nested, by[key])]));
  };
  const result = prune(merged, patch);
  return isJsonObject(result) ? result : {};
}

/** What a kubelet and a controller-manager would report of a healthy workload. */
function healthyStatus(object: KubeObject): JsonObject | undefined {
  if (object.kind !== 'Deployment') return undefined;
  const spec = isJsonObject(object['spec']) ? object['spec'] : {};
  const replicas = typeof spec['replicas'] === 'number' ? spec['replicas'] : 1;
  return { observedGeneration: 1, replicas, readyReplicas: replicas, updatedReplicas: replicas, availableReplicas: replicas, conditions: [{ type: 'Available', status: 'True' }] };
}

/**
 * A cluster that exists only as a map of objects, in which every workload is healthy at once: what `tmesh render` plays the controllers
 * against. It is not an API server: no validation, no defaulting, no events.
 */
export class OfflineCluster implements Reader {
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #unserved: Set<string>;
  readonly #isAlwaysHealthy: boolean;
  #sequence = 0;

  /** In: kinds that this cluster does not serve; and whether workloads are healthy whatever their objects say. */
  constructor(unserved: readonly ResourceType[], isAlwaysHealthy = false) {
    this.#isAlwaysHealthy = isAlwaysHealthy;
    this.#unserved = new Set(unserved.map(kindKey));
  }

  /** From now on the cluster serves this kind: its CRD was installed. */
  serve(type: ResourceType): void {
    this.#unserved.delete(kindKey(type));
  }

  #kind(type: ResourceType): Map<string, KubeObject> {
    const known = this.#objects.get(kindKey(type));
    if (known !== undefined) return known;
    const created = new Map<string, KubeObject>();
    this.#objects.set(kindKey(type), created);
    return created;
  }

  /** Puts an object in as if the server had created it; true if that changed anything. */
  put(type: ResourceType, object: KubeObject): boolean {
    const kind = this.#kind(type);
    const before = kind.get(keyOfObject(object));
    const uid = before?.metadata.uid ?? object.metadata.uid ?? `offline-${++this.#sequence}`;
    const status = this.#statusOf(object, before?.['status'] ?? object['status']);
    const after: KubeObject = {
      ...object, ...(status === undefined ? {} : { status }),
      metadata: { generation: 1, creationTimestamp: before?.metadata.creationTimestamp ?? '2000-01-01T00:00:00Z', ...object.metadata, uid, resourceVersion: '1' },
    };
    if (before !== undefined && sameJson(before, after)) return false;
    kind.set(keyOfObject(after), after);
    return true;
  }

  #statusOf(object: KubeObject, found: unknown): unknown {
    return this.#isAlwaysHealthy ? healthyStatus(object) ?? found : found ?? healthyStatus(object);
  }

  /** Sets a status; true if it differs. */
  putStatus(type: ResourceType, object: KubeObject, status: JsonObject): boolean {
    const live = this.#kind(type).get(keyOfObject(object));
    if (live === undefined || sameJson(live['status'], status)) return false;
    this.#kind(type).set(keyOfObject(object), { ...live, status });
    return true;
  }

  /** Carries out a step; true if it changed anything. */
  carryOut(step: Step): boolean {
    switch (step.do) {
      case 'apply': return this.put(step.type, step.object);
      case 'mint': return this.#find(step.type, step.request.object) === undefined && this.put(step.type, step.request.object);
      case 'remove': return this.#kind(step.ref.type).delete(keyOf(step.ref.name, step.ref.namespace));
      case 'patch': return this.#patch(step.ref, step.patch);
    }
  }

  #patch(ref: ObjectRef, patch: JsonObject): boolean {
    const live = this.#kind(ref.type).get(keyOf(ref.name, ref.namespace));
    if (live === undefined) return false;
    const { metadata, ...rest } = mergePatch({ ...live, metadata: { ...live.metadata } } as unknown as JsonObject, patch);
    return this.put(ref.type, objectOf(ref.type, { ...live.metadata, ...(metadata as Partial<KubeObject['metadata']>) }, { ...rest, apiVersion: apiVersionOf(ref.type) }));
  }

  #find(type: ResourceType, object: KubeObject): KubeObject | undefined {
    return this.#kind(type).get(keyOfObject(object));
  }

  get(source: Source, name: string, namespace?: string): KubeObject | undefined {
    const found = this.#kind(source.type).get(keyOf(name, namespace));
    return found !== undefined && isSelected(source, found) ? source.slim?.(found) ?? found : undefined;
  }

  list(source: Source, namespace?: string): readonly KubeObject[] {
    return [...this.#kind(source.type).values()]
      .filter((object) => isSelected(source, object) && (namespace === undefined || object.metadata.namespace === namespace))
      .map((object) => source.slim?.(object) ?? object);
  }

  indexed(source: Source, index: string, value: string): readonly KubeObject[] {
    const valuesOf = source.indexes?.[index];
    return valuesOf === undefined ? [] : this.list(source).filter((object) => valuesOf(object).includes(value));
  }

  isServed(source: Source): boolean {
    return !this.#unserved.has(kindKey(source.type));
  }
}
