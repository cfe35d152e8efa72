import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../../src/lib/json.ts';
import { askedWebhooks, isAsked } from '../../../src/runtime/asked-webhooks.ts';
import { ApiError } from '../../../src/runtime/rest.ts';
import { CONFIG_MAP, configMap, unitBench, WIDGET } from './bench.ts';

const RULE = { apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['CREATE'] };
const webhook = (more: JsonObject = {}, rule: JsonObject = {}): JsonObject => ({ name: 'w', rules: [{ ...RULE, ...rule }], ...more });
const object = configMap({}, { labels: { app: 'x' } });
const isFor = (given: JsonObject, namespaceLabels: Readonly<Record<string, string>> = { team: 'a' }): boolean => isAsked(given, CONFIG_MAP, { object, namespaceLabels });

test('a webhook is asked when a rule names group and resource of a create or update, or stars', () => {
  assert.equal(isFor(webhook()), true);
  assert.equal(isFor(webhook({}, { apiGroups: ['*'], resources: ['*'], operations: ['*'] })), true);
  assert.equal(isFor(webhook({}, { resources: ['*/*'] })), true);
  for (const rule of [{ apiGroups: ['apps'] }, { resources: ['secrets'] }, { resources: ['configmaps/status'] }, { operations: ['DELETE'] }, { scope: 'Cluster' }]) assert.equal(isFor(webhook({}, rule)), false, JSON.stringify(rule));
});

test('its selectors choose by the labels of the object and of the namespace', () => {
  assert.equal(isFor(webhook({ objectSelector: { matchLabels: { app: 'x' } }, namespaceSelector: { matchLabels: { team: 'a' } } })), true);
  assert.equal(isFor(webhook({ objectSelector: { matchLabels: { app: 'y' } } })), false);
  assert.equal(isFor(webhook({ namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'DoesNotExist' }] } })), false);
});

test('what is in no namespace is chosen by no namespaceSelector, but a Namespace is by its own labels', () => {
  const clusterWide = { ...WIDGET, namespaced: false };
  const given = webhook({ namespaceSelector: { matchLabels: { team: 'b' } } }, { apiGroups: ['*'], resources: ['*'] });
  assert.equal(isAsked(given, clusterWide, { object, namespaceLabels: undefined }), true);
  assert.equal(isAsked(given, { ...clusterWide, group: '', plural: 'namespaces' }, { object, namespaceLabels: { team: 'a' } }), false);
});

test('names come sorted with their configuration, and none when the list cannot be read', async () => {
  const { context, rest } = unitBench();
  rest.answer = () => ({ items: [{ metadata: { name: 'z' }, webhooks: [webhook(), webhook({ name: 'no', objectSelector: { matchLabels: { app: 'y' } } })] }, { metadata: { name: 'a' }, webhooks: [webhook()] }] });
  assert.deepEqual(await askedWebhooks(context, CONFIG_MAP, object), ['a/w', 'z/w']);
  rest.answer = () => { throw new ApiError(403, 'Forbidden', 'no'); };
  assert.deepEqual(await askedWebhooks(context, CONFIG_MAP, object), []);
});
