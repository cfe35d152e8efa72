import { messageOf } from '../lib/result.ts';
import type { KubeObject } from '../k8s/object.ts';
import { apiVersionOf, resourcePath, type ResourceType } from '../k8s/resource.ts';
import { ApiError, type Rest, type RestRequest } from '../runtime/rest.ts';
import { objectsAt, textAt, textsAt } from './diagnostics/fields.ts';

/** Something that could not be read, and why. */
export interface Gap {
  /** The path that was asked for. */
  readonly what: string;
  readonly why: string;
  /** Of the answer; 0: there was none, 404: the kind is not served. */
  readonly status: number;
  /** The kind, when it was a list or one object of a kind. */
  readonly type?: ResourceType;
  /** The machine-readable word of the answer, such as `Forbidden`. */
  readonly reason?: string;
}

/** A text, or the status of the error that came instead. */
export type TextAnswer = { readonly text: string } | { readonly status: number };

/** Which objects of a kind; all that is left out does not narrow. */
export interface ListAt {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Only metadata comes: of Secrets no values, of pods no specs. */
  readonly isMetadataOnly?: boolean | undefined;
  /** What the user may not read is no gap. */
  readonly isOptional?: boolean;
}

/** Where commands read objects from: a cluster, or a folder in which a cluster was written down. */
export interface ObjectReader {
  /** Everything of a kind, in a namespace or in all, each object with its apiVersion and kind. Empty when the kind is not served. */
  list(type: ResourceType, at?: ListAt): Promise<readonly KubeObject[]>;
  /** One object; undefined when it is not there. */
  get(type: ResourceType, name: string, namespace?: string): Promise<KubeObject | undefined>;
}

const PAGE = 500;
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
const FORBIDDEN = 403;
const NOT_FOUND = 404;
const EXPIRED = 410;

interface Page {
  readonly metadata?: { readonly continue?: string };
  readonly items?: readonly KubeObject[];
}

interface Question {
  readonly what: string;
  readonly type?: ResourceType;
  readonly isExpected?: (status: number) => boolean;
}

/** Which errors end the command. */
export type Fatal = (error: ApiError) => boolean;

/** The command goes on without what could not be read. */
export const NEVER: Fatal = () => false;
/** What the API server refuses is a gap; without an API server there is nothing to say. */
export const IF_UNREACHABLE: Fatal = ({ status }) => status === 0;

/**
 * The one reader of all commands that look at a cluster: page by page, with the rights of whoever runs it.
 * What could not be read is remembered in `gaps`; `isFatal` says which errors are thrown instead, as ApiError.
 */
export class ClusterReader implements ObjectReader {
  readonly gaps: Gap[] = [];
  readonly #rest: Rest;
  readonly #isFatal: Fatal;

  constructor(rest: Rest, isFatal: Fatal) {
    this.#rest = rest;
    this.#isFatal = isFatal;
  }

  /** What came before a page failed is kept, with a gap. */
  async list(type: ResourceType, at: ListAt = {}): Promise<readonly KubeObject[]> {
    const path = resourcePath(type, { namespace: at.namespace });
    const objects: KubeObject[] = [];
    // Items of a list carry no kind of their own.
    const take = (page: Page): void => { for (const item of page.items ?? []) objects.push({ ...item, apiVersion: apiVersionOf(type), kind: type.kind }); };
    const isExpected = (status: number): boolean => at.isOptional === true && status === FORBIDDEN;
    await this.#tried({ what: path, type, isExpected }, () => this.#pages({ path, at, take, startOver: () => { objects.length = 0; } }));
    return objects;
  }

  get(type: ResourceType, name: string, namespace?: string): Promise<KubeObject | undefined> {
    const path = resourcePath(type, { name, namespace });
    return this.#tried({ what: path, type, isExpected: (status) => status === NOT_FOUND }, () => this.#rest.call<KubeObject>({ method: 'GET', path }));
  }

  /** A list that expires between two pages is read again in one piece, as kubectl does (client-go, tools/pager). */
  async #pages({ path, at, take, startOver }: { readonly path: string; readonly at: ListAt; readonly take: (page: Page) => void; readonly startOver: () => void }): Promise<void> {
    const { labelSelector, fieldSelector } = at;
    const ask = (query: RestRequest['query']): Promise<Page> => this.#rest.call<Page>({
      method: 'GET', path, query: { ...query, labelSelector, fieldSelector }, ...(at.isMetadataOnly === true ? { accept: METADATA_LIST } : {}),
    });
    let next = '';
    do {
      const page: Page = await ask({ limit: PAGE, continue: next === '' ? undefined : next }).catch((thrown: unknown) => {
        if (next === '' || !(thrown instanceof ApiError) || thrown.status !== EXPIRED) throw thrown;
        startOver();
        return ask({});
      });
      take(page);
      next = page.metadata?.continue ?? '';
    } while (next !== '');
  }

  /** What a path answers with, as a text, or the status of its error (0: no answer). `isExpected` says which errors are no gap. */
  async text(path: string, query: Readonly<Record<string, string | number | boolean>>, isExpected: (status: number) => boolean): Promise<TextAnswer> {
    let failed = 0;
    const noted = (status: number): boolean => { failed = status; return isExpected(status); };
    const answer = await this.#tried({ what: path, isExpected: noted }, () => this.#rest.call<unknown>({ method: 'GET', path, query, accept: '*/*', timeoutMs: 10_000 }));
    if (answer === undefined) return { status: failed };
    return { text: typeof answer === 'string' ? answer : JSON.stringify(answer, undefined, 2) };
  }

  /** Kinds that the cluster serves, of the groups wanted: each in its group's preferred version, or in the first other one that has it. */
  async kinds(isWanted: (group: string) => boolean): Promise<readonly ResourceType[]> {
    const answer = await this.#tried({ what: '/apis' }, () => this.#rest.call<unknown>({ method: 'GET', path: '/apis' }));
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
    const answer = await this.#tried({ what: path }, () => this.#rest.call<unknown>({ method: 'GET', path }));
    return objectsAt(answer, 'resources')
      .filter((resource) => !textAt(resource, 'name').includes('/') && textsAt(resource, 'verbs').includes('list'))
      .map((resource) => ({ group, version, kind: textAt(resource, 'kind'), plural: textAt(resource, 'name'), namespaced: resource['namespaced'] === true }));
  }

  async #tried<T>({ what, type, isExpected = NEVER_EXPECTED }: Question, ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask();
    } catch (thrown) {
      const error = thrown instanceof ApiError ? thrown : undefined;
      if (error !== undefined && isExpected(error.status)) return undefined;
      if (error === undefined || this.#isFatal(error)) throw thrown;
      this.gaps.push({ what, why: messageOf(error), status: error.status, ...(type === undefined ? {} : { type }), ...(error.reason === '' ? {} : { reason: error.reason }) });
      return undefined;
    }
  }
}

const NEVER_EXPECTED = (): boolean => false;
