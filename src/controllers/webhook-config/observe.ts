import { CONTROL_PLANE } from '../../api/kinds.ts';
import { OPERATOR_NAME } from '../../api/names.ts';
import type { WebhookConfigObserved } from '../../domain/webhook-config/plan.ts';
import type { WebhookTarget } from '../../domain/webhook-config/target.ts';
import { crdNameOf } from '../../k8s/resource.ts';
import type { Reader } from '../../runtime/controller.ts';
import { CONTROL_PLANE_CRD, OWN_WEBHOOK_CONFIGURATION } from '../sources.ts';

/** Facts that no cache holds. */
export interface WebhookConfigFacts {
  /** Undefined: OLM registers us. */
  readonly target: WebhookTarget | undefined;
  /** The certificates to trust at this moment, PEM. */
  readonly caBundlePem: () => string;
}

/** Reads our own registration and what it should say. */
export function observeWebhookConfig(read: Reader, { target, caBundlePem }: WebhookConfigFacts): WebhookConfigObserved {
  const crd = read.get(CONTROL_PLANE_CRD, crdNameOf(CONTROL_PLANE));
  const configuration = read.get(OWN_WEBHOOK_CONFIGURATION, OPERATOR_NAME);
  return { target, caBundlePem: caBundlePem(), ...(crd === undefined ? {} : { crd }), ...(configuration === undefined ? {} : { configuration }) };
}
