import type { Json } from '../../lib/json.ts';
import { plain, type Codec } from './codec.ts';
import type { Path } from './tree.ts';

/** Values at the v1 paths of a row, in their order; undefined where there is none. */
export type Values = readonly (Json | undefined)[];

/**
 * One line of the mapping table: one v2 field and the v1 paths that say the same. Both are relative to `spec`.
 * What a row reads is consumed; what it cannot read stays where it is.
 */
export interface Row {
  readonly field: Path;
  readonly paths: readonly Path[];
  /** The v2 value; undefined when v2 cannot say it. */
  readonly read: (values: Values) => Json | undefined;
  /** The v1 values; undefined when v1 cannot say it. */
  readonly write: (value: Json) => Values | undefined;
  /** The row only counts while another v2 field has this value. */
  readonly onlyIf?: { readonly field: Path; readonly is: Json };
  /** The row that this one was made from, for a place of its own. */
  readonly pattern?: Row;
}

/** Where a table starts: the v2 field and the v1 path that its rows are relative to. */
export interface Base {
  readonly field: Path;
  readonly path: Path;
}

/** Dotted text → path. No key of the fixed tables has a dot in it. */
export function dotted(text: string): Path {
  return text === '' ? [] : text.split('.');
}

/**
 * A row with one v1 path, or several that mean the same: the first that can be read counts, the first is written.
 * In: v2 field and v1 paths as dotted texts relative to the base.
 */
export function row(base: Base, field: string, paths: string | readonly string[], codec: Codec = plain): Row {
  const list = typeof paths === 'string' ? [paths] : paths;
  return aliases(base, field, list.map((path) => [path, codec]));
}

/** As `row`, with a codec of its own for each v1 path. */
export function aliases(base: Base, field: string, paths: readonly (readonly [path: string, codec: Codec])[]): Row {
  const first = paths[0]?.[1] ?? plain;
  return {
    field: [...base.field, ...dotted(field)],
    paths: paths.map(([path]) => [...base.path, ...dotted(path)]),
    read: (values) => {
      const candidates = values.map((value, index) => (value === undefined ? undefined : paths[index]?.[1].toV2(value)));
      return candidates.find((candidate) => candidate !== undefined);
    },
    write: (value) => {
      const written = first.toV1(value);
      return written === undefined ? undefined : [written];
    },
  };
}

/** Many rows of one base. In: tuples of v2 field, v1 paths, codec. */
export function rows(base: Base, table: readonly (readonly [field: string, paths: string | readonly string[], codec?: Codec])[]): Row[] {
  return table.map(([field, paths, codec]) => row(base, field, paths, codec));
}

/** A row in a place of its own. In: a row that is relative to the base. */
export function placed(pattern: Row, { field, path }: Base): Row {
  return { ...pattern, pattern, field: [...field, ...pattern.field], paths: pattern.paths.map((below) => [...path, ...below]) };
}

/** The base of fields of `spec` and values of `spec.istio`. */
export const ISTIO: Base = { field: [], path: ['istio'] };
