import { isJsonObject, type Json, type JsonObject } from './json.ts';

/**
 * Deep merge in which `over` wins; maps merge key by key, everything else (lists, scalars, null) is replaced whole.
 * The rule of Helm values and of SMCP profiles (spec/api-smcp.md 5). Inputs are not changed.
 */
export function deepMerge(base: JsonObject, over: JsonObject): JsonObject {
  const merged: Record<string, Json | undefined> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const below = merged[key];
    merged[key] = isJsonObject(below) && isJsonObject(value) ? deepMerge(below, value) : value;
  }
  return merged;
}
