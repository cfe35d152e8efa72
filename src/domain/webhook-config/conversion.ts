import { sameJson, valueAt, type JsonObject } from '../../lib/json.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { clientConfigOf, WEBHOOK_PATHS, type WebhookTarget } from './target.ts';

function desiredConversion(target: WebhookTarget, caBundlePem: string): JsonObject {
  const clientConfig = clientConfigOf(target, WEBHOOK_PATHS.conversion, caBundlePem);
  return { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'], clientConfig } };
}

/**
 * The merge patch that gives the ServiceMeshControlPlane's CRD our conversion; undefined when it has it.
 *
 * A merge patch and not server-side apply: the CRD belongs to whoever installs it, and `kubectl apply --server-side -f crds/`
 * must neither find a conflict nor take the conversion away. The way of calling that is not used is set to null, because
 * the API refuses a client config with both `url` and `service`.
 */
export function conversionPatch(crd: KubeObject, target: WebhookTarget, caBundlePem: string): JsonObject | undefined {
  const desired = desiredConversion(target, caBundlePem);
  if (sameJson(valueAt(crd, 'spec', 'conversion'), desired)) return undefined;
  const clientConfig = { url: null, service: null, ...clientConfigOf(target, WEBHOOK_PATHS.conversion, caBundlePem) };
  return { spec: { conversion: { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'], clientConfig } } } };
}
