import { isJsonObject, type JsonObject } from '../lib/json.ts';
import type { StatusWrite } from './plan.ts';

/**
 * The status after a write. Two controllers share an object's status by its top-level fields: a write with `only` leaves all others as they are,
 * one with `except` leaves those. Without either it is the status whole.
 */
export function statusAfter(before: unknown, { status, only, except }: Pick<StatusWrite, 'status' | 'only' | 'except'>): JsonObject {
  const old = isJsonObject(before) ? before : {};
  if (only !== undefined) return { ...pick(old, (name) => !only.includes(name)), ...pick(status, (name) => only.includes(name)) };
  if (except !== undefined) return { ...pick(status, (name) => !except.includes(name)), ...pick(old, (name) => except.includes(name)) };
  return status;
}

function pick(status: JsonObject, isWanted: (name: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(status).filter(([name, value]) => value !== undefined && isWanted(name)));
}
