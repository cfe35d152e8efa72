import type * as z from 'zod';
import { field, flag, freeFormList, integer, looseObject, section, text, texts } from '../schema/fields.ts';
import { metadataConfig } from '../kubernetes/label-selector.ts';

const componentServiceSchema = looseObject({
  metadata: metadataConfig('Labels and annotations of the Service.'),
  nodePort: integer('Port on each node.'),
  ingress: section('How the addon is reached from outside: a Route, or an Ingress.', {
    enabled: flag('Create it.'),
    metadata: metadataConfig('Labels and annotations of the Route.'),
    hosts: texts('Host names.'),
    contextPath: text('Path prefix.'),
    tls: freeFormList('TLS settings.'),
  }),
});

/** `service` of an addon (ComponentService of spec/api-smcp.md 3). */
export function componentService(): z.ZodOptional<typeof componentServiceSchema> {
  return field('Service and Route of the addon.', componentServiceSchema);
}
