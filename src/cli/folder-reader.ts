import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { isJsonObject, valueAt } from '../lib/json.ts';
import { messageOf } from '../lib/result.ts';
import { keyOfObject } from '../k8s/key.ts';
import type { KubeObject } from '../k8s/object.ts';
import type { ResourceType } from '../k8s/resource.ts';
import type { ListAt, ObjectReader } from './cluster-reader.ts';
import { asRead } from './render.ts';
import { UsageError } from './usage-error.ts';

const OBJECT_FILE = /\.(ya?ml|json)$/;
/** Logs and dumps that happen to end like objects are bigger. */
const LARGEST_FILE = 64_000_000;

function isKubeObject(value: unknown): value is KubeObject {
  return isJsonObject(value) && typeof value['apiVersion'] === 'string' && typeof value['kind'] === 'string' && typeof valueAt(value, 'metadata', 'name') === 'string';
}

/** The objects in a document: itself, or the items of a list. Items of a typed list may name no kind; its own name says it. */
function objectsOf(value: unknown): readonly KubeObject[] {
  if (!isJsonObject(value)) return [];
  const { kind, apiVersion, items } = value;
  if (!Array.isArray(items) || typeof kind !== 'string' || !kind.endsWith('List')) return isKubeObject(value) ? [value] : [];
  return items.flatMap((item: unknown) => (isJsonObject(item) ? objectsOf(kind === 'List' ? item : { apiVersion, kind: kind.slice(0, -4), ...item }) : []));
}

function parsed(text: string, isJson: boolean): readonly unknown[] {
  return isJson ? [JSON.parse(text)] : parseAllDocuments(text).flatMap((document) => (document.errors.length === 0 ? [document.toJS()] : []));
}

/** A cluster that was written down: a must-gather folder of OpenShift, of OpenShift Service Mesh or of `tmesh`, or any folder of YAML and JSON files. */
export class FolderReader implements ObjectReader {
  /** Files that hold no object or cannot be read. */
  readonly skipped: string[] = [];
  readonly #objects = new Map<string, Map<string, KubeObject>>();

  /** Reads all of it, folders below included. @throws UsageError when it is no folder or holds no object */
  constructor(folder: string) {
    this.#readFolder(folder);
    if (this.#objects.size === 0) throw new UsageError(`${folder}: holds no Kubernetes object; give the folder that must-gather wrote`);
  }

  list(type: ResourceType, { namespace }: ListAt = {}): Promise<readonly KubeObject[]> {
    const all = [...this.#objects.get(`${type.group}/${type.kind}`)?.values() ?? []];
    return Promise.resolve(all.filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace));
  }

  get(type: ResourceType, name: string, namespace?: string): Promise<KubeObject | undefined> {
    return this.list(type, { namespace }).then((all) => all.find(({ metadata }) => metadata.name === name));
  }

  #readFolder(folder: string): void {
    let names: readonly string[];
    try {
      names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    } catch (thrown) {
      throw new UsageError(`${folder}: cannot be read (${messageOf(thrown)}); give the folder that must-gather wrote`);
    }
    for (const name of names.filter((file) => OBJECT_FILE.test(file)).toSorted()) this.#readFile(join(folder, name));
  }

  #readFile(file: string): void {
    try {
      if (statSync(file).size > LARGEST_FILE) throw new Error('too big');
      const objects = parsed(readFileSync(file, 'utf8'), file.endsWith('.json')).flatMap(objectsOf);
      for (const object of objects) this.#put(object);
      if (objects.length === 0) this.skipped.push(file);
    } catch (thrown) {
      if (thrown instanceof UsageError) throw thrown;
      this.skipped.push(file);
    }
  }

  /** Kinds of ours in the version that the operator reads; all others as they are. */
  #put(object: KubeObject): void {
    const read = asRead(object);
    const [group = ''] = object.apiVersion.includes('/') ? object.apiVersion.split('/') : [''];
    const key = `${group}/${object.kind}`;
    const known = this.#objects.get(key) ?? new Map<string, KubeObject>();
    this.#objects.set(key, known.set(keyOfObject(object), read?.object ?? object));
  }
}
