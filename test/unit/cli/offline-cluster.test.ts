import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as kinds from '../../../src/api/kinds.ts';
import { OfflineCluster } from '../../../src/cli/offline-cluster.ts';
import { playControllers } from '../../../src/cli/play.ts';
import { EMPTY_PLAN, type Plan, type StatusWrite } from '../../../src/k8s/plan.ts';
import { objectOf } from '../../../src/k8s/resource.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import type { Controller, Source } from '../../../src/runtime/controller.ts';

const namespaces: Source = { id: 'ns', type: kinds.NAMESPACE, indexes: { team: (object) => [object.metadata.labels?.['team'] ?? ''] } };
const labelled: Source = { id: 'labelled', type: kinds.NAMESPACE, labelSelector: 'team=a' };
const deployments: Source = { id: 'deployments', type: kinds.DEPLOYMENT };
const named: Source = { id: 'named', type: kinds.CONFIG_MAP, fieldSelector: 'metadata.name=wanted' };

const namespace = (name: string, labels: Record<string, string> = {}): KubeObject => objectOf(kinds.NAMESPACE, { name, labels });

test('sources select by label, field and index', () => {
  const cluster = new OfflineCluster([]);
  cluster.put(kinds.NAMESPACE, namespace('one', { team: 'a' }));
  cluster.put(kinds.NAMESPACE, namespace('two'));
  cluster.put(kinds.CONFIG_MAP, objectOf(kinds.CONFIG_MAP, { name: 'wanted', namespace: 'one' }));
  cluster.put(kinds.CONFIG_MAP, objectOf(kinds.CONFIG_MAP, { name: 'other', namespace: 'one' }));
  assert.equal(cluster.list(namespaces).length, 2);
  assert.deepEqual(cluster.list(labelled).map((object) => object.metadata.name), ['one']);
  assert.equal(cluster.get(labelled, 'two'), undefined);
  assert.equal(cluster.indexed(namespaces, 'team', 'a').length, 1);
  assert.equal(cluster.indexed(namespaces, 'no-such-index', 'a').length, 0);
  assert.deepEqual(cluster.list(named).map((object) => object.metadata.name), ['wanted']);
  assert.equal(cluster.list(named, 'two').length, 0);
});

test('a kind may not be served', () => {
  const cluster = new OfflineCluster([kinds.ROUTE]);
  assert.ok(!cluster.isServed({ id: 'routes', type: kinds.ROUTE }));
  assert.ok(cluster.isServed(namespaces));
});

test('a merge patch adds, changes and removes, and never creates', () => {
  const cluster = new OfflineCluster([]);
  cluster.put(kinds.NAMESPACE, namespace('one', { team: 'a', old: 'x' }));
  const ref = { type: kinds.NAMESPACE, name: 'one' };
  assert.ok(cluster.carryOut({ do: 'patch', ref, patch: { metadata: { labels: { old: null, fresh: 'y' } } } }));
  assert.deepEqual(cluster.get(namespaces, 'one')?.metadata.labels, { team: 'a', fresh: 'y' });
  assert.ok(!cluster.carryOut({ do: 'patch', ref: { ...ref, name: 'absent' }, patch: { metadata: { labels: { a: 'b' } } } }));
  assert.equal(cluster.get(namespaces, 'absent'), undefined);
});

test('the same step carried out twice changes nothing the second time', () => {
  const cluster = new OfflineCluster([]);
  const apply = { do: 'apply', type: kinds.NAMESPACE, object: namespace('one') } as const;
  assert.ok(cluster.carryOut(apply));
  assert.ok(!cluster.carryOut(apply));
  const remove = { do: 'remove', ref: { type: kinds.NAMESPACE, name: 'one' } } as const;
  assert.ok(cluster.carryOut(remove));
  assert.ok(!cluster.carryOut(remove));
});

test('a minted Secret is made once and not overwritten', () => {
  const cluster = new OfflineCluster([]);
  const mint = (label: string) => ({ do: 'mint', type: kinds.SECRET, request: { object: objectOf(kinds.SECRET, { name: 's', namespace: 'n', labels: { label } }), values: {} } }) as const;
  assert.ok(cluster.carryOut(mint('first')));
  assert.ok(!cluster.carryOut(mint('second')));
});

test('a workload is healthy as soon as it is there', () => {
  const cluster = new OfflineCluster([]);
  cluster.put(kinds.DEPLOYMENT, objectOf(kinds.DEPLOYMENT, { name: 'd', namespace: 'n' }, { spec: { replicas: 3 } }));
  assert.deepEqual((cluster.get(deployments, 'd', 'n')?.['status'] as { readyReplicas: number }).readyReplicas, 3);
});

/** Labels every namespace once and gives it a status; with `restless` it never stops. */
function labeller(restless: boolean): Controller<KubeObject> {
  let passes = 0;
  return {
    name: 'labeller',
    watches: [{ source: namespaces, toKeys: (object) => [object.metadata.name] }],
    observe: (key, read) => read.get(namespaces, key),
    plan(observed): Plan {
      const value = restless ? String(passes++) : 'yes';
      return { ...EMPTY_PLAN, stages: [[{ do: 'patch', ref: { type: kinds.NAMESPACE, name: observed.metadata.name }, patch: { metadata: { labels: { seen: value } } } }],
        [{ do: 'apply', type: kinds.CONFIG_MAP, object: objectOf(kinds.CONFIG_MAP, { name: 'copy', namespace: observed.metadata.name }) }]] };
    },
    status: (observed): StatusWrite[] => [{ type: kinds.NAMESPACE, object: observed, status: { phase: 'Active' } }],
  };
}

test('controllers are played until nothing changes, and the applied objects come out once each', () => {
  const cluster = new OfflineCluster([]);
  cluster.put(kinds.NAMESPACE, namespace('one'));
  cluster.put(kinds.NAMESPACE, namespace('two'));
  const played = playControllers([labeller(false)], cluster);
  assert.deepEqual(played.objects.map((object) => object.metadata.namespace), ['one', 'two']);
  assert.equal(cluster.get(namespaces, 'one')?.metadata.labels?.['seen'], 'yes');
  assert.deepEqual(cluster.get(namespaces, 'two')?.['status'], { phase: 'Active' });
});

test('controllers that never come to rest are a bug, and said to be one', () => {
  const cluster = new OfflineCluster([]);
  cluster.put(kinds.NAMESPACE, namespace('one'));
  assert.throws(() => playControllers([labeller(true)], cluster), /did not come to rest/);
});
