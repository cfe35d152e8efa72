import { isJsonObject, sameJson } from '../lib/json.ts';
import type { KubeObject, ManagedFieldsEntry } from '../k8s/object.ts';
import { isKnownDefault, isOmittedWhenWritten, sameScalar } from '../k8s/server-defaults.ts';

/*
 * Would a server-side apply of this payload change anything? Answered from the cached object alone.
 *
 * The server notes, per field manager, the set of fields it applied (`metadata.managedFields[].fieldsV1`, Kubernetes doc "Server-Side Apply";
 * format in structured-merge-diff, fieldpath/serialize.go):
 *   f:<name>   a field or map entry         k:{…}   an item of a list with keys, named by them
 *   v:<value>  an item of a set             .       the thing itself, besides its content
 * and an empty set `{}` marks a leaf: a scalar, an empty map, or a list or map that is owned as a whole.
 *
 * Two facts make the answer sound. A manager that changes or removes a field takes it out of all other sets; so if our set still names exactly
 * the payload's fields, nobody touched them. And each desired value is compared with the live one; so a new payload with the same fields is seen.
 * The schema is unknown here. Where a case is unclear the answer is "would change": one request too many, answered with an unchanged resourceVersion.
 */

type Fields = Readonly<Record<string, unknown>>;

/** One place of the comparison: what we own there, what we want, what is there. */
interface Spot {
  readonly fields: Fields;
  readonly wanted: unknown;
  readonly live: unknown;
  /** Name of the field or map entry, and of the one above; quantities and defaults depend on it. */
  readonly name: string;
  readonly above: string;
  /** We created it, and never applied: the server then notes no empty maps and lists (seen on 1.34: `podSelector: {}`). */
  readonly isCreated: boolean;
}

/** Never part of a field set: they name the object or belong to the server (structured-merge-diff "strip meta"). */
const BOOKKEEPING: ReadonlySet<string> = new Set(['apiVersion', 'kind']);
const META_BOOKKEEPING: ReadonlySet<string> = new Set(
  ['name', 'namespace', 'uid', 'resourceVersion', 'generation', 'creationTimestamp', 'selfLink', 'managedFields'],
);

/** Where a manager's entry of one operation on the object itself (not on its status) stands; -1: nowhere. */
export function entryIndex(object: KubeObject, manager: string, operation: 'Apply' | 'Update'): number {
  return object.metadata.managedFields?.findIndex((entry) => entry.manager === manager && entry.operation === operation && entry.subresource === undefined) ?? -1;
}

/** What a manager owns of the object itself: by its applies, or, before the first of these, by having created it. */
export function ownedEntry(object: KubeObject, manager: string): ManagedFieldsEntry | undefined {
  const { managedFields } = object.metadata;
  return managedFields?.[entryIndex(object, manager, 'Apply')] ?? managedFields?.[entryIndex(object, manager, 'Update')];
}

/**
 * True only if a forced server-side apply of `payload` by `manager` would leave `live` as it is.
 * In: what would be sent, and the whole cached object with its managedFields. Never throws.
 */
export function isApplied(payload: KubeObject, live: KubeObject, manager: string): boolean {
  const entry = ownedEntry(live, manager);
  const fields: unknown = entry?.fieldsV1;
  const isCreated = entry?.operation === 'Update';
  if (!isJsonObject(fields) || payload.apiVersion !== live.apiVersion) return false;
  const { metadata, ...body } = payload;
  const metaFields = fields['f:metadata'];
  const wantedMeta = without(metadata, META_BOOKKEEPING);
  const meta: Spot = { fields: isJsonObject(metaFields) ? metaFields : {}, wanted: wantedMeta, live: live.metadata, name: 'metadata', above: '', isCreated };
  const rest: Spot = { fields: without(fields, new Set(['f:metadata'])), wanted: without(body, BOOKKEEPING), live, name: '', above: '', isCreated };
  return mapIsApplied(meta) && mapIsApplied(rest);
}

function without(from: object, names: ReadonlySet<string>): Fields {
  return Object.fromEntries(Object.entries(from).filter(([name, value]) => !names.has(name) && value !== undefined));
}

function isApplyOf(spot: Spot): boolean {
  const owned = Object.keys(spot.fields).find((name) => name !== '.');
  if (owned === undefined) return leafIsApplied(spot);
  if (Array.isArray(spot.wanted)) return owned.startsWith('v:') ? setIsApplied(spot) : listIsApplied(spot);
  return mapIsApplied(spot);
}

function mapIsApplied(spot: Spot): boolean {
  const { fields, wanted, live } = spot;
  if (!isJsonObject(wanted) || !isJsonObject(live)) return false;
  const names = Object.keys(wanted).filter((name) => wanted[name] !== undefined);
  const unnoted = spot.isCreated ? names.filter((name) => fields[`f:${name}`] === undefined && isEmpty(wanted[name])) : [];
  const owned = Object.keys(fields).filter((name) => name !== '.' && !isFilledIn(name, spot));
  return owned.length === names.length - unnoted.length && names.every((name) => {
    if (unnoted.includes(name)) return sameJson(wanted[name], live[name]);
    const nested = fields[`f:${name}`];
    return isJsonObject(nested) && isApplyOf({ ...spot, fields: nested, wanted: wanted[name], live: live[name], name, above: spot.name });
  });
}

/** A default that the server filled in and noted as ours, because we created the object without it. */
function isFilledIn(noted: string, { wanted, live, isCreated }: Spot): boolean {
  const name = noted.slice('f:'.length);
  return isCreated && isJsonObject(wanted) && isJsonObject(live) && wanted[name] === undefined && isKnownDefault(name, live[name]);
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : isJsonObject(value) && Object.keys(value).length === 0;
}

/** A set: each wanted value is owned and there; others may have added more. A payload that names a value twice is the server's to refuse. */
function setIsApplied({ fields, wanted, live }: Spot): boolean {
  if (!Array.isArray(wanted) || !Array.isArray(live)) return false;
  const owned = Object.keys(fields).filter((name) => name !== '.');
  return owned.length === wanted.length && new Set(wanted).size === wanted.length && wanted.every((value) => Object.hasOwn(fields, `v:${JSON.stringify(value)}`) && live.includes(value));
}

/** A list whose items have keys: each owned item is one wanted item and one live item; others may have added more. */
function listIsApplied(spot: Spot): boolean {
  const { fields, wanted, live } = spot;
  if (!Array.isArray(wanted) || !Array.isArray(live)) return false;
  const owned = Object.keys(fields).filter((name) => name !== '.');
  if (owned.length !== wanted.length) return false;
  const taken = new Set<unknown>();
  return owned.every((name) => {
    const keys = name.startsWith('k:') ? parseKeys(name.slice(2)) : undefined;
    const nested = fields[name];
    if (keys === undefined || !isJsonObject(nested)) return false;
    const wantedItem: unknown = wanted.find((item) => !taken.has(item) && hasKeys(item, keys));
    const liveItem: unknown = live.find((item) => hasKeys(item, keys));
    taken.add(wantedItem);
    return isApplyOf({ ...spot, fields: nested, wanted: wantedItem, live: liveItem, name: '', above: spot.name });
  });
}

export function parseKeys(text: string): Fields | undefined {
  try {
    const keys: unknown = JSON.parse(text);
    return isJsonObject(keys) ? keys : undefined;
  } catch {
    return undefined;
  }
}

/** An item that leaves a key out is found under the key's default (a port without protocol under TCP). */
export function hasKeys(item: unknown, keys: Fields): boolean {
  return isJsonObject(item)
    && Object.entries(keys).every(([name, value]) => (item[name] === undefined ? isKnownDefault(name, value) : sameJson(item[name], value)));
}

function leafIsApplied({ wanted, live, name, above }: Spot): boolean {
  if (live === undefined) return isOmittedWhenWritten(wanted);
  if (Array.isArray(wanted) || isJsonObject(wanted)) return sameWhole(wanted, live);
  return sameScalar(wanted, live, { name, above });
}

/** Equality of something owned as a whole. The live side may hold, besides, only what the server fills in. */
function sameWhole(wanted: unknown, live: unknown): boolean {
  if (live === undefined) return isOmittedWhenWritten(wanted);
  if (Array.isArray(wanted)) return Array.isArray(live) && wanted.length === live.length && wanted.every((item, index) => sameWhole(item, live[index]));
  if (!isJsonObject(wanted) || !isJsonObject(live)) return wanted === live;
  return Object.keys(wanted).every((name) => wanted[name] === undefined || sameWhole(wanted[name], live[name]))
    && Object.keys(live).every((name) => wanted[name] !== undefined || isKnownDefault(name, live[name]));
}
