import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { certificateFiles } from '../../../tools/cluster/certificates.ts';
import { startCluster } from '../../../tools/cluster/cluster.ts';
import { keyOfObject } from '../../../src/k8s/key.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { CachePool } from '../../../src/runtime/cache-pool.ts';
import type { Source } from '../../../src/runtime/controller.ts';
import { loadAccess } from '../../../src/runtime/kube-config.ts';
import { listAll } from '../../../src/runtime/paged-list.ts';
import { isAtLeast } from '../../../src/runtime/resource-version.ts';
import { createRest } from '../../../src/runtime/rest-client.ts';
import type { Rest } from '../../../src/runtime/rest.ts';
import { chooseSeed, seededRandom } from '../../support/chance.ts';
import { startChaosProxy } from '../../support/chaos-proxy.ts';
import { createNamespaces, createWidgetKind, RandomWriter, writeHugeLine } from './random-writer.ts';
import { BY_SHADE, CHAOS_SOURCES } from './chaos-sources.ts';

const OPERATIONS = 10_000;
const IN_FLIGHT = 24;
const CONVERGENCE_MS = 60_000;

/** Everything faster than in production, so that one run goes through as many turns as a day. */
const TUNING = {
  backoff: { baseMs: 20, maxMs: 500 }, absentMs: { baseMs: 50, maxMs: 500 }, usefulMs: 1000, fruitlessLimit: 3, maxRetryAfterMs: 1000,
  pageSize: 50, listTimeoutMs: 10_000, openTimeoutMs: 5000, watchSeconds: [4, 12], idleMs: 3000,
} as const;

/** What the listeners of one source were told, put together again, and every word of it that cannot be true. */
class Retelling {
  readonly objects = new Map<string, KubeObject>();
  readonly lies: string[] = [];

  readonly listen = (before: KubeObject | undefined, after: KubeObject | undefined): void => {
    const object = after ?? before;
    if (object === undefined) return;
    const key = keyOfObject(object);
    if (this.objects.get(key) !== before) this.lies.push(`${key}: "before" is not what was told last`);
    if (before !== undefined && after !== undefined) this.#compare(key, before, after);
    if (after === undefined) this.objects.delete(key);
    else this.objects.set(key, after);
  };

  #compare(key: string, before: KubeObject, after: KubeObject): void {
    if (before.metadata.uid !== after.metadata.uid) this.lies.push(`${key}: another incarnation came as an update`);
    if (!isAtLeast(after.metadata.resourceVersion, before.metadata.resourceVersion ?? '')) this.lies.push(`${key}: went back in time`);
  }
}

const byKey = (objects: Iterable<KubeObject>): Map<string, KubeObject> => new Map([...objects].map((object) => [keyOfObject(object), object]));

async function freshList(rest: Rest, source: Source): Promise<Map<string, KubeObject>> {
  const { objects } = await listAll(rest, source, { pageSize: 500, notOlderThan: '', timeoutMs: 30_000, signal: new AbortController().signal, onPage: () => undefined });
  return byKey(source.slim === undefined ? objects : objects.map(source.slim));
}

/** The first difference between a store and a list, or undefined. */
function difference(held: ReadonlyMap<string, KubeObject>, listed: ReadonlyMap<string, KubeObject>): string | undefined {
  for (const [key, object] of listed) if (!isDeepStrictEqual(held.get(key), object)) return `${key} ${held.has(key) ? 'differs' : 'is missing'}`;
  for (const key of held.keys()) if (!listed.has(key)) return `${key} should be gone`;
  return undefined;
}

test('after 10,000 random operations under chaos every store equals a fresh list', { timeout: 480_000 }, async (t) => {
  const seed = chooseSeed('CHAOS_SEED');
  console.log(`chaos seed ${seed} (set CHAOS_SEED to play it again)`);
  const random = seededRandom(seed);
  const cluster = await startCluster({ controllerManager: false, kubelet: false });
  t.after(() => cluster.stop());
  const access = loadAccess({ kubeconfig: cluster.kubeconfig });
  const direct = createRest(access, { userAgent: 'chaos-writer/1' });
  t.after(() => direct.close());
  await createWidgetKind(direct);
  await createNamespaces(direct);

  const { caFile, serverFile: certFile, serverKeyFile: keyFile } = certificateFiles(cluster.dir);
  const proxy = await startChaosProxy({ upstream: cluster.server, caFile, certFile, keyFile, random: seededRandom(seed + 1) });
  t.after(() => proxy.close());
  const shaken = createRest({ ...access, server: proxy.server }, { userAgent: 'chaos-reader/1' });
  t.after(() => shaken.close());

  const ends = new Map<string, number>();
  const figures = { lists: 0, pages: 0, missed: 0, faultsOfOurs: 0 };
  const pool = new CachePool(shaken, {
    tuning: TUNING,
    observer: {
      onEnd: (_, cause) => ends.set(cause, (ends.get(cause) ?? 0) + 1),
      onListed: (_, { pages, missed }) => {
        figures.lists += 1;
        figures.pages += pages;
        figures.missed += missed;
      },
      onFault: () => {
        figures.faultsOfOurs += 1;
      },
    },
  });
  const retellings = new Map(CHAOS_SOURCES.map((source) => [source, new Retelling()]));
  for (const [source, { listen }] of retellings) {
    pool.add(source);
    pool.onChange(source, listen);
  }
  const stopping = new AbortController();
  t.after(() => stopping.abort());
  let haveReflectorsEnded = false;
  pool.start(stopping.signal);
  void pool.whenStopped().finally(() => {
    haveReflectorsEnded = true;
  });

  const startedAt = performance.now();
  const writer = new RandomWriter(direct, random);
  const writing = writer.run({ operations: OPERATIONS, inFlight: IN_FLIGHT });
  await writer.reached(OPERATIONS * 0.2);
  await cluster.compactEtcd();
  await writeHugeLine(direct);
  await writer.reached(OPERATIONS * 0.4);
  await cluster.restartApiServer();
  await cluster.compactEtcd();
  await writer.reached(OPERATIONS * 0.7);
  await cluster.restartApiServer();
  await cluster.compactEtcd();
  await writing;
  const writingSeconds = (performance.now() - startedAt) / 1000;
  proxy.calm();

  const unequal = async (): Promise<readonly string[]> => {
    const checks = CHAOS_SOURCES.map(async (source) => {
      const found = difference(byKey(pool.list(source)), await freshList(direct, source));
      return found === undefined ? [] : [`${source.id}: ${found}`];
    });
    return (await Promise.all(checks)).flat();
  };
  const deadline = performance.now() + CONVERGENCE_MS;
  while ((await unequal()).length > 0 && performance.now() < deadline) await delay(200);

  const count = (of: ReadonlyMap<string, number>): string => [...of].toSorted(([, a], [, b]) => b - a).map(([name, n]) => `${name} ${n}`).join(', ');
  const faults = [...proxy.faults.values()].reduce((sum, n) => sum + n, 0);
  console.log(`operations: ${writer.done} in ${writingSeconds.toFixed(1)} s (${count(writer.verbs)}), retried while the server was away: ${writer.retried}`);
  console.log(`faults: ${faults} in ${proxy.requests()} requests (${count(proxy.faults)}); API server restarts 2, etcd compactions 3`);
  console.log(`ends of lists and watches: ${count(ends)}`);
  console.log(`lists taken in: ${figures.lists} of ${figures.pages} pages; changes only a list had found: ${figures.missed}; objects held: ${count(pool.sizes())}`);
  console.log(`stores equal to a fresh list ${((performance.now() - startedAt) / 1000 - writingSeconds).toFixed(1)} s after the last write`);

  assert.deepEqual(await unequal(), [], 'every store equals a fresh list');
  assert.equal(haveReflectorsEnded, false, 'no reflector has ended');
  assert.equal(pool.hasSynced(), true);
  assert.equal(figures.faultsOfOurs, 0, 'no listener, index or slim function threw');
  assert.ok(faults >= 200, `there was chaos: ${faults} faults`);
  for (const [source, { lies, objects }] of retellings) {
    assert.deepEqual(lies, [], `${source.id}: what listeners were told is true`);
    assert.equal(difference(objects, byKey(pool.list(source))), undefined, `${source.id}: what listeners were told gives the store`);
  }
  for (const source of CHAOS_SOURCES.filter(({ indexes }) => indexes !== undefined)) {
    const found = writer.shades.flatMap((shade) => pool.indexed(source, BY_SHADE, shade));
    assert.equal(difference(byKey(found), byKey(pool.list(source).filter((object) => object.metadata.labels?.['shade'] !== undefined))), undefined, `${source.id}: the index finds all`);
  }
  stopping.abort();
  await pool.whenStopped();
  assert.equal(haveReflectorsEnded, true, 'all reflectors end with the signal');
});
