import { setTimeout as delay } from 'node:timers/promises';
import { CONFIG_MAP, CUSTOM_RESOURCE_DEFINITION, NAMESPACE, SECRET, SERVICE, SERVICE_ACCOUNT } from '../../../src/api/kinds.ts';
import { crdNameOf, objectOf, resourcePath, type ResourceType } from '../../../src/k8s/resource.ts';
import { ApiError, type Rest, type RestRequest } from '../../../src/runtime/rest.ts';
import { pick } from '../../support/chance.ts';
import { WIDGET } from './chaos-sources.ts';

const NAMESPACES = ['chaos-a', 'chaos-b', 'chaos-c', 'chaos-d'];
const NAMES = Array.from({ length: 40 }, (_, n) => `thing-${n}`);
const SHADES = ['dark', 'deep', 'light'];
/** Characters of one to four bytes. */
const WORDS = ['plain', 'größer', 'мир', '网格', '🕸️🔑', 'a"b\\c\n\u2028'];

type Body = Readonly<Record<string, unknown>>;

const BODY_BY_KIND: ReadonlyMap<ResourceType, (text: string) => Body> = new Map([
  [CONFIG_MAP, (text: string): Body => ({ data: { text } })],
  [SECRET, (text: string): Body => ({ stringData: { text } })],
  [SERVICE, (text: string): Body => ({ spec: { clusterIP: 'None', selector: { app: `a${text.length}` }, ports: [{ port: 80 + (text.length % 100) }] } })],
  [SERVICE_ACCOUNT, (text: string): Body => ({ automountServiceAccountToken: text.length % 2 === 0 })],
  [WIDGET, (text: string): Body => ({ spec: { text } })],
]);
const KINDS = [...BODY_BY_KIND.keys()];

/** Creates the kind Widget and waits until it is served. */
export async function createWidgetKind(rest: Rest): Promise<void> {
  const { group, version, kind, plural } = WIDGET;
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const spec = { group, scope: 'Namespaced', names: { kind, plural }, versions: [{ name: version, served: true, storage: true, schema }] };
  await rest.call({ method: 'POST', path: resourcePath(CUSTOM_RESOURCE_DEFINITION), body: objectOf(CUSTOM_RESOURCE_DEFINITION, { name: crdNameOf(WIDGET) }, { spec }) });
  for (let tries = 0; tries < 100; tries += 1) {
    const isServed = await rest.call({ method: 'GET', path: resourcePath(WIDGET) }).then(() => true, () => false);
    if (isServed) return;
    await delay(100);
  }
  throw new Error('the kind Widget was not served within 10 s');
}

/** Creates the namespaces that the writer writes to. */
export async function createNamespaces(rest: Rest): Promise<void> {
  for (const name of NAMESPACES) await rest.call({ method: 'POST', path: resourcePath(NAMESPACE), body: objectOf(NAMESPACE, { name }) });
}

/** One ConfigMap whose watch line is longer than 2 MiB: control characters take one byte in etcd and six in JSON. */
export async function writeHugeLine(rest: Rest): Promise<void> {
  const body = objectOf(CONFIG_MAP, { name: 'huge', namespace: 'chaos-a' }, { data: { text: '\u0001'.repeat(400 * 1024) } });
  await rest.call({ method: 'POST', path: resourcePath(CONFIG_MAP, { namespace: 'chaos-a' }), body });
}

type Verb = 'create' | 'update' | 'relabel' | 'delete';

/** Writes at random, many at a time, and counts only what the server carried out. */
export class RandomWriter {
  readonly shades: readonly string[] = SHADES;
  readonly verbs = new Map<string, number>();
  done = 0;
  retried = 0;
  readonly #rest: Rest;
  readonly #random: () => number;

  constructor(rest: Rest, random: () => number) {
    this.#rest = rest;
    this.#random = random;
  }

  async run({ operations, inFlight }: { readonly operations: number; readonly inFlight: number }): Promise<void> {
    const worker = async (): Promise<void> => {
      while (this.done < operations) await this.#operate();
    };
    await Promise.all(Array.from({ length: inFlight }, worker));
  }

  /** Resolves when so many operations are done. */
  async reached(operations: number): Promise<void> {
    while (this.done < operations) await delay(20);
  }

  async #operate(): Promise<void> {
    const verb = pick<Verb>(['create', 'create', 'create', 'update', 'update', 'update', 'relabel', 'relabel', 'delete', 'delete'], this.#random);
    try {
      await this.#rest.call(this.#random() < 0.02 ? this.#namespaceChange() : this.#request(verb));
      this.done += 1;
      this.verbs.set(verb, (this.verbs.get(verb) ?? 0) + 1);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // Already there, or already gone: chance did not look first. Anything else is the server being away.
      if (error.status === 404 || error.status === 409) return;
      if (error.status !== 0 && error.status < 429) throw error;
      this.retried += 1;
      await delay(100);
    }
  }

  #request(verb: Verb): RestRequest {
    const type = pick(KINDS, this.#random);
    const namespace = pick(NAMESPACES, this.#random);
    const name = pick(NAMES, this.#random);
    const text = pick(WORDS, this.#random).repeat(1 + Math.floor(this.#random() ** 8 * 20_000));
    const body = BODY_BY_KIND.get(type)?.(text) ?? {};
    const shade = this.#random() < 0.3 ? {} : { labels: { shade: pick(SHADES, this.#random) } };
    const path = resourcePath(type, { namespace, name });
    const contentType = 'application/merge-patch+json';
    const request: Readonly<Record<Verb, RestRequest>> = {
      create: { method: 'POST', path: resourcePath(type, { namespace }), body: objectOf(type, { name, namespace, ...shade }, body) },
      update: { method: 'PATCH', path, contentType, body: { ...body, metadata: { annotations: { turn: String(this.done) } } } },
      relabel: { method: 'PATCH', path, contentType, body: { metadata: { labels: { shade: this.#random() < 0.3 ? null : pick(SHADES, this.#random) } } } },
      delete: { method: 'DELETE', path },
    };
    return request[verb];
  }

  #namespaceChange(): RestRequest {
    const path = resourcePath(NAMESPACE, { name: pick(NAMESPACES, this.#random) });
    return { method: 'PATCH', path, contentType: 'application/merge-patch+json', body: { metadata: { labels: { turn: String(this.done) } } } };
  }
}
