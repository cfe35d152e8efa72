import { isJsonObject, type Json } from '../../lib/json.ts';
import { sortedBy } from '../../lib/sort.ts';

/*
 * How one value is said in v1 and in v2. Undefined means: cannot be said over there.
 * Whether the result fits the field is checked by its schema, not here.
 */

/** A two-way translation of a value. */
export interface Codec {
  readonly toV2: (value: Json) => Json | undefined;
  readonly toV1: (value: Json) => Json | undefined;
}

const identity = (value: Json): Json => value;

/** The same value. */
export const plain: Codec = { toV2: identity, toV1: identity };

/** A scalar as text; undefined for null, lists and maps. */
export function scalarText(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function numberOf(value: Json): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^[-+]?(\d+(\.\d*)?|\.\d+)$/.test(value) ? Number(value) : undefined;
}

/** A number; v1 may have it in quotes. */
export const numeric: Codec = { toV2: numberOf, toV1: identity };

/** A number, in v1 perhaps in quotes, or a text such as `25%`. */
export const countOrText: Codec = { toV2: (value) => numberOf(value) ?? value, toV1: identity };

function truthOf(value: Json): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (value === 'true') return true;
  return value === 'false' ? false : undefined;
}

/** A boolean; v1 may have it in quotes. */
export const truth: Codec = { toV2: truthOf, toV1: identity };

const not = (value: boolean | undefined): boolean | undefined => (value === undefined ? undefined : !value);

/** A boolean that means the opposite on the other side. */
export const inverted: Codec = { toV2: (value) => not(truthOf(value)), toV1: (value) => not(truthOf(value)) };

/** Percent in v1, hundredths of a percent in v2. */
export const percent: Codec = {
  toV2: (value) => {
    const share = numberOf(value);
    return share === undefined ? undefined : Math.round(share * 100);
  },
  toV1: (value) => (typeof value === 'number' ? value / 100 : undefined),
};

/** Words that differ. In: v1 word → v2 word. Booleans of v1 are written as the texts `true` and `false`. */
export function words(table: Readonly<Record<string, string>>): Codec {
  const pairs = Object.entries(table);
  const back = (word: string): Json => (word === 'true' || word === 'false' ? word === 'true' : word);
  return {
    toV2: (value) => pairs.find(([v1]) => v1 === scalarText(value))?.[1],
    toV1: (value) => {
      const found = pairs.find(([, v2]) => v2 === value);
      return found === undefined ? undefined : back(found[0]);
    },
  };
}

function splitList(value: Json): readonly Json[] | undefined {
  // Some wrote the list of v2 into v1.
  if (Array.isArray(value)) return value;
  if (typeof value === 'number') return [String(value)];
  if (typeof value !== 'string') return undefined;
  return value === '' ? [] : value.split(',').map((item) => item.trim());
}

function joinList(value: Json): string | undefined {
  if (!Array.isArray(value)) return undefined;
  const items = value.map(scalarText);
  return items.some((item) => item === undefined || item.includes(',')) ? undefined : items.join(',');
}

/** A list in v2, a text with commas in v1. */
export const commaList: Codec = { toV2: splitList, toV1: joinList };

/** As `commaList`, of whole numbers. */
export const commaNumbers: Codec = {
  toV2: (value) => splitList(value)?.map((item) => numberOf(item) ?? item),
  toV1: joinList,
};

/** A map in v2, `key:value,key:value` in v1. */
export const levels: Codec = {
  toV2: (value) => {
    if (isJsonObject(value)) return value;
    const pairs = splitList(value)?.map((item) => (typeof item === 'string' ? item.split(':') : []));
    if (pairs === undefined || pairs.some((pair) => pair.length !== 2)) return undefined;
    return Object.fromEntries(pairs.map(([key = '', level = '']) => [key.trim(), level.trim()]));
  },
  toV1: (value) => {
    if (!isJsonObject(value)) return undefined;
    const pairs = sortedBy(Object.entries(value), ([key]) => key).map(([key, level]) => [key, scalarText(level) ?? ','] as const);
    return pairs.flat().some((word) => /[:,]/.test(word)) ? undefined : pairs.map((pair) => pair.join(':')).join(',');
  },
};

/** A map of texts; v1 may have numbers and booleans in it. */
export const textMap: Codec = {
  toV2: (value) => (isJsonObject(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, scalarText(item) ?? item])) : undefined),
  toV1: identity,
};

/** Names of pull Secrets: a list of texts in v1, of references in v2. */
export const secretNames: Codec = {
  toV2: (value) => (Array.isArray(value) ? value.map((name: Json) => (typeof name === 'string' ? { name } : name)) : undefined),
  toV1: (value) => {
    if (!Array.isArray(value)) return undefined;
    const names = value.map((entry: Json) => (isJsonObject(entry) && Object.keys(entry).length === 1 ? entry['name'] : undefined));
    return names.every((name) => typeof name === 'string') ? names : undefined;
  },
};
