import { CUSTOM_RESOURCE_DEFINITION, VALIDATING_WEBHOOK } from '../../api/kinds.ts';
import { valueAt } from '../../lib/json.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { EMPTY_PLAN, type Plan, type Step } from '../../k8s/plan.ts';
import { refOf } from '../../k8s/ref.ts';
import { conversionPatch } from './conversion.ts';
import { clientConfigOf, type WebhookTarget } from './target.ts';
import { desiredWebhookConfiguration } from './webhook-configuration.ts';

/** What the operator's own registration depends on. */
export interface WebhookConfigObserved {
  /** CRD of the ServiceMeshControlPlane; absent until somebody installs it. */
  readonly crd?: KubeObject;
  /** Our webhook configuration as it is. */
  readonly configuration?: KubeObject;
  /** Undefined: certificates and registration are somebody else's, as OLM does it. */
  readonly target: WebhookTarget | undefined;
  /** Certificates that the API server must trust now, PEM. */
  readonly caBundlePem: string;
}

/** Without the Secret in a watch (certificates kept in memory) a rotation would go unseen; this is how long at most. */
const RECHECK_MS = 60_000;

/**
 * Registers the webhooks and the conversion, or brings them up to date. Without the CRD there is nothing to register for; when somebody else registers
 * them, ours goes.
 */
export function planWebhookConfig(observed: WebhookConfigObserved): Plan {
  const { crd, target, caBundlePem } = observed;
  if (target === undefined) return planUnregistered(observed);
  if (crd === undefined) return EMPTY_PLAN;
  const patch = conversionPatch(crd, target, caBundlePem);
  const register: Step = { do: 'apply', type: VALIDATING_WEBHOOK, object: desiredWebhookConfiguration(target, caBundlePem) };
  const convert: Step[] = patch === undefined ? [] : [{ do: 'patch', ref: refOf(CUSTOM_RESOURCE_DEFINITION, crd), patch }];
  return { ...EMPTY_PLAN, stages: [[register, ...convert]], recheckAfterMs: RECHECK_MS };
}

/**
 * Takes the registration back: another operator has webhooks of its own for our kinds, or OLM has registered us and what an earlier installation left would
 * send every write to a Service that is gone. The conversion is left to whoever has it now.
 */
export function planUnregistered({ configuration }: WebhookConfigObserved): Plan {
  return configuration === undefined ? EMPTY_PLAN : { ...EMPTY_PLAN, stages: [[{ do: 'remove', ref: refOf(VALIDATING_WEBHOOK, configuration) }]] };
}

/**
 * True when the API server has been given exactly this bundle everywhere: only then may a new authority's certificate be served.
 * True as well while there is nothing to register for, or when that is not our business.
 */
export function isBundlePublished({ crd, configuration, target, caBundlePem }: WebhookConfigObserved): boolean {
  if (crd === undefined || target === undefined) return true;
  const { caBundle } = clientConfigOf(target, '', caBundlePem);
  const webhooks = valueAt(configuration, 'webhooks');
  return valueAt(crd, 'spec', 'conversion', 'webhook', 'clientConfig', 'caBundle') === caBundle
    && Array.isArray(webhooks) && webhooks.length > 0 && webhooks.every((webhook) => valueAt(webhook, 'clientConfig', 'caBundle') === caBundle);
}
