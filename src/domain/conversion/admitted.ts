import * as z from 'zod';
import { controlPlaneSpecV1Schema } from '../../api/maistra-v1/control-plane.ts';
import type { JsonObject } from '../../lib/json.ts';
import { Remainder } from './remainder.ts';
import type { Path } from './tree.ts';

/** The keys down to the list or value that an issue is about; items of lists do not go one by one. */
function placeOf(issue: z.core.$ZodIssue): Path {
  const keys = issue.path.map(String);
  const first = issue.path.findIndex((step) => typeof step === 'number');
  return first === -1 ? keys : keys.slice(0, first);
}

/**
 * What of a v1 spec its schema admits. Where v2 keeps what it does not know itself, v1 may have a type: a client that writes back what it has read
 * would be refused. In: any tree. Out: the same tree when all of it fits; else one without what does not.
 */
export function admittedInV1(v1: JsonObject): JsonObject {
  const parsed = z.core.safeParse(controlPlaneSpecV1Schema, v1);
  if (parsed.success) return v1;
  const rest = new Remainder(v1);
  for (const issue of parsed.error.issues) rest.take(placeOf(issue));
  return rest.tree;
}
