import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { CachePool } from '../../../src/runtime/cache-pool.ts';
import type { Source } from '../../../src/runtime/controller.ts';
import { FakeTime, settle } from '../../support/fake-time.ts';
import { event, listPage, refusal, RestTape, watchTape, type TapeAnswer } from '../../support/rest-tape.ts';

const ROUTES: Source = { id: 'routes', type: { group: 'route.openshift.io', version: 'v1', kind: 'Route', plural: 'routes', namespaced: true } };
const PODS: Source = {
  id: 'pods', type: { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true }, metadataOnly: true, indexes: { app: ({ metadata }) => [metadata.labels?.['app'] ?? ''] },
};
const CRDS: Source = {
  id: 'crds', type: { group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition', plural: 'customresourcedefinitions', namespaced: false }, metadataOnly: true,
};
const ROUTES_PATH = '/apis/route.openshift.io/v1/routes';
const PODS_PATH = '/api/v1/pods';
const CRDS_PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const SILENCE = watchTape([], 'silence');

const pod = (name: string, app: string): object => ({ metadata: { name, namespace: 'n', uid: name, resourceVersion: '1', labels: { app } } });
const definition = (name: string, resourceVersion: string): object => ({ metadata: { name, uid: name, resourceVersion } });

function pooled(t: TestContext, sources: readonly Source[], tapes: Readonly<Record<string, readonly TapeAnswer[]>>): { pool: CachePool; tape: RestTape; time: FakeTime; stop: AbortController } {
  const tape = new RestTape(tapes);
  const time = new FakeTime(() => 0);
  const stop = new AbortController();
  const pool = new CachePool(tape, { time });
  for (const source of sources) pool.add(source);
  t.after(() => stop.abort());
  return { pool, tape, time, stop };
}

test('one source id is one list and watch, whoever adds it', async (t) => {
  const { pool, tape, stop } = pooled(t, [PODS, { ...PODS }], { [PODS_PATH]: [listPage('10', [pod('a', 'x')]), SILENCE] });
  pool.start(stop.signal);
  await settle();
  assert.equal(tape.requests.length, 2);
  assert.equal(pool.get(PODS, 'a', 'n')?.kind, 'Pod');
  assert.equal(pool.list({ ...PODS }, 'n').length, 1);
  assert.equal(pool.indexed(PODS, 'app', 'x').length, 1);
  assert.deepEqual([...pool.sizes()], [['pods', 1]]);
});

test('two different sources of one name, a late one and an unknown one are mistakes', (t) => {
  const { pool, stop } = pooled(t, [PODS], { [PODS_PATH]: [] });
  assert.throws(() => pool.add({ ...PODS, labelSelector: 'app' }), /two different sources are named pods/);
  assert.throws(() => pool.list(ROUTES), /routes was never added/);
  pool.start(stop.signal);
  assert.throws(() => pool.add(ROUTES), /after the cache had started/);
});

test('sources are found by their kind', (t) => {
  const narrow = { ...PODS, id: 'narrow', labelSelector: 'app' };
  const { pool } = pooled(t, [PODS, narrow, CRDS], {});
  assert.deepEqual(pool.sourcesOf({ ...PODS.type }), [PODS, narrow]);
  assert.deepEqual(pool.sourcesOf(ROUTES.type), []);
});

test('it is in sync when the last source is; kinds that are not served count', async (t) => {
  const { pool, tape, time, stop } = pooled(t, [PODS, ROUTES], { [PODS_PATH]: [refusal(500), listPage('10', []), SILENCE], [ROUTES_PATH]: [refusal(404)] });
  let isSynced = false;
  const waiting = pool.whenSynced(stop.signal).then(() => {
    isSynced = true;
    return undefined;
  });
  pool.start(stop.signal);
  await settle();
  assert.deepEqual([pool.hasSynced(), isSynced, pool.unsynced()], [false, false, ['pods']]);
  await time.advance(1000);
  await waiting;
  assert.deepEqual([pool.hasSynced(), pool.isServed(PODS), pool.isServed(ROUTES)], [true, true, false]);
  assert.equal(tape.left(PODS_PATH), 0);
});

test('waiting for the sync ends with the signal', async (t) => {
  const { pool } = pooled(t, [PODS], { [PODS_PATH]: [] });
  const stop = new AbortController();
  pool.start(stop.signal);
  const waiting = pool.whenSynced(stop.signal);
  stop.abort(new Error('stopped'));
  await assert.rejects(waiting, /stopped/);
  await pool.whenStopped();
});

test('a definition that appears starts its kind at once; other definitions wake nobody', async (t) => {
  const { pool, tape, stop, time } = pooled(t, [ROUTES, CRDS], {
    [ROUTES_PATH]: [refusal(404), listPage('10', []), SILENCE],
    [CRDS_PATH]: [listPage('5', []), watchTape([event('ADDED', definition('other.example.com', '6'))]), watchTape([event('ADDED', definition('routes.route.openshift.io', '7'))], 'silence')],
  });
  const told: string[] = [];
  pool.onServed((source) => told.push(source.id));
  pool.start(stop.signal);
  await time.advance(0);
  assert.equal(pool.isServed(ROUTES), true);
  assert.equal(tape.sent(ROUTES_PATH, false).length, 2);
  assert.equal(told.filter((id) => id === ROUTES.id).length, 2, 'absent, then there');
});

test('a definition that goes makes its kind look again, and drop what it held', async (t) => {
  const route = { metadata: { name: 'r', namespace: 'n', uid: 'r', resourceVersion: '9' } };
  const { pool, stop, time } = pooled(t, [ROUTES, CRDS], {
    [ROUTES_PATH]: [listPage('10', [route]), SILENCE, refusal(404), refusal(404), refusal(404)],
    [CRDS_PATH]: [listPage('5', [definition('routes.route.openshift.io', '4')]), watchTape([event('DELETED', definition('routes.route.openshift.io', '11'))], 'silence')],
  });
  const told: string[] = [];
  pool.onChange(ROUTES, (before, after) => told.push(`${before?.metadata.name ?? '-'} ${after?.metadata.name ?? '-'}`));
  pool.start(stop.signal);
  await time.advance(5000);
  assert.equal(pool.isServed(ROUTES), false);
  assert.deepEqual(pool.list(ROUTES), []);
  assert.deepEqual(told, ['- r', 'r -']);
  assert.equal(pool.hasSynced(), true);
});

test('a change of a definition whose kind is served breaks no watch', async (t) => {
  const { pool, tape, stop, time } = pooled(t, [ROUTES, CRDS], {
    [ROUTES_PATH]: [listPage('10', []), SILENCE],
    [CRDS_PATH]: [listPage('5', [definition('routes.route.openshift.io', '4')]), watchTape([event('MODIFIED', definition('routes.route.openshift.io', '11'))], 'silence')],
  });
  pool.start(stop.signal);
  await time.advance(1000);
  assert.equal(tape.sent(ROUTES_PATH, true).length, 1);
});

test('silence is counted per source from the last byte; kinds that are not served have none', async (t) => {
  const { pool, stop, time } = pooled(t, [PODS, ROUTES, CRDS], { [PODS_PATH]: [listPage('10', []), SILENCE], [ROUTES_PATH]: [refusal(404)], [CRDS_PATH]: [] });
  pool.start(stop.signal);
  await time.advance(30_000);
  assert.deepEqual([...pool.silence()], [['pods', 30_000], ['crds', Infinity]]);
});

test('observers are told, also beside those who wait', async (t) => {
  const tape = new RestTape({ [PODS_PATH]: [listPage('10', [pod('a', 'x')]), SILENCE] });
  const stop = new AbortController();
  t.after(() => stop.abort());
  const seen: unknown[] = [];
  const pool = new CachePool(tape, { time: new FakeTime(), observer: { onListed: (source, listed) => seen.push(source.id, listed) } });
  pool.add(PODS);
  pool.start(stop.signal);
  await pool.whenSynced(stop.signal);
  assert.deepEqual(seen, ['pods', { objects: 1, pages: 1, missed: 0 }]);
});
