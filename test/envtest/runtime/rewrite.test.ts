import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CONFIG_MAP, MUTATING_WEBHOOK, NAMESPACE, NETWORK_POLICY, SERVICE } from '../../../src/api/kinds.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import type { Step } from '../../../src/k8s/plan.ts';
import type { ResourceType } from '../../../src/k8s/resource.ts';
import { eventually } from '../../support/eventually.ts';
import { patched, rewriting, startWebhookServer, type WebhookServer } from '../../support/webhook-server.ts';
import { Bench, Hands, OUR_LABELS } from './fixture.ts';

/* What somebody's mutating webhook does to our own requests (wishes.md W30): the API server books it under our name, and its answer tells. */

const PORT = { port: 80, protocol: 'TCP', targetPort: 80 };

interface Case { readonly what: string; readonly type: ResourceType; readonly body: object; readonly patch: readonly object[]; readonly field: string; readonly isExplicit?: true }
const CASES: readonly Case[] = [
  { what: 'a value', type: CONFIG_MAP, body: { data: { mesh: 'ours' } }, patch: [{ op: 'replace', path: '/data/mesh', value: 'theirs' }], field: 'data.mesh' },
  { what: 'a value of what is created plainly', type: CONFIG_MAP, body: { data: { mesh: 'ours' } }, patch: [{ op: 'replace', path: '/data/mesh', value: 'theirs' }], field: 'data.mesh', isExplicit: true },
  { what: 'a value taken away', type: CONFIG_MAP, body: { data: { mesh: 'ours' } }, patch: [{ op: 'remove', path: '/data/mesh' }], field: 'data.mesh' },
  { what: 'an item of a list with keys', type: SERVICE, body: { spec: { selector: { app: 'x' }, ports: [{ ...PORT, name: 'http' }] } }, patch: [{ op: 'replace', path: '/spec/ports/0/name', value: 'web' }], field: 'spec.ports.80.name' },
  {
    what: 'a list that is ours as a whole', type: NETWORK_POLICY, body: { spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ ports: [{ port: 80, protocol: 'TCP' }] }] } },
    patch: [{ op: 'add', path: '/spec/ingress/-', value: {} }], field: 'spec.ingress',
  },
  {
    what: 'something inside of it', type: NETWORK_POLICY, body: { spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ ports: [{ port: 80, protocol: 'TCP' }] }] } },
    patch: [{ op: 'add', path: '/spec/ingress/0/ports/0/endPort', value: 90 }], field: 'spec.ingress', isExplicit: true,
  },
];

describe('a webhook that changes our own requests, on a real API server', { timeout: 180_000 }, () => {
  let bench: Bench;
  let hands: Hands;
  let server: WebhookServer;
  let operations: readonly object[] = [];

  before(async () => {
    [bench, server] = await Promise.all([Bench.start(), startWebhookServer((_path, { name, object }) => patched(object.metadata.labels?.['rewrite'] === undefined && name !== 'labelled' ? [] : operations))]);
    hands = await new Hands(bench).start();
    await bench.namespace('things');
  });
  after(async () => {
    await hands?.stop();
    await server?.close();
    await bench?.stop();
  });

  const register = (name: string, { group, plural }: ResourceType, namespace?: string): Promise<unknown> =>
    bench.rest.call({ method: 'POST', path: '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations', body: rewriting(name, server, { path: '/', group, plural, ...(namespace === undefined ? {} : { namespace }) }) });
  const unregister = (name: string): Promise<unknown> => bench.rest.call({ method: 'DELETE', path: `/apis/${MUTATING_WEBHOOK.group}/v1/mutatingwebhookconfigurations/${name}` });
  const objectOf = ({ type, body }: Case, name: string): KubeObject =>
    ({ apiVersion: type.group === '' ? 'v1' : `${type.group}/v1`, kind: type.kind, metadata: { name, namespace: 'things', labels: { ...OUR_LABELS, rewrite: 'yes' } }, ...body });

  /** The API server hears of a new webhook after a moment. */
  async function inForce(type: ResourceType, body: object): Promise<void> {
    await eventually('the webhook is asked', async () => {
      operations = [{ op: 'add', path: '/metadata/annotations', value: { seen: 'yes' } }];
      const probe = objectOf({ what: '', type, body, patch: [], field: '' }, `probe-${Math.random().toString(36).slice(2)}`);
      return (await bench.create(type, probe)).metadata.annotations?.['seen'] === 'yes';
    });
  }

  for (const [index, each] of CASES.entries()) {
    test(`${each.what}: a conflict that names ${each.field} and the webhook; nothing more is sent, and nothing of it is remembered as in place`, async () => {
      await register(`somebody-${index}`, each.type);
      await inForce(each.type, each.body);
      operations = each.patch;
      const step: Step = { do: 'apply', type: each.type, object: objectOf(each, `thing-${index}`), ...(each.isExplicit === true ? { isExplicit: true } : {}) };
      const { outcome } = await hands.steps(step);
      assert.match(outcome.failures[0]?.message ?? 'no failure', new RegExp(`^${each.field.replaceAll('.', String.raw`\.`)} of ${each.type.kind} things/thing-${index} comes back .* mutating webhook "somebody-${index}/rewrite\\.example\\.org" changes it`));
      assert.equal(await bench.writesOf(async () => { assert.equal((await hands.steps(step)).outcome.failures[0]?.reason, 'FieldConflict'); }), 0);
      await unregister(`somebody-${index}`);
    });
  }

  test('after a restart it is tried once, which changes nothing, and told again', async () => {
    const each = CASES[0];
    assert.ok(each);
    await register('once-more', each.type);
    await inForce(each.type, each.body);
    operations = each.patch;
    const step: Step = { do: 'apply', type: each.type, object: objectOf(each, 'thing-0') };
    const reborn = await new Hands(bench).start();
    assert.equal(await bench.writesOf(async () => { assert.equal((await reborn.steps(step)).outcome.failures[0]?.reason, 'FieldConflict'); }), 1);
    await unregister('once-more');
    await reborn.stop();
  });

  test('what a webhook adds of its own is no conflict', async () => {
    const each = CASES[0];
    assert.ok(each);
    await register('adds', each.type);
    await inForce(each.type, each.body);
    operations = [{ op: 'add', path: '/data/more', value: 'theirs' }, { op: 'add', path: '/metadata/labels/team', value: 'a' }];
    const step: Step = { do: 'apply', type: each.type, object: objectOf(each, 'added-to') };
    assert.deepEqual((await hands.steps(step)).outcome.failures, []);
    assert.equal(await bench.writesOf(() => hands.steps(step)), 0);
    await unregister('adds');
  });

  test('a label of a namespace that our patch sets and a webhook changes back', async () => {
    await bench.namespace('labelled');
    operations = [];
    await register('labels', NAMESPACE);
    await eventually('the webhook is asked', async () => {
      operations = [{ op: 'add', path: '/metadata/annotations', value: { seen: 'yes' } }];
      return (await bench.meddle(NAMESPACE, { name: 'labelled' }, { metadata: { labels: { probe: String(Math.random()) } } })).metadata.annotations?.['seen'] === 'yes';
    });
    operations = [{ op: 'add', path: '/metadata/labels/mesh', value: 'theirs' }];
    const live = await eventually('the cache has it', () => hands.cache.get({ id: 'namespaces', type: NAMESPACE }, 'labelled'));
    const step: Step = { do: 'patch', ref: { type: NAMESPACE, name: 'labelled', ...(live.metadata.uid === undefined ? {} : { uid: live.metadata.uid }) }, patch: { metadata: { labels: { mesh: 'ours' } } } };
    const { outcome } = await hands.steps(step);
    assert.match(outcome.failures[0]?.message ?? 'no failure', /^metadata\.labels\.mesh of Namespace labelled comes back .* "labels\/rewrite\.example\.org"/);
    assert.equal(await bench.writesOf(() => hands.steps(step)), 0);
    await unregister('labels');
  });
});
