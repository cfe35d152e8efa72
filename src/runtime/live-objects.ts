import { labelOf, type KubeObject } from '../k8s/object.ts';
import { memoized } from '../lib/memo.ts';
import type { ResourceType } from '../k8s/resource.ts';
import type { Cache } from './cache.ts';
import type { Source } from './controller.ts';

/** Where an object is, whatever its source. */
export interface Place {
  readonly type: ResourceType;
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** A cached object. `isWhole`: nothing was cut off before it was cached, so an absent field is absent. */
export interface Live {
  readonly object: KubeObject;
  readonly source: Source;
  readonly isWhole: boolean;
}

/** What the caches say about single objects, whichever source holds them. */
export class LiveObjects {
  readonly #cache: Cache;
  readonly #sources = new Map<ResourceType, readonly Source[]>();

  constructor(cache: Cache) {
    this.#cache = cache;
  }

  /** The sources of a kind, whole ones first. Ask only after all sources were added. */
  sourcesOf(type: ResourceType): readonly Source[] {
    const known = this.#sources.get(type);
    if (known !== undefined) return known;
    const sources = [...this.#cache.sourcesOf(type)].sort((a, b) => Number(isWhole(b)) - Number(isWhole(a)));
    this.#sources.set(type, sources);
    return sources;
  }

  /** The cached object; a whole copy if there is one. */
  find(place: Place): Live | undefined {
    for (const source of this.sourcesOf(place.type)) {
      const object = this.#cache.get(source, place.name, place.namespace);
      if (object !== undefined) return { object, source, isWhole: isWhole(source) };
    }
    return undefined;
  }

  /** The object in one source. */
  get(source: Source, place: Omit<Place, 'type'>): KubeObject | undefined {
    return this.#cache.get(source, place.name, place.namespace);
  }

  /** True when every source that would hold the wanted object holds the same version of it as `live`. */
  isAgreed(type: ResourceType, wanted: KubeObject, live: Live): boolean {
    const version = live.object.metadata.resourceVersion;
    return this.covering(type, wanted).every((source) => this.get(source, wanted.metadata)?.metadata.resourceVersion === version);
  }

  /** Sources that would hold this object, by its labels and name. A selector we cannot judge counts as "does not hold". */
  covering(type: ResourceType, object: KubeObject): readonly Source[] {
    return this.sourcesOf(type).filter((source) => covers(source, object) && this.#cache.isServed(source));
  }
}

function isWhole(source: Source): boolean {
  return source.metadataOnly !== true && source.slim === undefined;
}

/** Does the source's selector match the object? Knows `key`, `!key`, `key=value`, `key!=value` and metadata fields; anything else is false. */
export function covers(source: Source, object: KubeObject): boolean {
  const { labels, fields } = termsOf(source);
  return labels.every((term) => meetsLabelTerm(term, object)) && fields.every((term) => meetsFieldTerm(term, object));
}

type Term = Readonly<Partial<Record<'not' | 'key' | 'operator' | 'value', string>>>;

const TERM = /^(?<not>!)?(?<key>[\w./-]+)(?:(?<operator>==?|!=)(?<value>[\w.-]*))?$/;

function terms(selector: string | undefined): readonly Term[] {
  return selector === undefined || selector === '' ? [] : selector.split(',').map((term) => TERM.exec(term)?.groups ?? {});
}

/** Sources are few and asked about each write. */
const termsOf = memoized((source: Source) => ({ labels: terms(source.labelSelector), fields: terms(source.fieldSelector) }));

function meetsLabelTerm({ not, key, operator, value }: Term, object: KubeObject): boolean {
  if (key === undefined) return false;
  const actual = labelOf(object, key);
  if (operator === undefined) return (actual !== undefined) === (not === undefined);
  if (not !== undefined) return false;
  return operator === '!=' ? actual !== value : actual === value;
}

function meetsFieldTerm({ not, key, operator, value }: Term, object: KubeObject): boolean {
  if (not !== undefined || operator === undefined || operator === '!=') return false;
  if (key === 'metadata.name') return object.metadata.name === value;
  return key === 'metadata.namespace' && object.metadata.namespace === value;
}
