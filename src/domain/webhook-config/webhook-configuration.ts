import { CONTROL_PLANE, MEMBER, MEMBER_ROLL, VALIDATING_WEBHOOK } from '../../api/kinds.ts';
import { LABEL_MANAGED_BY, OPERATOR_NAME } from '../../api/names.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { objectOf, type ResourceType } from '../../k8s/resource.ts';
import { clientConfigOf, WEBHOOK_PATHS, type WebhookTarget } from './target.ts';

interface Row {
  readonly name: string;
  readonly path: string;
  readonly type: ResourceType;
  readonly versions: readonly string[];
}

/** Names and resources as the old operator had them (spec/webhooks.md 1). */
const ROWS: readonly Row[] = [
  { name: 'smcp.validation.maistra.io', path: WEBHOOK_PATHS.controlPlane, type: CONTROL_PLANE, versions: ['v1', 'v2'] },
  { name: 'smmr.validation.maistra.io', path: WEBHOOK_PATHS.memberRoll, type: MEMBER_ROLL, versions: ['v1'] },
  { name: 'smm.validation.maistra.io', path: WEBHOOK_PATHS.member, type: MEMBER, versions: ['v1'] },
];

/** Finalizers must come off whether or not the operator is there. */
const UNLESS_DELETING = [{ name: 'unless-being-deleted', expression: '!has(object.metadata.deletionTimestamp)' }];

function webhookOf({ name, path, type, versions }: Row, target: WebhookTarget, caBundlePem: string): object {
  return {
    name,
    clientConfig: clientConfigOf(target, path, caBundlePem),
    rules: [{ apiGroups: [type.group], apiVersions: versions, operations: ['CREATE', 'UPDATE'], resources: [type.plural], scope: 'Namespaced' }],
    // Only our own kinds are matched, in any namespace: whatever happens to us, nobody else's objects are held up.
    failurePolicy: 'Fail',
    matchConditions: UNLESS_DELETING,
    sideEffects: 'None',
    timeoutSeconds: 10,
    admissionReviewVersions: ['v1'],
  };
}

/** Our ValidatingWebhookConfiguration, complete. In: where we are, and the certificates to trust, PEM. */
export function desiredWebhookConfiguration(target: WebhookTarget, caBundlePem: string): KubeObject {
  const metadata = { name: OPERATOR_NAME, labels: { [LABEL_MANAGED_BY]: OPERATOR_NAME } };
  return objectOf(VALIDATING_WEBHOOK, metadata, { webhooks: ROWS.map((row) => webhookOf(row, target, caBundlePem)) });
}
