import { createHash } from 'node:crypto';
import { isJsonObject } from './json.ts';

/** Canonical JSON: keys sorted, undefined left out. Law: equal values give equal text whatever the key order was. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, nested: unknown) =>
    isJsonObject(nested) ? Object.fromEntries(Object.entries(nested).toSorted(([a], [b]) => (a < b ? -1 : 1))) : nested);
}

/** Lower-case hex SHA-256 of a text, cut to `length` characters (64 = whole). */
export function sha256Hex(text: string, length = 64): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}

/** A short fingerprint of any JSON value; independent of key order. */
export function fingerprint(value: unknown): string {
  return sha256Hex(canonicalJson(value), 16);
}
