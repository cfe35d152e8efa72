import { messageOf } from '../../lib/result.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { apiVersionOf, resourcePath, type ResourceType } from '../../k8s/resource.ts';
import { objectsAt, textAt, textsAt } from './fields.ts';
import { ApiError, type Rest } from '../../runtime/rest.ts';

/** Something that could not be read, and why. */
export interface Gap {
  readonly what: string;
  readonly why: string;
}

/** A text, or the status of the error that came instead. */
export type TextAnswer = { readonly text: string } | { readonly status: number };

const PAGE = 500;

interface Page {
  readonly metadata?: { readonly continue?: string };
  readonly items?: readonly KubeObject[];
}

/** Reads what it may and remembers what it could not: a report with gaps is better than none. Never throws for an answer of the API server. */
export class Reader {
  readonly gaps: Gap[] = [];
  readonly #rest: Rest;

  constructor(rest: Rest) {
    this.#rest = rest;
  }

  /** Everything of a kind, in a namespace or in all. Items of a list carry no kind of their own; it is filled in. */
  async list(type: ResourceType, at: { readonly namespace?: string } = {}): Promise<readonly KubeObject[]> {
    const path = resourcePath(type, { namespace: at.namespace });
    const objects: KubeObject[] = [];
    let next = '';
    do {
      const page = await this.#page(path, next);
      for (const item of page?.items ?? []) objects.push({ ...item, apiVersion: apiVersionOf(type), kind: type.kind });
      next = page?.metadata?.continue ?? '';
    } while (next !== '');
    return objects;
  }

  #page(path: string, from: string): Promise<Page | undefined> {
    return this.#tried(path, () => this.#rest.call<Page>({ method: 'GET', path, query: { limit: PAGE, continue: from === '' ? undefined : from } }));
  }

  /** What a path answers with, as a text, or the status of its error (0: no answer). `isExpected` says which errors are no gap. */
  async text(path: string, query: Readonly<Record<string, string | number | boolean>>, isExpected: (status: number) => boolean): Promise<TextAnswer> {
    let failed = 0;
    const answer = await this.#tried(path, () => this.#rest.call<unknown>({ method: 'GET', path, query, accept: '*/*', timeoutMs: 10_000 }), (status) => {
      failed = status;
      return isExpected(status);
    });
    if (answer === undefined) return { status: failed };
    return { text: typeof answer === 'string' ? answer : JSON.stringify(answer, undefined, 2) };
  }

  /** Kinds that the cluster serves, of the groups wanted: each in its group's preferred version, or in the first other one that has it. */
  async kinds(isWanted: (group: string) => boolean): Promise<readonly ResourceType[]> {
    const answer = await this.#tried('/apis', () => this.#rest.call<unknown>({ method: 'GET', path: '/apis' }));
    const core = isWanted('') ? [['', 'v1'] as const] : [];
    const others = objectsAt(answer, 'groups').filter((group) => isWanted(textAt(group, 'name'))).flatMap((group) => {
      const versions = [textAt(group, 'preferredVersion', 'version'), ...objectsAt(group, 'versions').map((version) => textAt(version, 'version'))];
      return [...new Set(versions)].map((version) => [textAt(group, 'name'), version] as const);
    });
    const kinds = (await Promise.all([...core, ...others].map(([group, version]) => this.#kindsOf(group, version)))).flat();
    return [...new Map(kinds.toReversed().map((type) => [`${type.plural}.${type.group}`, type])).values()];
  }

  async #kindsOf(group: string, version: string): Promise<readonly ResourceType[]> {
    const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    const answer = await this.#tried(path, () => this.#rest.call<unknown>({ method: 'GET', path }));
    return objectsAt(answer, 'resources')
      .filter((resource) => !textAt(resource, 'name').includes('/') && textsAt(resource, 'verbs').includes('list'))
      .map((resource) => ({ group, version, kind: textAt(resource, 'kind'), plural: textAt(resource, 'name'), namespaced: resource['namespaced'] === true }));
  }

  async #tried<T>(what: string, ask: () => Promise<T>, isExpected: (status: number) => boolean = () => false): Promise<T | undefined> {
    try {
      return await ask();
    } catch (thrown) {
      if (thrown instanceof ApiError && isExpected(thrown.status)) return undefined;
      this.gaps.push({ what, why: messageOf(thrown) });
      return undefined;
    }
  }
}
