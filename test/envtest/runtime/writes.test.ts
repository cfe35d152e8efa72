import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CONFIG_MAP, EVENT, NAMESPACE, SECRET } from '../../../src/api/kinds.ts';
import { nextConditions, type ConditionInput } from '../../../src/k8s/condition.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { refOf } from '../../../src/k8s/ref.ts';
import { resourcePath } from '../../../src/k8s/resource.ts';
import { valueAt, type JsonObject } from '../../../src/lib/json.ts';
import { EventRecorder } from '../../../src/runtime/events.ts';
import { StatusWriter } from '../../../src/runtime/status-writer.ts';
import { SYSTEM_TIME } from '../../../src/runtime/time-source.ts';
import { Bench, FINALIZER, Hands, OUR_LABELS, WIDGET } from './fixture.ts';
import { eventually } from '../../support/eventually.ts';

const PASS = { waiter: 'test', signal: new AbortController().signal };
const LOGGER = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const GONE = { status: 404 };

describe('writes on a real API server', { timeout: 180_000 }, () => {
  let bench: Bench;
  let hands: Hands;

  before(async () => {
    bench = await Bench.start();
    hands = await new Hands(bench).start();
    await bench.namespace('writes');
    await eventually('the namespace is cached', () => hands.cache.get({ id: 'namespaces', type: NAMESPACE }, 'writes') !== undefined);
  });

  after(async () => {
    await hands.stop();
    await bench.stop();
  });

  const cachedNamespace = (): KubeObject => hands.cache.get({ id: 'namespaces', type: NAMESPACE }, 'writes') ?? assert.fail('not cached');
  const cachedWidget = (name: string): KubeObject => hands.cache.get({ id: 'widgets', type: WIDGET }, name, 'writes') ?? assert.fail('not cached');

  async function widget(name: string, extra: object = {}): Promise<KubeObject> {
    await bench.create(WIDGET, { apiVersion: 'runtime.test/v1', kind: 'Widget', metadata: { name, namespace: 'writes', ...extra }, spec: {} });
    await eventually('the widget is cached', () => hands.cache.get({ id: 'widgets', type: WIDGET }, name, 'writes') !== undefined);
    return cachedWidget(name);
  }

  describe('patch', () => {
    test('changes what it names and nothing else, and is not sent again', async () => {
      const patch = { do: 'patch', ref: refOf(NAMESPACE, cachedNamespace()), patch: { metadata: { labels: { joined: 'yes', absent: null } } } } as const;
      assert.equal((await hands.steps(patch)).outcome.written, 1);
      assert.equal((await bench.read(NAMESPACE, 'writes')).metadata.labels?.['joined'], 'yes');
      assert.equal(await bench.writesOf(() => hands.steps(patch)), 0);
      const removal = { ...patch, patch: { metadata: { labels: { joined: null } } } };
      assert.equal(await bench.writesOf(() => hands.steps(removal)), 1);
      assert.equal(await bench.writesOf(() => hands.steps(removal)), 0);
    });

    test('is refused for another incarnation', async () => {
      const ref = { ...refOf(NAMESPACE, cachedNamespace()), uid: '00000000-0000-0000-0000-000000000000' };
      const { outcome, verdict } = await hands.steps({ do: 'patch', ref, patch: { metadata: { labels: { wrong: 'yes' } } } });
      assert.equal(outcome.failures.length, 1);
      assert.equal(outcome.failures[0]?.status, 422);
      assert.equal(verdict.next, 'recheck');
      assert.equal((await bench.read(NAMESPACE, 'writes')).metadata.labels?.['wrong'], undefined);
    });

    test('never creates', async () => {
      const { outcome, verdict } = await hands.steps({ do: 'patch', ref: { type: NAMESPACE, name: 'none' }, patch: { metadata: { labels: { a: 'b' } } } });
      assert.equal(outcome.failures[0]?.status, 404);
      assert.equal(verdict.next, 'backoff');
      await assert.rejects(bench.read(NAMESPACE, 'none'), GONE);
    });
  });

  describe('remove', () => {
    test('takes away only the incarnation named, and what is gone already counts as done', async () => {
      await hands.steps({ do: 'apply', type: CONFIG_MAP, object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'doomed', namespace: 'writes', labels: OUR_LABELS } } });
      const ref = refOf(CONFIG_MAP, await bench.read(CONFIG_MAP, 'doomed', 'writes'));
      const wrong = await hands.steps({ do: 'remove', ref: { ...ref, uid: '00000000-0000-0000-0000-000000000000' } });
      assert.equal(wrong.outcome.failures[0]?.status, 409);
      assert.equal((await hands.steps({ do: 'remove', ref })).outcome.complete, true);
      await assert.rejects(bench.read(CONFIG_MAP, 'doomed', 'writes'), GONE);
      assert.equal(hands.cache.get({ id: 'configmaps', type: CONFIG_MAP }, 'doomed', 'writes'), undefined, 'the pass after sees it gone');
      assert.equal((await hands.steps({ do: 'remove', ref })).outcome.complete, true);
    });

    test('of several that one label selects goes with one request, and takes nothing else', async () => {
      const made = (name: string, labels: Readonly<Record<string, string>>): Promise<KubeObject> => bench.create(CONFIG_MAP, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'writes', labels: { ...OUR_LABELS, ...labels } } });
      const doomed = [await made('one', { copied: 'x' }), await made('two', { copied: 'y' })];
      await made('stays', {});
      await eventually('the cache has them', () => doomed.every(({ metadata }) => hands.cache.get({ id: 'configmaps', type: CONFIG_MAP }, metadata.name, 'writes') !== undefined));
      const stage = doomed.map((object) => ({ do: 'remove', ref: refOf(CONFIG_MAP, object), among: 'copied' }) as const);
      assert.equal(await bench.writesOf(() => hands.run({ stages: [stage] })), 1);
      for (const { metadata } of doomed) await assert.rejects(bench.read(CONFIG_MAP, metadata.name, 'writes'), GONE);
      assert.equal((await bench.read(CONFIG_MAP, 'stays', 'writes')).metadata.name, 'stays');
      assert.equal((await hands.run({ stages: [stage] })).outcome.complete, true, 'gone already counts as done');
    });

    test('of a kind that is not served is done', async () => {
      const type = { group: 'no.test', version: 'v1', kind: 'No', plural: 'nos', namespaced: true };
      assert.equal((await hands.steps({ do: 'remove', ref: { type, name: 'x', namespace: 'writes' } })).outcome.complete, true);
    });

    test('is not sent again while the object waits for its finalizers', async () => {
      const ref = refOf(WIDGET, await widget('lingering', { finalizers: ['somebody.test/else'] }));
      assert.equal(await bench.writesOf(() => hands.steps({ do: 'remove', ref })), 1);
      assert.equal(await bench.writesOf(() => hands.steps({ do: 'remove', ref })), 0);
      await bench.meddle(WIDGET, { namespace: 'writes', name: 'lingering' }, { metadata: { finalizers: null } });
    });
  });

  describe('mint', () => {
    const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'minted', namespace: 'writes', labels: OUR_LABELS } };
    const mint = { do: 'mint', type: SECRET, request: { object, values: {} } } as const;

    test('creates once and never overwrites, also when the cache does not know the Secret yet', async () => {
      const other = await new Hands(bench, []).start();
      assert.equal((await hands.steps(mint)).outcome.written, 1);
      const data = (await bench.read(SECRET, 'minted', 'writes'))['data'];
      assert.equal(await bench.writesOf(() => hands.steps(mint)), 0, 'metadata in the cache is enough to know');
      assert.equal((await other.steps(mint)).outcome.complete, true, 'AlreadyExists is success');
      assert.deepEqual((await bench.read(SECRET, 'minted', 'writes'))['data'], data);
      await other.stop();
    });
  });

  describe('finalizer', () => {
    test('is put on once, and taken off only after everything else succeeded', async () => {
      const primary = refOf(WIDGET, await widget('final'));
      assert.equal(await bench.writesOf(() => hands.run({ finalizer: 'ensure', primary })), 1);
      assert.equal(await bench.writesOf(() => hands.run({ finalizer: 'ensure', primary })), 0);
      assert.deepEqual(cachedWidget('final').metadata.finalizers, [FINALIZER]);

      await hands.steps({ do: 'remove', ref: primary });
      assert.notEqual(cachedWidget('final').metadata.deletionTimestamp, undefined);
      assert.equal(await bench.writesOf(() => hands.run({ finalizer: 'ensure', primary })), 0, 'never on something that is going');

      const refused = { do: 'patch', ref: { type: NAMESPACE, name: 'none' }, patch: { metadata: { labels: { a: 'b' } } } } as const;
      await hands.run({ finalizer: 'release', primary, stages: [[refused]] });
      assert.deepEqual((await bench.read(WIDGET, 'final', 'writes')).metadata.finalizers, [FINALIZER], 'cleaning up failed, so it stays');

      assert.equal((await hands.run({ finalizer: 'release', primary })).outcome.complete, true);
      await assert.rejects(bench.read(WIDGET, 'final', 'writes'), GONE);
      assert.equal((await hands.run({ finalizer: 'release', primary })).outcome.complete, true, 'gone is released');
    });

    test('leaves the finalizers of others alone', async () => {
      const primary = refOf(WIDGET, await widget('shared', { finalizers: ['a.test/a', 'b.test/b'] }));
      await hands.run({ finalizer: 'ensure', primary });
      assert.deepEqual(cachedWidget('shared').metadata.finalizers, ['a.test/a', 'b.test/b', FINALIZER]);
      await hands.run({ finalizer: 'release', primary });
      assert.deepEqual(cachedWidget('shared').metadata.finalizers, ['a.test/a', 'b.test/b']);
    });
  });

  describe('status', () => {
    const ready: ConditionInput = { type: 'Ready', status: 'True', reason: 'AllReady', message: 'fine' };
    const failing: ConditionInput = { type: 'Ready', status: 'False', reason: 'Broken', message: 'look at the pods' };

    function writer(): { readonly events: EventRecorder; readonly write: (name: string, conditions: readonly ConditionInput[], more?: JsonObject) => Promise<string> } {
      const events = new EventRecorder({ rest: bench.rest, time: SYSTEM_TIME, metrics: hands.context.metrics, logger: LOGGER });
      const status = new StatusWriter(hands.context, { controller: 'test', events });
      const write = async (name: string, conditions: readonly ConditionInput[], more: JsonObject = {}): Promise<string> => {
        const object = cachedWidget(name);
        const before = object['status'] as { conditions?: Parameters<typeof nextConditions>[0] } | undefined;
        const next = nextConditions(before?.conditions, conditions, new Date()).map((condition) => ({ ...condition }));
        const { result } = await status.write({ type: WIDGET, object, status: { ...more, conditions: next } }, PASS);
        await hands.caughtUp();
        return result;
      };
      return { events, write };
    }

    const eventsAbout = async (name: string): Promise<readonly KubeObject[]> => {
      const list = await bench.rest.call<{ items: readonly KubeObject[] }>({ method: 'GET', path: resourcePath(EVENT, { namespace: 'writes' }), query: { fieldSelector: `involvedObject.name=${name}` } });
      return list.items;
    };

    test('is written when it means something else, and not otherwise', async () => {
      await widget('stated');
      const { write } = writer();
      assert.equal(await write('stated', [ready], { replicas: 1 }), 'written');
      assert.equal(await bench.writesOf(() => write('stated', [ready], { replicas: 1 })), 0);
      assert.equal(await write('stated', [ready], { replicas: 2 }), 'written');
    });

    test('what is no longer said is gone, also when somebody else had written it', async () => {
      await widget('cleaned');
      await bench.meddle(WIDGET, { namespace: 'writes', name: 'cleaned', subresource: 'status' }, { status: { annotations: { old: '1' }, components: { ready: ['a'] } } });
      await eventually('the cache shows it', () => cachedWidget('cleaned')['status'] !== undefined);
      await writer().write('cleaned', [ready]);
      assert.deepEqual(Object.keys((await bench.read(WIDGET, 'cleaned', 'writes'))['status'] as object), ['conditions']);
    });

    test('never touches spec or metadata, and does not fail when a user changes a label meanwhile', async () => {
      const before = await widget('labelled');
      const { result } = await (async () => {
        await bench.meddle(WIDGET, { namespace: 'writes', name: 'labelled' }, { metadata: { labels: { team: 'a' } }, spec: { size: 3 } });
        const status = new StatusWriter(hands.context, { controller: 'test', events: writer().events });
        return status.write({ type: WIDGET, object: before, status: { seen: true } }, PASS);
      })();
      assert.equal(result, 'written');
      const live = await bench.read(WIDGET, 'labelled', 'writes');
      assert.deepEqual([live['spec'], live['status'], live.metadata.labels], [{ size: 3 }, { seen: true }, { team: 'a' }]);
    });

    test('is not written to another incarnation, and to nothing is no failure', async () => {
      const object = await widget('reborn');
      const status = new StatusWriter({ ...hands.context, live: new Hands(bench, []).context.live }, { controller: 'test', events: writer().events });
      const wrong = await status.write({ type: WIDGET, object: { ...object, metadata: { ...object.metadata, uid: '00000000-0000-0000-0000-000000000000' } }, status: { seen: true } }, PASS);
      assert.deepEqual([wrong.result, wrong.verdict.next], ['failed', 'recheck']);
      assert.equal((await bench.read(WIDGET, 'reborn', 'writes'))['status'], undefined);
      const none = await status.write({ type: WIDGET, object: { ...object, metadata: { name: 'none', namespace: 'writes' } }, status: { seen: true } }, PASS);
      assert.deepEqual([none.result, none.verdict.next], ['skipped', 'done']);
    });

    test('makes events of changed conditions, counts repeats, and is silent about time', async () => {
      await widget('eventful');
      const { write, events } = writer();
      await write('eventful', [failing]);
      await write('eventful', [ready]);
      await write('eventful', [failing]);
      await events.flush();
      const found = await eventsAbout('eventful');
      const said = found.map((event) => [event['type'], event['reason'], event['message'], event['count']]);
      assert.deepEqual(said.toSorted((a, b) => String(a[1]).localeCompare(String(b[1]))), [['Normal', 'AllReady', 'fine', 1], ['Warning', 'Broken', 'look at the pods', 2]]);
      assert.deepEqual(valueAt(found[0], 'involvedObject', 'uid'), cachedWidget('eventful').metadata.uid);
    });
  });
});
