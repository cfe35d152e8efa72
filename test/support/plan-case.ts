import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { findKind, KIALI, KINDS } from '../../src/api/kinds.ts';
import { OfflineCluster } from '../../src/cli/offline-cluster.ts';
import { sha256Hex } from '../../src/lib/hash.ts';
import { isJsonObject } from '../../src/lib/json.ts';
import type { KubeObject } from '../../src/k8s/object.ts';
import { EMPTY_PLAN, NOTHING_DONE, type Plan, type Step } from '../../src/k8s/plan.ts';
import { describeRef } from '../../src/k8s/ref.ts';
import type { Controller, Reader, Source } from '../../src/runtime/controller.ts';

/*
 * Golden cases of one controller: `input.yaml` holds the case's head (key, why) and every object of the cluster;
 * `plan.golden.yaml` and `status.golden.yaml` what the controller makes of it. `UPDATE_GOLDEN=1` writes them anew.
 */

/** First document of `input.yaml`. */
interface CaseHead {
  readonly key: string;
  readonly why: string;
  /** Names of kinds that this cluster does not serve. */
  readonly unserved?: readonly string[];
  /** How istiods are kept to their mesh; soft where a case does not say. */
  readonly isolation?: 'hard' | 'soft';
  /** The time of the pass, where it matters. */
  readonly now?: string;
}

const NOW = '2030-01-01T12:00:00Z';

function isObject(value: unknown): value is KubeObject {
  return isJsonObject(value) && typeof value['kind'] === 'string' && isJsonObject(value['metadata']);
}

function isHead(value: unknown): value is CaseHead {
  return isJsonObject(value) && typeof value['key'] === 'string' && typeof value['why'] === 'string';
}

/** Reads `input.yaml`: its head and its objects. */
export function readCase(folder: string): { readonly head: CaseHead; readonly objects: readonly KubeObject[] } {
  const [head, ...objects] = parseAllDocuments(readFileSync(join(folder, 'input.yaml'), 'utf8')).map((document): unknown => document.toJS());
  assert.ok(isHead(head), `${folder}: the first document of input.yaml needs key and why`);
  return { head, objects: objects.filter(isObject) };
}

/** A cluster with these objects; kinds that occur in none of them are served nevertheless, but for those named: Kiali's, unless a case says otherwise. */
export function clusterOf(objects: readonly KubeObject[], unserved: readonly string[] = [KIALI.kind]): OfflineCluster {
  const cluster = new OfflineCluster(KINDS.filter(({ kind }) => unserved.includes(kind)));
  for (const object of objects) {
    const type = findKind(object.apiVersion, object.kind);
    assert.ok(type, `unknown kind ${object.apiVersion} ${object.kind}`);
    cluster.put(type, object);
  }
  return cluster;
}

const nameOf = ({ kind, metadata }: KubeObject): string => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;

/** A reader that notes which objects it handed out. */
class NotingReader implements Reader {
  readonly read = new Set<string>();
  readonly #cluster: Reader;

  constructor(cluster: Reader) {
    this.#cluster = cluster;
  }

  #note(objects: readonly KubeObject[]): readonly KubeObject[] {
    for (const object of objects) this.read.add(nameOf(object));
    return objects;
  }

  get(source: Source, name: string, namespace?: string): KubeObject | undefined {
    const found = this.#cluster.get(source, name, namespace);
    return found === undefined ? undefined : this.#note([found])[0];
  }

  list(source: Source, namespace?: string): readonly KubeObject[] {
    return this.#note(this.#cluster.list(source, namespace));
  }

  indexed(source: Source, index: string, value: string): readonly KubeObject[] {
    return this.#note(this.#cluster.indexed(source, index, value));
  }

  isServed(source: Source): boolean {
    return this.#cluster.isServed(source);
  }
}

/** A step as a reviewer wants to read it. */
function shown(step: Step): unknown {
  if (step.do === 'apply') return { apply: step.object };
  if (step.do === 'mint') return { mint: describeRef({ type: step.type, ...step.request.object.metadata }) };
  if (step.do === 'patch') return { patch: describeRef(step.ref), with: step.patch };
  return { remove: describeRef(step.ref), ...(step.among === undefined ? {} : { among: step.among }) };
}

function shownPlan(plan: Plan): unknown {
  const { stages, problems, waitingFor, finalizer, recheckAfterMs } = plan;
  return { finalizer, stages: stages.map((stage) => stage.map(shown)), waitingFor, problems, ...(recheckAfterMs === undefined ? {} : { recheckAfterMs }) };
}

const LONGEST_TEXT = 4000;

/** Texts that nobody reads in a golden file (injection templates) are shown by length and hash. */
function readable(value: unknown): unknown {
  if (typeof value === 'string') return value.length <= LONGEST_TEXT ? value : `<${value.length} characters, sha256 ${sha256Hex(value, 16)}>`;
  if (Array.isArray(value)) return value.map(readable);
  return isJsonObject(value) ? Object.fromEntries(Object.entries(value).map(([key, nested]) => [key, readable(nested)])) : value;
}

function compare(file: string, value: unknown): void {
  const text = stringify(readable(value), { lineWidth: 0, aliasDuplicateObjects: false });
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text);
  assert.ok(existsSync(file), `${file} is missing; UPDATE_GOLDEN=1 writes it`);
  assert.equal(text, readFileSync(file, 'utf8'), `${file} differs; look at the difference, then UPDATE_GOLDEN=1`);
}

/**
 * Plays one case: observe, plan and status of the key in the head, all writes taken for done.
 * Throws when the goldens differ, and when an object of the input was not read: it would say nothing there.
 */
export function playCase<Observed>(controller: Controller<Observed>, folder: string): void {
  const { head, objects } = readCase(folder);
  const reader = new NotingReader(clusterOf(objects, head.unserved));
  const now = new Date(head.now ?? NOW);
  const observed = controller.observe(head.key, reader);
  const plan = observed === undefined ? EMPTY_PLAN : controller.plan(observed, now);
  const statuses = observed === undefined ? [] : controller.status(observed, plan, NOTHING_DONE, now);
  assert.deepEqual(objects.map(nameOf).filter((name) => !reader.read.has(name)), [], `${folder}: objects of the input that nobody read`);
  compare(join(folder, 'plan.golden.yaml'), shownPlan(plan));
  compare(join(folder, 'status.golden.yaml'), statuses.map(({ object, status }) => ({ of: nameOf(object), status })));
}

/** Folders of an area with an `input.yaml`. */
export function casesIn(area: string): string[] {
  return readdirSync(area, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => join(area, entry.name)).toSorted();
}
