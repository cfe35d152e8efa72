import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CONFIG_MAP, DEPLOYMENT, NETWORK_POLICY, SERVICE } from '../../../src/api/kinds.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { valueAt } from '../../../src/lib/json.ts';
import type { ApplyStep } from '../../../src/runtime/apply.ts';
import { Bench, Hands, OUR_LABELS } from './fixture.ts';
import { everyKind } from './payloads.ts';
import { eventually } from '../../support/eventually.ts';

describe('apply on a real API server', { timeout: 180_000 }, () => {
  let bench: Bench;
  let hands: Hands;
  const running: Hands[] = [];
  const restart = async (): Promise<Hands> => {
    const fresh = await new Hands(bench).start();
    running.push(fresh);
    return fresh;
  };

  before(async () => {
    bench = await Bench.start();
    hands = await restart();
    await bench.namespace('things');
  });

  after(async () => {
    for (const each of running) await each.stop();
    await bench.stop();
  });

  const steps = everyKind('things');
  const all = (): ReturnType<Hands['run']> => hands.run({ stages: [steps] });

  test('the first time every object is sent once', async () => {
    const { outcome } = await all();
    assert.deepEqual(outcome.failures, []);
    assert.equal(outcome.written, steps.length);
  });

  test('applied again, nothing is sent', async () => {
    assert.equal(await bench.writesOf(all), 0);
    assert.equal((await all()).outcome.skipped, steps.length);
  });

  test('right after a restart nothing is sent either, whatever the server made of quantities and defaults', async () => {
    const reborn = await restart();
    const execution = await reborn.run({ stages: [steps] });
    const skipped = execution.outcome.skipped;
    assert.equal(execution.unchanged, 0, 'no request that changes nothing');
    assert.equal(skipped, steps.length);
  });

  test('a change of status or by other managers in their own fields sends nothing', async () => {
    await bench.meddle(DEPLOYMENT, { namespace: 'things', name: 'thing', subresource: 'status' }, { status: { observedGeneration: 1, replicas: 1 } });
    await bench.meddle(CONFIG_MAP, { namespace: 'things', name: 'thing' }, { data: { theirs: 'x' }, metadata: { labels: { team: 'a' } } });
    await bench.meddle(SERVICE, { namespace: 'things', name: 'thing' }, { metadata: { annotations: { note: 'theirs' } } });
    await eventually('the cache shows it', () => hands.cache.get({ id: 'configmaps', type: CONFIG_MAP }, 'thing', 'things')?.metadata.labels?.['team'] === 'a');
    assert.equal(await bench.writesOf(all), 0);
    const reborn = await restart();
    assert.equal(await bench.writesOf(() => reborn.run({ stages: [steps] })), 0);
  });

  test('a field changed by another manager is repaired with exactly one request', async () => {
    const { metadata } = await bench.meddle(CONFIG_MAP, { namespace: 'things', name: 'thing' }, { data: { mesh: 'theirs' } });
    await eventually('the cache shows it', () => hands.cache.get({ id: 'configmaps', type: CONFIG_MAP }, 'thing', 'things')?.metadata.resourceVersion === metadata.resourceVersion);
    assert.equal(await bench.writesOf(all), 1);
    assert.equal(valueAt(await bench.read(CONFIG_MAP, 'thing', 'things'), 'data', 'mesh'), 'a: 1\nb: 2\n');
    assert.equal(await bench.writesOf(all), 0);
  });

  test('a change inside a list that is owned as a whole is repaired with exactly one request, also after a restart', async () => {
    const patch = { spec: { ingress: [{ from: [{ namespaceSelector: {} }], ports: [{ port: 9999 }] }] } };
    const { metadata } = await bench.meddle(NETWORK_POLICY, { namespace: 'things', name: 'thing' }, patch);
    const reborn = await restart();
    // The first list comes from the API server's own cache, which may be a moment behind.
    await eventually('the cache shows it', () => reborn.cache.get({ id: 'networkpolicies', type: NETWORK_POLICY }, 'thing', 'things')?.metadata.resourceVersion === metadata.resourceVersion);
    assert.equal(await bench.writesOf(() => reborn.run({ stages: [steps] })), 1);
    const policy = await bench.read(NETWORK_POLICY, 'thing', 'things');
    assert.equal(valueAt(policy, 'spec', 'ingress', '0'), undefined);
    assert.match(JSON.stringify(policy['spec']), /"port":8080/);
  });

  test('a label of ours that was taken off is put back, although the object left the cache', async () => {
    await bench.meddle(CONFIG_MAP, { namespace: 'things', name: 'thing' }, { metadata: { labels: { 'app.kubernetes.io/managed-by': null } } });
    await eventually('the object leaves the cache', () => hands.cache.get({ id: 'configmaps', type: CONFIG_MAP }, 'thing', 'things') === undefined);
    assert.equal(await bench.writesOf(all), 1);
    assert.deepEqual((await bench.read(CONFIG_MAP, 'thing', 'things')).metadata.labels, { ...OUR_LABELS, team: 'a' });
  });

  test('a field that is no longer wanted is taken off, and others\' fields stay', async () => {
    const data: ApplyStep = { do: 'apply', type: CONFIG_MAP, object: { ...configMap(), data: { mesh: 'new' } } };
    assert.equal((await hands.steps(data)).outcome.written, 1);
    assert.deepEqual((await bench.read(CONFIG_MAP, 'thing', 'things'))['data'], { mesh: 'new', theirs: 'x' });
    assert.equal(await bench.writesOf(() => hands.steps(data)), 0);
  });

  describe('what states every field is created plainly', () => {
    const policy = (spec: object, name = 'plain'): ApplyStep => ({
      do: 'apply', type: NETWORK_POLICY, isExplicit: true,
      object: { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name, namespace: 'things', labels: OUR_LABELS }, spec: { podSelector: {}, policyTypes: ['Ingress'], ...spec } },
    });
    const wide = policy({ ingress: [{ from: [{ namespaceSelector: {} }] }] });
    const cached = (): KubeObject | undefined => hands.cache.get({ id: 'networkpolicies', type: NETWORK_POLICY }, 'plain', 'things');
    const shows = (object: KubeObject): Promise<unknown> => eventually('the cache shows it', () => cached()?.metadata.resourceVersion === object.metadata.resourceVersion);

    test('by one POST, after which nothing is sent, nor after a restart', async () => {
      assert.equal(await bench.writesOf(() => hands.steps(wide)), 1);
      assert.equal(bench.writes.at(-1)?.method, 'POST');
      await shows(await bench.read(NETWORK_POLICY, 'plain', 'things'));
      assert.equal(await bench.writesOf(() => hands.steps(wide)), 0);
      const reborn = await restart();
      assert.equal(await bench.writesOf(() => reborn.steps(wide)), 0);
    });

    test('an edit by another manager is repaired, also of a field that was never ours', async () => {
      await shows(await bench.meddle(NETWORK_POLICY, { namespace: 'things', name: 'plain' }, { spec: { ingress: null }, metadata: { labels: { theirs: 'x' } } }));
      assert.deepEqual((await hands.steps(wide)).outcome.failures, []);
      const repaired = await bench.read(NETWORK_POLICY, 'plain', 'things');
      assert.deepEqual(valueAt(repaired, 'spec', 'ingress'), valueAt(wide.object, 'spec', 'ingress'));
      assert.equal(repaired.metadata.labels?.['theirs'], 'x');
      assert.deepEqual(repaired.metadata.managedFields?.filter(({ manager }) => manager === 'tmesh-test').map(({ operation }) => operation), ['Apply']);
    });

    test('a field that is no longer wanted is taken off', async () => {
      const closed = policy({}, 'closing');
      await hands.steps(policy({ ingress: [{ from: [{ namespaceSelector: {} }] }] }, 'closing'));
      await eventually('the cache shows it', () => hands.cache.get({ id: 'networkpolicies', type: NETWORK_POLICY }, 'closing', 'things') !== undefined);
      assert.deepEqual((await hands.steps(closed)).outcome.failures, []);
      assert.equal(valueAt(await bench.read(NETWORK_POLICY, 'closing', 'things'), 'spec', 'ingress'), undefined);
    });

    test('one that is there already, unseen by the cache, is applied', async () => {
      const unseen = policy({ ingress: [] }, 'unseen');
      await bench.create(NETWORK_POLICY, { ...unseen.object, metadata: { name: 'unseen', namespace: 'things' } });
      assert.deepEqual((await hands.steps(unseen)).outcome.failures, []);
      assert.equal(bench.writes.at(-1)?.method, 'PATCH');
      assert.deepEqual((await bench.read(NETWORK_POLICY, 'unseen', 'things')).metadata.labels, OUR_LABELS);
    });
  });

  test('an object that no cache can hold is applied once, and again only when it differs', async () => {
    const stranger: ApplyStep = { do: 'apply', type: CONFIG_MAP, object: { ...configMap(), metadata: { name: 'stranger', namespace: 'things' } } };
    assert.equal(await bench.writesOf(() => hands.steps(stranger)), 1);
    assert.equal(await bench.writesOf(() => hands.steps(stranger)), 0);
    const changed: ApplyStep = { ...stranger, object: { ...stranger.object, data: { a: 'b' } } };
    assert.equal(await bench.writesOf(() => hands.steps(changed)), 1);
  });

  test('an object deleted by somebody is made again', async () => {
    await bench.rest.call({ method: 'DELETE', path: '/api/v1/namespaces/things/services/thing' });
    await eventually('the cache shows it', () => hands.cache.get({ id: 'services', type: SERVICE }, 'thing', 'things') === undefined);
    const service = steps.filter(({ type }) => type === SERVICE);
    assert.equal((await hands.run({ stages: [service] })).outcome.written, 1);
    assert.equal(await bench.writesOf(() => hands.run({ stages: [service] })), 0);
  });

  test('a payload that the server refuses is a failure with its status, and the other steps of the stage are carried out', async () => {
    const bad: ApplyStep = { do: 'apply', type: SERVICE, object: { ...configMap(), kind: 'Service', metadata: { name: 'bad', namespace: 'things' }, spec: { ports: [{ port: -1 }] } } };
    const good: ApplyStep = { do: 'apply', type: CONFIG_MAP, object: { ...configMap(), metadata: { name: 'good', namespace: 'things', labels: OUR_LABELS } } };
    const never: ApplyStep = { do: 'apply', type: CONFIG_MAP, object: { ...configMap(), metadata: { name: 'never', namespace: 'things', labels: OUR_LABELS } } };
    const { outcome, verdict } = await hands.run({ stages: [[bad, good], [never]] });
    assert.equal(outcome.failures[0]?.status, 422);
    assert.equal(outcome.written, 1);
    assert.equal(verdict.next, 'recheck');
    await assert.rejects(bench.read(CONFIG_MAP, 'never', 'things'), /404|not found/i);
  });

  test('a namespace or a kind that is not there is a slow recheck, not a storm', async () => {
    const lost: ApplyStep = { do: 'apply', type: CONFIG_MAP, object: { ...configMap(), metadata: { name: 'lost', namespace: 'nowhere' } } };
    const unknown: ApplyStep = { do: 'apply', type: { group: 'no.test', version: 'v1', kind: 'No', plural: 'nos', namespaced: true }, object: { ...lost.object, apiVersion: 'no.test/v1', kind: 'No' } };
    for (const step of [lost, unknown]) {
      const { outcome, verdict } = await hands.steps(step);
      assert.equal(outcome.failures[0]?.status, 404);
      assert.equal(verdict.next, 'recheck');
    }
  });

  function configMap(): ApplyStep['object'] {
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'thing', namespace: 'things', labels: OUR_LABELS } };
  }
});
