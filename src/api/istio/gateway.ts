import type * as z from 'zod';
import { ok, type Result } from '../../lib/result.ts';
import type { KubeObject } from '../../k8s/object.ts';
import type { Problem } from '../../k8s/plan.ts';
import { flag, integer, list, looseObject, section, text, textMap, texts, type Immutable } from '../schema/fields.ts';
import { parseSpec } from '../schema/parse.ts';

const server = looseObject({
  name: text('Name of the server.'),
  port: section('Port.', { number: integer('Number.'), name: text('Name.'), protocol: text('Protocol.') }),
  hosts: texts('Hosts, possibly as namespace/host.'),
  bind: text('Address.'),
  tls: section('TLS.', { httpsRedirect: flag('Answer 301 to HTTPS.'), mode: text('TLS mode.'), credentialName: text('Secret.') }),
});

/** `spec` of networking.istio.io Gateway: only what IOR uses (Istio reference "Gateway"). */
export const gatewaySpecSchema = looseObject({
  selector: textMap('Labels of the gateway pods.'),
  servers: list('Servers.', server),
});

/** The parsed spec. */
export type GatewaySpec = Immutable<z.infer<typeof gatewaySpecSchema>>;
/** One server of a Gateway. */
export type GatewayServer = Immutable<z.infer<typeof server>>;

/** A Gateway whose spec was checked. */
export interface Gateway extends KubeObject {
  readonly spec: GatewaySpec;
}

/** Parses a Gateway at the border. In: an object as the API server gave it. Out: the same with a typed spec, or what is wrong. */
export function parseGateway(object: KubeObject): Result<Gateway, Problem[]> {
  const spec = parseSpec(gatewaySpecSchema, object);
  return spec.ok ? ok({ ...object, spec: spec.value }) : spec;
}
