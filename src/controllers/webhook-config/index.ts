import { planWebhookConfig, type WebhookConfigObserved } from '../../domain/webhook-config/plan.ts';
import type { Controller } from '../../runtime/controller.ts';
import { observeWebhookConfig, type WebhookConfigFacts } from './observe.ts';
import { WEBHOOK_CONFIG_WATCHES } from './watches.ts';

/** Its name, for waking it by hand. */
export const WEBHOOK_CONFIG_CONTROLLER = 'webhook-config';

/** Keeps the API server told where our webhooks are and which certificates to trust: webhook configuration and CRD conversion. */
export function webhookConfigController(facts: WebhookConfigFacts): Controller<WebhookConfigObserved> {
  return {
    name: WEBHOOK_CONFIG_CONTROLLER,
    watches: WEBHOOK_CONFIG_WATCHES,
    workers: 1,
    observe: (_key, read) => observeWebhookConfig(read, facts),
    plan: planWebhookConfig,
    status: () => [],
  };
}
