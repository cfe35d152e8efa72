import { CONTROL_PLANE } from '../../src/api/kinds.ts';
import { OPERATOR_NAME } from '../../src/api/names.ts';
import { WEBHOOK_PATHS, type WebhookTarget } from '../../src/domain/webhook-config/target.ts';
import { desiredWebhookConfiguration } from '../../src/domain/webhook-config/webhook-configuration.ts';
import { WEBHOOK_SERVICE } from '../../src/cli/webhook-serving.ts';
import { crdNameOf } from '../../src/k8s/resource.ts';
import type { KubeObject } from '../../src/k8s/object.ts';
import { NAME, NAMESPACE } from './identity.ts';

/* The webhooks of the packages, all made from what the operator itself registers. */

interface Webhook {
  readonly name: string;
  readonly clientConfig: { readonly service?: { readonly path: string } };
  readonly rules: readonly object[];
  readonly failurePolicy: string;
  readonly sideEffects: string;
  readonly timeoutSeconds: number;
  readonly admissionReviewVersions: readonly string[];
}

const TARGET: WebhookTarget = { service: { namespace: NAMESPACE, name: WEBHOOK_SERVICE, port: 443 } };

/**
 * The ValidatingWebhookConfiguration of plain YAML and the chart: as the operator writes it, but for the certificates, which it adds when it starts.
 * It is in the package so that it goes with the package: nothing of ours refuses writes after the operator is gone.
 */
export function packagedConfiguration(): KubeObject {
  const { webhooks, ...rest } = desiredWebhookConfiguration(TARGET, '') as KubeObject & { readonly webhooks: readonly Webhook[] };
  const withoutBundle = webhooks.map(({ clientConfig, ...webhook }) => {
    const { caBundle: _, ...kept } = clientConfig as { readonly caBundle?: string };
    return { ...webhook, clientConfig: kept };
  });
  return { ...rest, webhooks: withoutBundle };
}

const COMMON = { deploymentName: NAME, containerPort: 443, targetPort: 9443, admissionReviewVersions: ['v1'], sideEffects: 'None' } as const;

/** `webhookdefinitions` of the ClusterServiceVersion. OLM knows no matchConditions, so finalizers come off only while the operator answers. */
export function webhookDefinitions(): readonly object[] {
  const { webhooks } = packagedConfiguration() as KubeObject & { readonly webhooks: readonly Webhook[] };
  const validating = webhooks.map(({ name, clientConfig, rules, failurePolicy, timeoutSeconds }) => (
    { type: 'ValidatingAdmissionWebhook', generateName: name, ...COMMON, failurePolicy, timeoutSeconds, webhookPath: clientConfig.service?.path, rules }));
  const conversion = { type: 'ConversionWebhook', generateName: `conversion.${OPERATOR_NAME}`, ...COMMON, webhookPath: WEBHOOK_PATHS.conversion, conversionCRDs: [crdNameOf(CONTROL_PLANE)] };
  return [...validating, conversion];
}
