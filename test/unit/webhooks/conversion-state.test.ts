import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { conversionState, SETTLED_MS } from '../../../src/webhooks/conversion-state.ts';

const crd = (strategy?: string): KubeObject => ({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'crd' }, spec: { conversion: { strategy } } });
const [WITH, WITHOUT] = [crd('Webhook'), crd('None')];

test('a conversion that was there when we began counts at once', () => {
  const state = conversionState(() => 0);
  state.changed(undefined, WITH);
  assert.equal(state.isConverting(WITH), true);
  state.changed(WITH, WITH);
  assert.equal(state.isConverting(WITH), true);
});

test('one that was missing counts after a moment: what came in before it was back would be stored without it', () => {
  let now = 10_000;
  const state = conversionState(() => now);
  state.changed(WITH, WITHOUT);
  assert.equal(state.isConverting(WITHOUT), false);
  state.changed(WITHOUT, WITH);
  assert.equal(state.isConverting(WITH), false);
  now += SETTLED_MS - 1;
  assert.equal(state.isConverting(WITH), false);
  now += 1;
  assert.equal(state.isConverting(WITH), true);
  assert.equal(state.isConverting(undefined), false);
});
