import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conversionPatch } from '../../../../src/domain/webhook-config/conversion.ts';
import { isBundlePublished, planWebhookConfig, type WebhookConfigObserved } from '../../../../src/domain/webhook-config/plan.ts';
import { clientConfigOf, hostsOf, type WebhookTarget } from '../../../../src/domain/webhook-config/target.ts';
import { desiredWebhookConfiguration } from '../../../../src/domain/webhook-config/webhook-configuration.ts';
import { isJsonObject, valueAt, type Json } from '../../../../src/lib/json.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { EMPTY_PLAN } from '../../../../src/k8s/plan.ts';

const BUNDLE = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
const BUNDLE_64 = Buffer.from(BUNDLE).toString('base64');
const service: WebhookTarget = { service: { namespace: 'mesh-operator', name: 'hook', port: 443 } };
const url: WebhookTarget = { url: 'https://127.0.0.1:9443' };
const targets = [service, url];

const crd = (conversion?: unknown): KubeObject => ({
  apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'servicemeshcontrolplanes.maistra.io', uid: 'crd-uid' },
  spec: { group: 'maistra.io', ...(conversion === undefined ? {} : { conversion }) },
});

/** JSON merge patch, RFC 7386. */
function merged(base: unknown, patch: Json | undefined): unknown {
  if (!isJsonObject(patch)) return patch;
  const result: Record<string, unknown> = { ...(isJsonObject(base) ? base : {}) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

test('a URL is used as it is, a Service by name and port, each with the trust in base64', () => {
  assert.deepEqual(clientConfigOf(url, '/x', BUNDLE), { caBundle: BUNDLE_64, url: 'https://127.0.0.1:9443/x' });
  assert.deepEqual(clientConfigOf(service, '/x', BUNDLE), { caBundle: BUNDLE_64, service: { namespace: 'mesh-operator', name: 'hook', path: '/x', port: 443 } });
});

test('the certificate must be good for every name the API server may use', () => {
  assert.deepEqual(hostsOf(service), ['hook.mesh-operator.svc', 'hook.mesh-operator.svc.cluster.local']);
  assert.deepEqual(hostsOf(url), ['127.0.0.1']);
  assert.deepEqual(hostsOf({ url: 'https://[::1]:9443' }), ['[::1]']);
});

test('our kinds are judged on create and update, in every served version, and nothing else is', () => {
  const webhooks = desiredWebhookConfiguration(service, BUNDLE)['webhooks'] as readonly Record<string, unknown>[];
  assert.deepEqual(webhooks.map((webhook) => [webhook['name'], webhook['rules']]), [
    ['smcp.validation.maistra.io', [{ apiGroups: ['maistra.io'], apiVersions: ['v1', 'v2'], operations: ['CREATE', 'UPDATE'], resources: ['servicemeshcontrolplanes'], scope: 'Namespaced' }]],
    ['smmr.validation.maistra.io', [{ apiGroups: ['maistra.io'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['servicemeshmemberrolls'], scope: 'Namespaced' }]],
    ['smm.validation.maistra.io', [{ apiGroups: ['maistra.io'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['servicemeshmembers'], scope: 'Namespaced' }]],
  ]);
});

test('a deletion never waits for us: objects on their way out are not sent to any webhook', () => {
  for (const webhook of desiredWebhookConfiguration(service, BUNDLE)['webhooks'] as readonly object[]) {
    assert.deepEqual(valueAt(webhook, 'matchConditions'), [{ name: 'unless-being-deleted', expression: '!has(object.metadata.deletionTimestamp)' }]);
    assert.equal(valueAt(webhook, 'failurePolicy'), 'Fail');
    assert.equal(valueAt(webhook, 'timeoutSeconds'), 10);
  }
});

const conversions: readonly (readonly [string, unknown])[] = [
  ['no conversion', undefined],
  ['none as strategy', { strategy: 'None' }],
  ['one by Service', { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'], clientConfig: clientConfigOf(service, '/convert-smcp', 'old') } }],
  ['one by URL', { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1beta1'], clientConfig: clientConfigOf(url, '/old', 'old') } }],
];
for (const [what, conversion] of conversions) {
  test(`a CRD with ${what} gets ours, and afterwards there is nothing left to patch`, () => {
    for (const target of targets) {
      const patch = conversionPatch(crd(conversion), target, BUNDLE);
      assert.ok(patch !== undefined);
      const after = merged(crd(conversion), patch) as KubeObject;
      assert.deepEqual(valueAt(after, 'spec', 'conversion'), {
        strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'], clientConfig: clientConfigOf(target, '/convert-smcp', BUNDLE) },
      });
      assert.equal(valueAt(after, 'spec', 'group'), 'maistra.io');
      assert.equal(conversionPatch(after, target, BUNDLE), undefined);
    }
  });
}

const observed = (parts: Partial<WebhookConfigObserved> = {}): WebhookConfigObserved => ({ target: url, caBundlePem: BUNDLE, ...parts });
const converted = (target: WebhookTarget, bundle = BUNDLE): KubeObject => merged(crd(), conversionPatch(crd(), target, bundle)) as KubeObject;

test('without the CRD there is nothing to register for', () => {
  assert.deepEqual(planWebhookConfig(observed()), EMPTY_PLAN);
});

test('webhooks are applied and the CRD is patched, that very CRD and no later one of the name', () => {
  const { stages } = planWebhookConfig(observed({ crd: crd() }));
  assert.deepEqual(stages.flat().map((step) => step.do), ['apply', 'patch']);
  const patch = stages.flat().find((step) => step.do === 'patch');
  assert.equal(patch?.ref.uid, 'crd-uid');
});

test('a CRD that is right is left alone', () => {
  const { stages } = planWebhookConfig(observed({ crd: converted(url) }));
  assert.deepEqual(stages.flat().map((step) => step.do), ['apply']);
});

test('a bundle counts as published when CRD and every webhook carry exactly it', () => {
  const configuration = desiredWebhookConfiguration(url, BUNDLE);
  assert.equal(isBundlePublished(observed({ crd: converted(url), configuration })), true);
  assert.equal(isBundlePublished(observed({ crd: converted(url) })), false);
  assert.equal(isBundlePublished(observed({ crd: crd(), configuration })), false);
  assert.equal(isBundlePublished(observed({ crd: converted(url, 'old'), configuration })), false);
  assert.equal(isBundlePublished(observed({ crd: converted(url), configuration: desiredWebhookConfiguration(url, 'old') })), false);
  assert.equal(isBundlePublished(observed({ crd: converted(url), configuration: { ...configuration, webhooks: [] } })), false);
});

test('where nothing is registered nothing needs publishing', () => {
  assert.equal(isBundlePublished(observed()), true);
});

test('when somebody else registers us, nothing is written, and what an earlier installation left is taken away', () => {
  const elsewhere: WebhookConfigObserved = { crd: crd({ strategy: 'Webhook' }), target: undefined, caBundlePem: '' };
  assert.deepEqual(planWebhookConfig(elsewhere), EMPTY_PLAN);
  assert.equal(isBundlePublished(elsewhere), true);
  const configuration = desiredWebhookConfiguration(service, BUNDLE);
  const [[step] = []] = planWebhookConfig({ ...elsewhere, configuration }).stages;
  assert.equal(step?.do === 'remove' && step.ref.name, 'tenant-mesh-operator');
});
