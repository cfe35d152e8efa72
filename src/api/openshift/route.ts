import type * as z from 'zod';
import { ok, type Result } from '../../lib/result.ts';
import type { KubeObject } from '../../k8s/object.ts';
import type { Problem } from '../../k8s/plan.ts';
import { integer, list, looseObject, section, text, type Immutable } from '../schema/fields.ts';
import { parseSpec } from '../schema/parse.ts';
import { integerOrText } from '../schema/scalars.ts';

const target = { kind: text('Service.'), name: text('Name.'), weight: integer('Weight.') };

/** `spec` of route.openshift.io Route: only what we write or compare (OpenShift API reference "Route"). */
export const routeSpecSchema = looseObject({
  host: text('Host.'),
  path: text('Path.'),
  to: section('Target.', target),
  alternateBackends: list('Further targets.', looseObject(target)),
  port: section('Port of the target.', { targetPort: integerOrText('Name or number.') }),
  tls: section('TLS.', { termination: text('edge, passthrough or reencrypt.'), insecureEdgeTerminationPolicy: text('None, Allow or Redirect.') }),
  wildcardPolicy: text('None or Subdomain.'),
});

/** The parsed spec. */
export type RouteSpec = Immutable<z.infer<typeof routeSpecSchema>>;

/** A Route whose spec was checked. */
export interface Route extends KubeObject {
  readonly spec: RouteSpec;
}

/** Parses a Route at the border. In: an object as the API server gave it. Out: the same with a typed spec, or what is wrong. */
export function parseRoute(object: KubeObject): Result<Route, Problem[]> {
  const spec = parseSpec(routeSpecSchema, object);
  return spec.ok ? ok({ ...object, spec: spec.value }) : spec;
}
