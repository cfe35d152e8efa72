import { isJsonObject } from '../lib/json.ts';
import type { KubeObject } from '../k8s/object.ts';
import { isKnownDefault, isOmittedWhenWritten, quantityValue } from '../k8s/server-defaults.ts';
import { hasKeys, ownedEntry, parseKeys } from './managed-fields.ts';

/*
 * Did the server keep what we sent? A mutating webhook changes a request after the server has noted whose fields it holds: its change counts as
 * ours, and managedFields cannot tell it. So the answer of a write is compared with what was sent. Here, unlike in managed-fields.ts, an unclear
 * case counts as kept: a conflict that is none would accuse somebody.
 */

interface Spot {
  /** What we own there, by the answer's own record. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly sent: unknown;
  readonly kept: unknown;
  /** What was sent states every field, so that what is added inside a part that is ours as a whole is a change as well. */
  readonly isExplicit: boolean;
}

type Path = readonly string[];

const childrenOf = (fields: Spot['fields']): string[] => Object.keys(fields).filter((name) => name !== '.');

/**
 * The first field of ours that came back with another value than we sent, as a path such as `spec.ingress`; undefined when there is none.
 * In: what was sent, the whole answer with its managedFields, our field manager. An answer that is metadata only, or has no entry of ours, tells of nothing.
 */
export function rewrittenField(sent: KubeObject, answer: KubeObject, manager: string, isExplicit = false): string | undefined {
  const fields: unknown = ownedEntry(answer, manager)?.fieldsV1;
  return isJsonObject(fields) ? rewrittenIn({ fields, sent, kept: answer, isExplicit }, [])?.join('.') : undefined;
}

function rewrittenIn(spot: Spot, path: Path): Path | undefined {
  const children = childrenOf(spot.fields);
  if (children.length === 0) return isLeafKept(spot) ? undefined : path;
  if (Array.isArray(spot.sent)) return children[0]?.startsWith('v:') === true ? rewrittenSet(spot, path) : rewrittenItem(spot, children, path);
  for (const child of children) {
    const found = child.startsWith('f:') ? rewrittenChild(spot, child, path) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function rewrittenChild({ fields, sent, kept, isExplicit }: Spot, child: string, path: Path): Path | undefined {
  const name = child.slice(2);
  const nested = fields[child];
  const wanted = isJsonObject(sent) ? sent[name] : undefined;
  if (wanted === undefined || !isJsonObject(nested)) return undefined;
  return rewrittenIn({ fields: nested, sent: wanted, kept: isJsonObject(kept) ? kept[name] : undefined, isExplicit }, [...path, name]);
}

function rewrittenSet({ sent, kept }: Spot, path: Path): Path | undefined {
  const held: readonly unknown[] = Array.isArray(kept) ? kept : [];
  return Array.isArray(sent) && sent.every((value) => held.includes(value)) ? undefined : path;
}

function rewrittenItem({ fields, sent, kept, isExplicit }: Spot, children: readonly string[], path: Path): Path | undefined {
  const itemOf = (list: unknown, keys: Readonly<Record<string, unknown>>): unknown => (Array.isArray(list) ? list.find((item) => hasKeys(item, keys)) : undefined);
  for (const child of children) {
    const keys = child.startsWith('k:') ? parseKeys(child.slice(2)) : undefined;
    const nested = fields[child];
    const wanted = keys === undefined ? undefined : itemOf(sent, keys);
    if (keys === undefined || wanted === undefined || !isJsonObject(nested)) continue;
    const found = rewrittenIn({ fields: nested, sent: wanted, kept: itemOf(kept, keys), isExplicit }, [...path, String(Object.values(keys)[0])]);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A scalar, or a list or map that is ours as a whole. */
function isLeafKept({ sent, kept, isExplicit }: Spot): boolean {
  if (kept === undefined || kept === null) return isOmittedWhenWritten(sent);
  if (Array.isArray(sent)) return Array.isArray(kept) && sent.length === kept.length && sent.every((item, index) => isWholeKept(item, kept[index], isExplicit));
  return isWholeKept(sent, kept, isExplicit);
}

function isWholeKept(sent: unknown, kept: unknown, isExplicit: boolean): boolean {
  if (!isJsonObject(sent)) return Array.isArray(sent) ? isLeafKept({ fields: {}, sent, kept, isExplicit }) : isScalarKept(sent, kept);
  if (!isJsonObject(kept)) return kept === undefined && isOmittedWhenWritten(sent);
  const isNothingAdded = !isExplicit || Object.keys(kept).every((name) => sent[name] !== undefined || isKnownDefault(name, kept[name]));
  return isNothingAdded && Object.keys(sent).every((name) => sent[name] === undefined || isLeafKept({ fields: {}, sent: sent[name], kept: kept[name], isExplicit }));
}

/** Servers write 80 as "80" and "1000m" as "1"; only another value of the same form is a change. */
function isScalarKept(sent: unknown, kept: unknown): boolean {
  if (sent === kept || typeof sent !== typeof kept) return true;
  const amount = quantityValue(sent);
  return amount !== undefined && amount === quantityValue(kept);
}
