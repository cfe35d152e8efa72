import type * as z from 'zod';
import type { KubeObject } from '../../k8s/object.ts';
import { integer, list, looseObject, text, textMap, type Immutable } from '../schema/fields.ts';
import { parseSpec } from '../schema/parse.ts';
import { integerOrText } from '../schema/scalars.ts';

const serviceSpecSchema = looseObject({
  type: text('Kind of Service.'),
  selector: textMap('Labels of the pods.'),
  ports: list('Ports.', looseObject({ name: text('Name.'), port: integer('Number.'), targetPort: integerOrText('Port of the pods.'), protocol: text('Protocol.') })),
});

/** `spec` of a Service: only what IOR and the network need. */
export type ServiceSpec = Immutable<z.infer<typeof serviceSpecSchema>>;

/** The spec of a Service as the cache has it; empty when it cannot be read. */
export function serviceSpecOf(object: KubeObject): ServiceSpec {
  const spec = parseSpec(serviceSpecSchema, object);
  return spec.ok ? spec.value : {};
}
