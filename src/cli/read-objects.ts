import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { isJsonObject, valueAt } from '../lib/json.ts';
import { messageOf } from '../lib/result.ts';
import type { KubeObject } from '../k8s/object.ts';
import { UsageError } from './usage-error.ts';

const YAML_FILE = /\.(ya?ml|json)$/;

function textsOf(path: string): readonly (readonly [string, string])[] {
  try {
    if (path === '-') return [['standard input', readFileSync(0, 'utf8')]];
    if (!statSync(path).isDirectory()) return [[path, readFileSync(path, 'utf8')]];
    const files = readdirSync(path).filter((file) => YAML_FILE.test(file)).toSorted();
    if (files.length === 0) throw new UsageError(`${path}: no .yaml, .yml or .json file in this folder`);
    return files.map((file) => [join(path, file), readFileSync(join(path, file), 'utf8')]);
  } catch (thrown) {
    if (thrown instanceof UsageError) throw thrown;
    throw new UsageError(`${path}: cannot be read (${messageOf(thrown)})`);
  }
}

function isKubeObject(value: unknown): value is KubeObject {
  return isJsonObject(value) && typeof value['apiVersion'] === 'string' && typeof value['kind'] === 'string' && typeof valueAt(value, 'metadata', 'name') === 'string';
}

function objectsOf(value: unknown, where: string): readonly KubeObject[] {
  if (isJsonObject(value) && value['kind'] === 'List' && Array.isArray(value['items'])) return value['items'].flatMap((item) => objectsOf(item, where));
  if (isKubeObject(value)) return [value];
  throw new UsageError(`${where}: not a Kubernetes object; each document needs apiVersion, kind and metadata.name`);
}

function parseText(name: string, text: string): readonly KubeObject[] {
  return parseAllDocuments(text).flatMap((document, index) => {
    const where = `${name}, document ${index + 1}`;
    const [error] = document.errors;
    if (error !== undefined) throw new UsageError(`${where}: not valid YAML: ${error.message.split('\n')[0] ?? ''}`);
    const value: unknown = document.toJS();
    return value === null ? [] : objectsOf(value, where);
  });
}

/**
 * The Kubernetes objects in files, folders (their .yaml, .yml and .json files) and standard input (`-`), lists opened.
 * Throws UsageError naming the file, the document and what is wrong.
 */
export function readObjects(paths: readonly string[]): readonly KubeObject[] {
  return paths.flatMap((path) => textsOf(path).flatMap(([name, text]) => parseText(name, text)));
}
