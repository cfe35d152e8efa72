import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONTROL_PLANE_CRD, OWN_WEBHOOK_CONFIGURATION, WEBHOOK_CERTIFICATES } from '../../../../src/controllers/sources.ts';
import { webhookConfigController } from '../../../../src/controllers/webhook-config/index.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { EMPTY_PLAN, NOTHING_DONE } from '../../../../src/k8s/plan.ts';
import type { Reader, Source } from '../../../../src/runtime/controller.ts';

const object = (kind: string, name: string): KubeObject => ({ apiVersion: 'v1', kind, metadata: { name } });
const crd = object('CustomResourceDefinition', 'servicemeshcontrolplanes.maistra.io');
const configuration = object('ValidatingWebhookConfiguration', 'tenant-mesh-operator');

function reading(objects: ReadonlyMap<Source, KubeObject>): Reader {
  return {
    get: (source, name) => (objects.get(source)?.metadata.name === name ? objects.get(source) : undefined),
    list: (source) => [objects.get(source)].filter((found) => found !== undefined),
    indexed: () => [],
    isServed: () => true,
  };
}

let bundle = 'one';
const controller = webhookConfigController({ target: { url: 'https://127.0.0.1:1' }, caBundlePem: () => bundle });

test('everything that our registration is made of wakes the same key', () => {
  assert.deepEqual(controller.watches.map((watch) => watch.source), [CONTROL_PLANE_CRD, OWN_WEBHOOK_CONFIGURATION, WEBHOOK_CERTIFICATES]);
  const nobody = reading(new Map());
  assert.deepEqual(controller.watches.map((watch) => watch.toKeys(crd, nobody)), [['tenant-mesh-operator'], ['tenant-mesh-operator'], ['tenant-mesh-operator']]);
});

test('each pass asks anew which certificates to trust', () => {
  const read = reading(new Map([[CONTROL_PLANE_CRD, crd], [OWN_WEBHOOK_CONFIGURATION, configuration]]));
  assert.deepEqual(controller.observe('tenant-mesh-operator', read), { target: { url: 'https://127.0.0.1:1' }, caBundlePem: 'one', crd, configuration });
  bundle = 'two';
  assert.equal(controller.observe('tenant-mesh-operator', read)?.caBundlePem, 'two');
});

test('on an empty cluster there is nothing to do and no status to write', () => {
  const observed = controller.observe('tenant-mesh-operator', reading(new Map()));
  assert.ok(observed !== undefined);
  assert.deepEqual(controller.plan(observed, new Date(0)), EMPTY_PLAN);
  assert.deepEqual(controller.status(observed, EMPTY_PLAN, NOTHING_DONE, new Date(0)), []);
});
