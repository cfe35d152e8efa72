import type { KubeObject } from '../../k8s/object.ts';
import { objectsAt, textAt, valueAt } from '../../lib/json.ts';
import { sortedUnique } from '../../lib/sort.ts';

/** Services that a webhook configuration leads to, `namespace/name`; none for webhooks at a URL. */
export function servicesOfWebhooks(configuration: KubeObject): string[] {
  const services = objectsAt(configuration, 'webhooks').map((webhook) => valueAt(webhook, 'clientConfig', 'service')).filter((service) => service !== undefined);
  return sortedUnique(services.map((service) => `${textAt(service, 'namespace')}/${textAt(service, 'name')}`));
}
