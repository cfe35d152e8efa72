import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { EMPTY_PLAN, type Plan, type Step } from '../../../src/k8s/plan.ts';
import { Executor, type Execution } from '../../../src/runtime/execute.ts';
import { ApiError, type RestRequest } from '../../../src/runtime/rest.ts';
import { settle } from '../../support/fake-time.ts';
import { CONFIG_MAP, configMap, CONFIG_MAPS, figure, FINALIZER, SECRET, SECRETS, unitBench, WIDGET, widget, WIDGETS, type UnitBench } from './bench.ts';

const apply = (name: string, data: Readonly<Record<string, string>> = { k: 'v' }): Step => ({ do: 'apply', type: CONFIG_MAP, object: configMap(data, { name }) });
const nameOf = ({ method, path }: RestRequest): string => `${method} ${path.split('/').slice(-1).join('')}`;

describe('execute', () => {
  let bench: UnitBench;
  let executor: Executor;
  const signal = new AbortController().signal;
  const run = (plan: Partial<Plan>): Promise<Execution> => executor.run({ ...EMPTY_PLAN, ...plan }, { waiter: 'toy ns/x', signal });

  beforeEach(() => {
    bench = unitBench();
    executor = new Executor(bench.context, { controller: 'toy', minter: bench.context.minter, finalizer: FINALIZER });
  });

  test('an apply is a forced server-side apply under the controller\'s field manager, and asks for the whole object back', async () => {
    const { outcome } = await run({ stages: [[apply('a')]] });
    assert.deepEqual(outcome, { written: 1, skipped: 0, failures: [], complete: true });
    const [request] = bench.rest.calls;
    assert.equal(request?.method, 'PATCH');
    assert.equal(request?.path, '/api/v1/namespaces/ns/configmaps/a');
    assert.equal(request?.contentType, 'application/apply-patch+yaml');
    assert.deepEqual(request?.query, { fieldManager: 'tmesh-toy', force: true });
    assert.equal(request?.accept, undefined);
    assert.deepEqual(request?.body, configMap({ k: 'v' }, { name: 'a' }));
  });

  test('what is minted does not come back', async () => {
    const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'ns' } };
    await run({ stages: [[{ do: 'mint', type: SECRET, request: { object, values: { key: { recipe: 'random', bytes: 32 } } } }]] });
    assert.match(bench.rest.calls[0]?.accept ?? '', /PartialObjectMetadata/);
  });

  describe('a payload that states every field', () => {
    const explicit = (name: string): Step => ({ do: 'apply', type: CONFIG_MAP, object: configMap({ k: 'v' }, { name }), isExplicit: true });
    const methods = (): string[] => bench.rest.calls.map(({ method, contentType = '' }) => `${method} ${contentType}`.trim());

    test('is created where the cache knows of none', async () => {
      await run({ stages: [[explicit('x')]] });
      assert.deepEqual(methods(), ['POST']);
      assert.deepEqual(bench.rest.calls[0]?.query, { fieldManager: 'tmesh-toy' });
    });

    test('is applied when it turns out to be there', async () => {
      bench.rest.answer = ({ method }): unknown => {
        if (method === 'POST') throw new ApiError(409, 'AlreadyExists', 'x');
        return { metadata: { name: 'x', resourceVersion: '2' } };
      };
      assert.deepEqual((await run({ stages: [[explicit('x')]] })).outcome.failures, []);
      assert.deepEqual(methods(), ['POST', 'PATCH application/apply-patch+yaml']);
    });

    test('is claimed before the first apply, at the version that was looked at', async () => {
      const managedFields = [{ manager: 'other', operation: 'Update' }, { manager: 'tmesh-toy', operation: 'Update', fieldsV1: { 'f:data': {} } }];
      bench.cache.put(CONFIG_MAPS, configMap({ k: 'w' }, { uid: 'u', resourceVersion: '7', managedFields }));
      await run({ stages: [[explicit('x')]] });
      assert.deepEqual(methods(), ['PATCH application/json-patch+json', 'PATCH application/apply-patch+yaml']);
      assert.deepEqual(bench.rest.calls[0]?.body, [
        { op: 'replace', path: '/metadata/resourceVersion', value: '7' }, { op: 'replace', path: '/metadata/managedFields/1/operation', value: 'Apply' },
      ]);
    });
  });

  test('steps of a stage run at the same time, at most sixteen; stages run one after the other', async () => {
    const ends: (() => void)[] = [];
    bench.rest.answer = (): Promise<unknown> => new Promise((resolve) => ends.push(() => resolve({ metadata: { name: 'a', resourceVersion: '2' } })));
    const steps = Array.from({ length: 20 }, (_, index) => apply(`a${index}`));
    const done = run({ stages: [steps, [apply('last')]] });
    await settle();
    assert.equal(ends.length, 16);
    while (bench.rest.calls.length < 20) {
      for (const end of ends.splice(0)) end();
      await settle();
    }
    assert.equal(bench.rest.calls.filter(({ path }) => path.endsWith('last')).length, 0);
    for (const end of ends.splice(0)) end();
    await settle();
    for (const end of ends.splice(0)) end();
    assert.equal((await done).outcome.written, 21);
    assert.equal(bench.rest.calls.at(-1)?.path.endsWith('last'), true);
  });

  test('a failed step ends the plan after its stage; the others of its stage are carried out', async () => {
    bench.rest.answer = ({ path }): unknown => {
      if (path.endsWith('bad')) throw new ApiError(422, 'Invalid', 'spec.x: no');
      return { metadata: { name: 'a', resourceVersion: '2' } };
    };
    const bad = apply('bad');
    const { outcome, verdict } = await run({ stages: [[bad, apply('good')], [apply('never')]] });
    assert.deepEqual(bench.rest.calls.map(nameOf), ['PATCH bad', 'PATCH good']);
    assert.deepEqual(outcome, { written: 1, skipped: 0, complete: false, failures: [{ step: bad, status: 422, reason: 'Invalid', message: 'spec.x: no' }] });
    assert.equal(verdict.next, 'recheck');
  });

  test('the verdict of a plan is that of its worst failure', async () => {
    bench.rest.answer = ({ path }): unknown => {
      throw path.endsWith('a') ? new ApiError(403, 'Forbidden', 'no') : new ApiError(429, 'TooManyRequests', 'slow', { retryAfterMs: 3000 });
    };
    assert.deepEqual((await run({ stages: [[apply('a'), apply('b')]] })).verdict, { next: 'backoff', atLeastMs: 3000 });
  });

  test('an answer with the version we had is counted as unchanged', async () => {
    bench.cache.put(CONFIG_MAPS, configMap({ k: 'v' }, { uid: 'u', resourceVersion: '7' }));
    bench.rest.answer = () => ({ metadata: { name: 'x', namespace: 'ns', uid: 'u', resourceVersion: '7' } });
    const { outcome, unchanged } = await run({ stages: [[apply('x')]] });
    assert.deepEqual([outcome.written, unchanged], [1, 1]);
    assert.equal(await figure(bench.metrics, 'tmesh_apply_total{kind="ConfigMap",result="unchanged"}'), 1);
  });

  test('a write is remembered until the cache shows it', async () => {
    bench.rest.answer = () => ({ metadata: { name: 'x', namespace: 'ns', uid: 'u', resourceVersion: '8' } });
    await run({ stages: [[apply('x')]] });
    assert.ok(bench.context.consistency.waitMs('toy ns/x') > 0);
    bench.cache.put(CONFIG_MAPS, configMap({ k: 'v' }, { uid: 'u', resourceVersion: '8' }));
    assert.deepEqual(bench.woken, ['toy ns/x']);
  });

  test('a patch is a merge patch that names the incarnation', async () => {
    await run({ stages: [[{ do: 'patch', ref: { type: CONFIG_MAP, name: 'x', namespace: 'ns', uid: 'u' }, patch: { metadata: { labels: { a: null } } } }]] });
    const [request] = bench.rest.calls;
    assert.equal(request?.contentType, 'application/merge-patch+json');
    assert.deepEqual(request?.body, { metadata: { labels: { a: null }, uid: 'u' } });
  });

  test('a removal names the incarnation, leaves dependants to the background, and is content when nothing is there', async () => {
    bench.rest.answer = () => {
      throw new ApiError(404, 'NotFound', 'gone');
    };
    const { outcome, verdict } = await run({ stages: [[{ do: 'remove', ref: { type: CONFIG_MAP, name: 'x', namespace: 'ns', uid: 'u' } }]] });
    assert.deepEqual(bench.rest.calls[0]?.body, { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', preconditions: { uid: 'u' } });
    assert.equal(outcome.complete, true);
    assert.equal(verdict.next, 'done');
  });

  test('what is minted is created, and what exists is success; nothing is asked of the minter when the cache knows it', async () => {
    const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'ns' } };
    const mint: Step = { do: 'mint', type: SECRET, request: { object, values: { key: { recipe: 'random', bytes: 32 } } } };
    await run({ stages: [[mint]] });
    assert.equal(bench.rest.calls[0]?.method, 'POST');
    assert.deepEqual(bench.rest.calls[0]?.body, { ...object, stringData: { key: 'minted' } });
    bench.rest.answer = () => {
      throw new ApiError(409, 'AlreadyExists', 'there');
    };
    assert.equal((await run({ stages: [[mint]] })).outcome.complete, true);
    bench.cache.put(SECRETS, object);
    assert.deepEqual((await run({ stages: [[mint]] })).outcome, { written: 0, skipped: 1, failures: [], complete: true });
    assert.equal(bench.rest.calls.length, 2);
  });

  test('a minter that throws is a failure of its step, not of the process', async () => {
    executor = new Executor(bench.context, { controller: 'toy', minter: () => Promise.reject(new Error('no entropy')), finalizer: FINALIZER });
    const { outcome, verdict } = await run({ stages: [[{ do: 'mint', type: SECRET, request: { object: configMap({}), values: {} } }]] });
    assert.equal(outcome.failures[0]?.message, 'no entropy');
    assert.equal(verdict.next, 'backoff');
  });

  test('the finalizer is put on before the stages and taken off after them', async () => {
    const ref = { type: WIDGET, name: 'w', namespace: 'ns', uid: 'uid-w' };
    bench.cache.put(WIDGETS, widget('w'));
    await run({ finalizer: 'ensure', primary: ref, stages: [[apply('a')]] });
    assert.deepEqual(bench.rest.calls.map(nameOf), ['PATCH w', 'PATCH a']);
    bench.cache.put(WIDGETS, widget('w', { finalizers: [FINALIZER], deletionTimestamp: '2026-01-01T00:00:00Z' }));
    await run({ finalizer: 'release', primary: ref, stages: [[{ do: 'remove', ref: { type: CONFIG_MAP, name: 'a', namespace: 'ns' } }]] });
    assert.deepEqual(bench.rest.calls.slice(2).map(nameOf), ['DELETE a', 'PATCH w']);
  });

  test('without its finalizer nothing is written, and without success it stays', async () => {
    const ref = { type: WIDGET, name: 'w', namespace: 'ns' };
    bench.cache.put(WIDGETS, widget('w'));
    bench.rest.answer = () => {
      throw new ApiError(500, '', 'down');
    };
    await run({ finalizer: 'ensure', primary: ref, stages: [[apply('a')]] });
    assert.deepEqual(bench.rest.calls.map(nameOf), ['PATCH w']);
    bench.cache.put(WIDGETS, widget('w', { finalizers: [FINALIZER] }));
    await run({ finalizer: 'release', primary: ref, stages: [[apply('a')]] });
    assert.deepEqual(bench.rest.calls.slice(1).map(nameOf), ['PATCH a']);
  });

  describe('a field that a webhook changes in our own request', () => {
    const managedFields = [{ manager: 'tmesh-toy', operation: 'Apply', fieldsV1: { 'f:data': { 'f:k': {} } } }];
    const rewritten = (name: string, value: string): KubeObject => configMap({ k: value }, { name, uid: 'u', resourceVersion: '8', managedFields });
    const notes: { readonly reason: string; readonly message: string }[] = [];
    const webhooks = { items: [{ metadata: { name: 'polite' }, webhooks: [{ name: 'w.example.org', rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['*'] }] }] }] };
    let value = 'changed';
    let nowMs = 0;

    beforeEach(() => {
      notes.length = 0;
      [value, nowMs] = ['changed', 0];
      executor = new Executor(bench.context, { controller: 'toy', minter: bench.context.minter, finalizer: FINALIZER, onRepair: (_object, note) => notes.push(note), nowMs: () => nowMs });
      bench.rest.answer = ({ method, path }): unknown => {
        if (method === 'GET') return webhooks;
        const answer = rewritten(path.split('/').at(-1) ?? '', path.endsWith('/b') ? 'v' : value);
        bench.cache.put(CONFIG_MAPS, answer);
        return answer;
      };
    });

    test('is a conflict that names field and webhook, and the rest of the plan goes on', async () => {
      const { outcome, verdict } = await run({ stages: [[apply('a')], [apply('b')]] });
      assert.deepEqual(bench.rest.calls.map(nameOf), ['PATCH a', 'GET mutatingwebhookconfigurations', 'PATCH b']);
      const [failure] = outcome.failures;
      assert.deepEqual([failure?.reason, outcome.complete, outcome.written, verdict], ['FieldConflict', false, 1, { next: 'recheck', afterMs: 60_000 }]);
      assert.match(failure?.message ?? '', /^data\.k of ConfigMap ns\/a comes back from the API server with another value than was sent: mutating webhook "polite\/w\.example\.org" changes it; exempt the object there/);
      assert.deepEqual(notes.map(({ reason }) => reason), ['FieldConflict']);
    });

    test('is not sent again before its time, then once, with a longer wait each time and no second Event', async () => {
      await run({ stages: [[apply('a')]] });
      const waits: unknown[] = [];
      for (let round = 0; round < 5; round += 1) {
        nowMs += 59_000;
        const before = bench.rest.calls.length;
        const held = await run({ stages: [[apply('a')]] });
        assert.equal(held.outcome.failures[0]?.reason, 'FieldConflict');
        assert.equal(bench.rest.calls.length, before, 'nothing was sent');
        nowMs += 600_000;
        waits.push((await run({ stages: [[apply('a')]] })).verdict);
        assert.deepEqual(bench.rest.calls.slice(before).map(nameOf), ['PATCH a']);
      }
      assert.deepEqual(waits.map((verdict) => (verdict as { readonly afterMs: number }).afterMs), [120_000, 240_000, 480_000, 600_000, 600_000]);
      assert.equal(notes.length, 1);
      assert.equal(await figure(bench.metrics, 'tmesh_drift_fuse_open{controller="toy"}'), 1);
    });

    test('is forgotten when it comes back as it was sent; another payload need not wait', async () => {
      await run({ stages: [[apply('a')]] });
      value = 'w';
      assert.deepEqual((await run({ stages: [[apply('a', { k: 'w' })]] })).outcome.failures, []);
      assert.equal(await figure(bench.metrics, 'tmesh_drift_fuse_open{controller="toy"}'), 0);
    });

    test('is seen in the labels that a patch leaves', async () => {
      const labelled = (label: string): KubeObject => configMap({}, { uid: 'u', resourceVersion: '9', labels: { a: label } });
      bench.rest.answer = ({ method }): unknown => (method === 'GET' ? { items: [] } : labelled('theirs'));
      const patch = { stages: [[{ do: 'patch', ref: { type: CONFIG_MAP, name: 'x', namespace: 'ns', uid: 'u' }, patch: { metadata: { labels: { a: 'ours' } } } } satisfies Step]] };
      const { outcome } = await run(patch);
      assert.match(outcome.failures[0]?.message ?? '', /^metadata\.labels\.a of ConfigMap ns\/x comes back .* a mutating webhook or admission policy changes it/);
      bench.cache.put(CONFIG_MAPS, labelled('theirs'));
      const before = bench.rest.calls.length;
      assert.equal((await run(patch)).outcome.failures[0]?.reason, 'FieldConflict');
      assert.equal(bench.rest.calls.length, before);
    });
  });

  test('after the pass was aborted nothing more is sent', async () => {
    const abort = new AbortController();
    abort.abort();
    const { outcome, verdict } = await executor.run({ ...EMPTY_PLAN, stages: [[apply('a')]] }, { waiter: 'toy', signal: abort.signal });
    assert.equal(bench.rest.calls.length, 0);
    assert.equal(outcome.failures[0]?.status, 0);
    assert.equal(verdict.next, 'backoff');
  });

  test('each call carries the signal of the pass', async () => {
    await run({ stages: [[apply('a')]] });
    assert.equal(bench.rest.calls[0]?.signal, signal);
  });
});
