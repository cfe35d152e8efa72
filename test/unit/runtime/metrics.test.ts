import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import { cacheObserver, pluralOf, requestCounter, watchGauges } from '../../../src/runtime/metrics-hooks.ts';
import { figure, WIDGETS } from './bench.ts';
import { RecordingLogger } from './doubles.ts';

describe('metrics', () => {
  test('every name begins with tmesh_ and those that were promised are there', async () => {
    const metrics = createMetrics();
    const names = (await metrics.registry.getMetricsAsJSON()).map(({ name }) => name);
    metrics.close();
    assert.deepEqual(names.filter((name) => !name.startsWith('tmesh_')), []);
    for (const name of ['reconcile_total', 'reconcile_seconds', 'queue_depth', 'queue_oldest_seconds', 'watch_restarts_total', 'watch_last_byte_seconds',
      'relist_found_missed_total', 'apply_total', 'apply_skipped_total', 'api_requests_total', 'leader', 'eventloop_lag_seconds']) {
      assert.ok(names.includes(`tmesh_${name}`), name);
    }
  });

  test('two sets of metrics do not know each other', async () => {
    const [a, b] = [createMetrics(), createMetrics()];
    a.apply.inc({ kind: 'Pod', result: 'changed' });
    assert.equal(await figure(a, 'tmesh_apply_total{kind="Pod",result="changed"}'), 1);
    assert.equal(await figure(b, 'tmesh_apply_total{kind="Pod",result="changed"}'), 0);
    a.close();
    b.close();
  });

  test('requests are counted by method, kind and code', async () => {
    const metrics = createMetrics();
    requestCounter(metrics)({ method: 'PATCH', path: '/apis/apps/v1/namespaces/a/deployments/b/status', status: 200, ms: 3 });
    assert.equal(await figure(metrics, 'tmesh_api_requests_total{method="PATCH",kind="deployments",code="200"}'), 1);
    metrics.close();
  });

  const paths: readonly (readonly [string, string])[] = [
    ['/api/v1/namespaces', 'namespaces'], ['/api/v1/namespaces/a', 'namespaces'], ['/api/v1/namespaces/a/status', 'namespaces'], ['/api/v1/namespaces/a/finalize', 'namespaces'],
    ['/api/v1/namespaces/a/pods', 'pods'], ['/api/v1/pods?watch=1', 'pods'], ['/apis/apps/v1/deployments', 'deployments'],
    ['/apis/apiextensions.k8s.io/v1/customresourcedefinitions/x', 'customresourcedefinitions'], ['/readyz', ''],
  ];
  for (const [path, kind] of paths) test(`${path} is about "${kind}"`, () => assert.equal(pluralOf(path), kind));

  test('what reflectors tell is counted and logged by its weight', async () => {
    const [metrics, logger] = [createMetrics(), new RecordingLogger()];
    const observer = cacheObserver(metrics, logger);
    observer.onEnd?.(WIDGETS, 'end', undefined);
    observer.onEnd?.(WIDGETS, 'broken', new Error('reset'));
    observer.onListed?.(WIDGETS, { objects: 3, pages: 1, missed: 2 });
    observer.onServed?.(WIDGETS, false);
    observer.onFault?.(WIDGETS, new Error('boom'));
    assert.deepEqual(logger.lines.map(({ level }) => level), ['debug', 'warn', 'debug', 'info', 'error']);
    assert.equal(await figure(metrics, 'tmesh_watch_restarts_total{source="widgets",cause="broken"}'), 1);
    assert.equal(await figure(metrics, 'tmesh_relist_found_missed_total{source="widgets"}'), 2);
    metrics.close();
  });

  test('the silence of watches is read with the metrics', async () => {
    const metrics = createMetrics();
    watchGauges(metrics, () => new Map([['widgets', 2500], ['never', Infinity]]));
    assert.equal(await figure(metrics, 'tmesh_watch_last_byte_seconds{source="widgets"}'), 2.5);
    metrics.close();
  });
});
