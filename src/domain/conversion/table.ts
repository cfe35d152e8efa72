import { isJsonObject, type JsonObject } from '../../lib/json.ts';
import type { FieldOf } from './lossless.ts';
import { placed, type Base, type Row } from './row.ts';
import { indexRows, rowsAt, type RowIndex } from './row-index.ts';
import { ADDON_ROWS } from './rows-addons.ts';
import { baseOf, GATEWAY_ROWS, gatewaysOfV1, gatewaysOfV2, NAMED_ROWS, namedGatewayRows, type NamedGateway } from './rows-gateways.ts';
import { MESH_ROWS } from './rows-mesh.ts';
import { PROXY_ROWS } from './rows-proxy.ts';
import { RUNTIME_ROWS } from './rows-runtime.ts';
import { get, pathOf, pointerOf, type Path } from './tree.ts';

/*
 * The whole mapping table, and ways to find rows in it. Rows of additional gateways, whose names are the user's, stand between the two fixed parts;
 * they are kept once for each side and put in their place when a gateway has a value for them.
 */

const FIXED_ROWS: readonly Row[] = [...MESH_ROWS, ...PROXY_ROWS, ...GATEWAY_ROWS, ...ADDON_ROWS];

/** The table, but for additional gateways. */
export const MAPPING: readonly Row[] = [...FIXED_ROWS, ...RUNTIME_ROWS];

/** The table for a v1 spec, its additional gateways included. */
export function rowsOf(v1: unknown): readonly Row[] {
  const named = isJsonObject(v1) ? namedGatewayRows(gatewaysOfV1(v1)) : [];
  return named.length === 0 ? MAPPING : [...FIXED_ROWS, ...named, ...RUNTIME_ROWS];
}

/** The parts of the table, by what rows are found under. */
interface Indexes {
  readonly before: RowIndex;
  readonly named: Readonly<Record<NamedGateway['side'], RowIndex>>;
  readonly after: RowIndex;
  readonly placeOf: (base: Base) => Path;
}

function indexesBy(pathsOf: (row: Row) => readonly Path[], placeOf: Indexes['placeOf']): Indexes {
  const of = (rows: readonly Row[]): RowIndex => indexRows(rows, pathsOf);
  return { before: of(FIXED_ROWS), named: { additionalIngress: of(NAMED_ROWS.additionalIngress), additionalEgress: of(NAMED_ROWS.additionalEgress) }, after: of(RUNTIME_ROWS), placeOf };
}

const READERS = indexesBy(({ paths }) => paths, ({ path }) => path);
const WRITERS = indexesBy(({ field }) => [field], ({ field }) => field);

/** The rows that a tree can have anything for, in the order of the table: a short spec is not asked for a thousand values that it does not have. */
function rowsFor(tree: JsonObject, { before, named, after, placeOf }: Indexes, gateways: readonly NamedGateway[]): readonly Row[] {
  const own = gateways.flatMap((gateway) => {
    const base = baseOf(gateway);
    return rowsAt(named[gateway.side], get(tree, placeOf(base)) ?? {}).map((pattern) => placed(pattern, base));
  });
  return [...rowsAt(before, tree), ...own, ...rowsAt(after, tree)];
}

/** Rows that read something of a v1 spec. In: its `istio` and `threeScale`, and its additional gateways. */
export function readersOf(values: JsonObject, gateways: readonly NamedGateway[]): readonly Row[] {
  return rowsFor(values, READERS, gateways);
}

/** Rows that write something for a v2 spec. */
export function writersOf(v2: JsonObject, gateways: readonly NamedGateway[]): readonly Row[] {
  return rowsFor(v2, WRITERS, gateways);
}

type ByPointer = ReadonlyMap<string, readonly Row[]>;

function byPointer(rows: readonly Row[]): ByPointer {
  const pairs = rows.flatMap((row) => row.paths.map((path) => [pointerOf(path), row] as const));
  return pairs.reduce((map, [pointer, row]) => map.set(pointer, [...map.get(pointer) ?? [], row]), new Map<string, readonly Row[]>());
}

const FIXED_BY_POINTER = byPointer(MAPPING);
const NAMED_BY_POINTER: Readonly<Record<NamedGateway['side'], ByPointer>> = {
  additionalIngress: byPointer(NAMED_ROWS.additionalIngress), additionalEgress: byPointer(NAMED_ROWS.additionalEgress),
};

function namedAt(pointer: string, gateways: readonly NamedGateway[]): readonly Row[] {
  const [top, group, name, ...rest] = pathOf(pointer) ?? [];
  if (top !== 'istio' || group !== 'gateways' || rest.length === 0) return [];
  return gateways.filter((gateway) => gateway.name === name)
    .flatMap((gateway) => (NAMED_BY_POINTER[gateway.side].get(pointerOf(rest)) ?? []).map((pattern) => placed(pattern, baseOf(gateway))));
}

/** The fields that v1 leaves were read into: each that of the row with the longest path to it. In: the v2 spec. */
export function fieldsOf(v2: JsonObject): FieldOf {
  const gateways = gatewaysOfV2(v2);
  return (leaf) => {
    for (let pointer = leaf; pointer !== ''; pointer = pointer.slice(0, pointer.lastIndexOf('/'))) {
      const owners = [...FIXED_BY_POINTER.get(pointer) ?? [], ...namedAt(pointer, gateways)];
      const owner = owners.find((row) => get(v2, row.field) !== undefined);
      if (owner !== undefined) return { field: pointerOf(owner.field), is: get(v2, owner.field) ?? null };
    }
    return {};
  };
}
