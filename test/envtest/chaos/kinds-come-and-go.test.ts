import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CUSTOM_RESOURCE_DEFINITION } from '../../../src/api/kinds.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { crdNameOf, objectOf, resourcePath } from '../../../src/k8s/resource.ts';
import { CachePool } from '../../../src/runtime/cache-pool.ts';
import { loadAccess } from '../../../src/runtime/kube-config.ts';
import { createRest } from '../../../src/runtime/rest-client.ts';
import { startCluster } from '../../../tools/cluster/cluster.ts';
import { WIDGET } from './chaos-sources.ts';
import { createWidgetKind } from './random-writer.ts';
import { eventually } from '../../support/eventually.ts';

const CRDS = { id: 'crds', type: CUSTOM_RESOURCE_DEFINITION, metadataOnly: true } as const;
const WIDGETS = { id: 'widgets', type: WIDGET } as const;

/** So long that only the definition's own watch can tell in time. */
const NEVER_BY_ITSELF = { absentMs: { baseMs: 3_600_000, maxMs: 3_600_000 } };

test('a kind that appears, goes with its objects and comes back is followed without a restart', { timeout: 120_000 }, async (t) => {
  const cluster = await startCluster({ controllerManager: false, kubelet: false });
  t.after(() => cluster.stop());
  const rest = createRest(loadAccess({ kubeconfig: cluster.kubeconfig }), { userAgent: 'kinds-test/1' });
  t.after(() => rest.close());
  const stop = new AbortController();
  t.after(() => stop.abort());
  const served: boolean[] = [];
  const pool = new CachePool(rest, { tuning: NEVER_BY_ITSELF, observer: { onServed: (_, isServed) => served.push(isServed) } });
  pool.add(CRDS);
  pool.add(WIDGETS);
  const told: string[] = [];
  pool.onChange(WIDGETS, (before, after) => told.push(`${before?.metadata.name ?? '-'} ${after?.metadata.name ?? '-'}`));
  pool.start(stop.signal);
  await pool.whenSynced(stop.signal);
  assert.equal(pool.isServed(WIDGETS), false, 'no such kind yet, and that is no error');
  assert.deepEqual(pool.list(WIDGETS), []);

  const create = (name: string): Promise<KubeObject> =>
    rest.call({ method: 'POST', path: resourcePath(WIDGET, { namespace: 'default' }), body: objectOf(WIDGET, { name }, { spec: {} }) });
  await createWidgetKind(rest);
  await create('first');
  await eventually('the kind is followed', () => pool.list(WIDGETS).length === 1);
  assert.equal(pool.isServed(WIDGETS), true);
  assert.equal(pool.get(WIDGETS, 'first', 'default')?.kind, 'Widget');

  await rest.call({ method: 'DELETE', path: resourcePath(CUSTOM_RESOURCE_DEFINITION, { name: crdNameOf(WIDGET) }) });
  await eventually('the kind is followed', () => !pool.isServed(WIDGETS));
  assert.deepEqual(pool.list(WIDGETS), []);
  assert.deepEqual(told, ['- first', 'first -']);
  assert.equal(pool.hasSynced(), true, 'in sync stays in sync');

  await createWidgetKind(rest);
  await create('second');
  await eventually('the kind is followed', () => pool.list(WIDGETS).length === 1);
  assert.deepEqual(told, ['- first', 'first -', '- second']);
  assert.deepEqual(served, [false, true, false, true]);
});
