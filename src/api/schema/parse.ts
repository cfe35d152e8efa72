import type * as z from 'zod';
import { err, ok, type Result } from '../../lib/result.ts';
import type { KubeObject } from '../../k8s/object.ts';
import type { Problem } from '../../k8s/plan.ts';
import type { Immutable } from './fields.ts';
import { withoutNulls } from './nulls.ts';
import { problemsOf } from './problems.ts';

/*
 * The border: what comes from the API server is read through a schema, once. Unknown fields survive; a null counts as absent.
 */

/** The spec of an object. Out: the typed spec, or one problem for each field that is wrong. A missing spec reads as an empty one. */
export function parseSpec<Schema extends z.ZodType>(schema: Schema, object: KubeObject): Result<Immutable<z.infer<Schema>>, Problem[]> {
  const raw = object['spec'] ?? {};
  const spec = schema.safeParse(withoutNulls(schema, raw));
  // A parsed value is as immutable as its type says; TypeScript cannot see that through a generic schema.
  return spec.success ? ok(spec.data as Immutable<z.infer<Schema>>) : err(problemsOf(spec.error, raw, ['spec']));
}

/** The status of an object; undefined when there is none or it cannot be read: then it is as good as not written. */
export function parseStatus<Schema extends z.ZodType>(schema: Schema, object: KubeObject): Immutable<z.infer<Schema>> | undefined {
  const status = schema.safeParse(withoutNulls(schema, object['status']));
  return status.success ? status.data as Immutable<z.infer<Schema>> : undefined;
}
