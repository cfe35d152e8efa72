import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { CONFIG_MAP, LEASE } from '../../../src/api/kinds.ts';
import { resourcePath } from '../../../src/k8s/resource.ts';
import { valueAt } from '../../../src/lib/json.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { CachePool } from '../../../src/runtime/cache-pool.ts';
import { createMetrics, type Metrics } from '../../../src/runtime/metrics.ts';
import { createRunner, type Runner, type RunnerOptions } from '../../../src/runtime/runner.ts';
import { RecordingLogger } from '../../unit/runtime/doubles.ts';
import { Bench, FINALIZER, WIDGET } from './fixture.ts';
import { toyController } from './toy-controller.ts';
import { eventually } from '../../support/eventually.ts';

interface Process {
  readonly runner: Runner;
  readonly logger: RecordingLogger;
  readonly metrics: Metrics;
}

describe('runner on a real API server', { timeout: 240_000 }, () => {
  let bench: Bench;
  const started: Process[] = [];

  function start(options: Partial<RunnerOptions> = {}): Process {
    const logger = new RecordingLogger();
    const metrics = createMetrics();
    const runner = createRunner({
      rest: bench.rest, cache: new CachePool(bench.rest), logger, metrics, finalizer: FINALIZER,
      controllers: [toyController()],
      minter: () => Promise.reject(new Error('nothing to mint here')), backoff: { baseMs: 50, maxMs: 1000 }, ...options,
    });
    runner.start();
    const process = { runner, logger, metrics };
    started.push(process);
    return process;
  }

  const create = (namespace: string, name: string, spec: object): Promise<unknown> =>
    bench.create(WIDGET, { apiVersion: 'runtime.test/v1', kind: 'Widget', metadata: { name, namespace }, spec });
  const widgets = async (namespace: string): Promise<readonly KubeObject[]> =>
    (await bench.rest.call<{ items: readonly KubeObject[] }>({ method: 'GET', path: resourcePath(WIDGET, { namespace }) })).items;
  const copies = async (namespace: string): Promise<readonly KubeObject[]> =>
    (await bench.rest.call<{ items: readonly KubeObject[] }>({ method: 'GET', path: resourcePath(CONFIG_MAP, { namespace }) })).items;
  const areReady = async (namespace: string, count: number): Promise<boolean> =>
    (await widgets(namespace)).filter((widget) => valueAt(widget, 'status', 'conditions') !== undefined && JSON.stringify(widget['status']).includes('AllThere')).length === count;

  before(async () => {
    bench = await Bench.start();
  });

  after(async () => {
    for (const { runner, metrics } of started) {
      await runner.stop();
      metrics.close();
    }
    await bench.stop();
  });

  test('carries many keys through, then rests: no write, and none after a restart', async () => {
    await bench.namespace('many');
    for (let index = 0; index < 60; index += 1) await create('many', `w${index}`, { copies: 3, size: index });
    const inHand = new Set<string>();
    const overlaps: string[] = [];
    const onBegin = (key: string): void => {
      if (inHand.has(key)) overlaps.push(key);
      inHand.add(key);
    };
    const first = start({ controllers: [toyController({ onBegin, onEnd: (key) => inHand.delete(key) })] });
    await eventually('all are ready', () => areReady('many', 60));
    // Events go out one after the other, after everything else.
    await eventually('the last event is out', async () => await bench.writesOf(() => delay(500)) === 0);
    assert.equal(await bench.writesOf(() => delay(1500)), 0, 'at rest');
    assert.deepEqual(overlaps, [], 'no key was with two workers');
    const failed = first.logger.lines.filter(({ level }) => level === 'warn' || level === 'error');
    assert.deepEqual(failed, [], 'nothing went wrong on the way, so no pass acted on an old cache');
    await first.runner.stop();
    const second = start();
    await eventually('the second has looked at everything', async () => (await second.metrics.text()).includes('tmesh_reconcile_total{controller="toy",result="forget"} 60'));
    assert.equal(bench.writes.filter(({ status }) => status >= 400).length, 0);
    assert.equal(await bench.writesOf(() => delay(500)), 0, 'a restart changes nothing');
    await second.runner.stop();
  });

  test('each object is written as often as needed and no more', async () => {
    await bench.namespace('few');
    const { runner } = start();
    const writes = await bench.writesOf(async () => {
      await create('few', 'one', { copies: 2, size: 1 });
      await eventually('it is ready', () => areReady('few', 1));
      await delay(300);
    });
    // The create of the test; finalizer, two copies; status and event of Copying, status and event of AllThere.
    assert.ok(writes <= 8, `${writes} writes`);
    await runner.stop();
  });

  test('repairs what others change or delete, and cleans up on deletion', async () => {
    await bench.namespace('drift');
    await create('drift', 'one', { copies: 2, size: 1 });
    const { runner } = start();
    await eventually('it is ready', () => areReady('drift', 1));
    await bench.meddle(CONFIG_MAP, { namespace: 'drift', name: 'one-0' }, { data: { size: 'theirs' } });
    await bench.rest.call({ method: 'DELETE', path: resourcePath(CONFIG_MAP, { namespace: 'drift', name: 'one-1' }) });
    await eventually('both are as they should be', async () => (await copies('drift')).filter((copy) => valueAt(copy, 'data', 'size') === '1').length === 2);
    await bench.rest.call({ method: 'DELETE', path: resourcePath(WIDGET, { namespace: 'drift', name: 'one' }) });
    await eventually('all is gone', async () => (await widgets('drift')).length === 0 && (await copies('drift')).length === 0);
    await runner.stop();
  });

  test('a bug in a planner is told on the object, hurts no other key, and is forgotten once it is gone', async () => {
    await bench.namespace('bugs');
    await create('bugs', 'poisoned', { poison: true });
    const { runner, logger } = start();
    await create('bugs', 'healthy', { copies: 1, size: 1 });
    await eventually('the other key is ready', () => areReady('bugs', 1));
    const said = async (): Promise<string> => JSON.stringify((await bench.read(WIDGET, 'poisoned', 'bugs'))['status'] ?? {});
    await eventually('the condition is there', async () => (await said()).includes('InternalError'));
    assert.match(await said(), /a bug in the planner/);
    assert.ok(logger.lines.some(({ level, fields }) => level === 'error' && fields['verdict'] === 'bug' && fields['err'] instanceof Error));
    await bench.meddle(WIDGET, { namespace: 'bugs', name: 'poisoned' }, { spec: { poison: false, copies: 1, size: 2 } });
    await eventually('it is ready too', () => areReady('bugs', 2));
    assert.doesNotMatch(await said(), /InternalError/);
    await runner.stop();
  });

  test('of two processes one leads; when it stops the other goes on within three seconds', async () => {
    await bench.namespace('pair');
    const lease = { namespace: 'pair', name: 'leader' };
    const a = start({ lease: { ...lease, identity: 'a' } });
    await eventually('the first leads', () => a.runner.isLeader());
    const b = start({ lease: { ...lease, identity: 'b' } });
    await eventually('the second has its caches', () => b.runner.isSynced());
    await create('pair', 'one', { copies: 1, size: 1 });
    await eventually('it is ready', () => areReady('pair', 1));
    assert.equal(b.runner.isLeader(), false);
    assert.equal(b.logger.lines.filter(({ message }) => message === 'reconciled').length, 0, 'who does not lead does not work');
    await assert.rejects(b.runner.rest.call({ method: 'DELETE', path: '/api/v1/namespaces/pair' }), { reason: 'NotLeader' });

    await a.runner.stop();
    assert.equal(valueAt(await bench.read(LEASE, 'leader', 'pair'), 'spec', 'holderIdentity'), '');
    const stoppedAt = performance.now();
    await eventually('the second leads', () => b.runner.isLeader());
    assert.ok(performance.now() - stoppedAt < 3000);
    await create('pair', 'two', { copies: 1, size: 1 });
    await eventually('it goes on', () => areReady('pair', 2));
    await b.runner.stop();
  });

  test('a leader that was stopped by a signal for longer than its lease writes nothing when it comes back', async (t) => {
    await bench.namespace('frozen');
    const child = spawn(process.execPath, [join(import.meta.dirname, 'standalone-writer.ts'), bench.cluster.kubeconfig], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines: string[] = [];
    t.after(() => child.kill('SIGKILL'));
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    const writtenBy = async (): Promise<readonly string[]> => (await copies('frozen')).map(({ metadata }) => metadata.annotations?.['by'] ?? '').filter((by) => by !== '');
    await eventually('the child leads and writes', async () => lines.includes('leading') && (await writtenBy()).length > 0);

    child.stdin.write('freeze\n');
    const heir = start({ controllers: [], lease: { namespace: 'frozen', name: 'leader', identity: 'heir', times: { durationMs: 3000, renewDeadlineMs: 2000, retryMs: 400 } } });
    await eventually('the heir leads', () => heir.runner.isLeader());
    const before = await writtenBy();
    child.kill('SIGCONT');
    await eventually('the child knows', () => lines.includes('not leading'));
    await delay(1000);
    assert.deepEqual(await writtenBy(), before, 'not one write');
    child.kill('SIGTERM');
    await once(child, 'exit');
    await heir.runner.stop();
  });

  test('an API server that restarts is survived: work goes on, no process dies, nothing is lost', async () => {
    await bench.namespace('outage');
    const { runner } = start();
    await create('outage', 'before', { copies: 1, size: 1 });
    await eventually('it is ready', () => areReady('outage', 1));
    const restarting = bench.cluster.restartApiServer();
    await restarting;
    await create('outage', 'after', { copies: 2, size: 1 });
    await eventually('it goes on', () => areReady('outage', 2));
    await runner.stop();
  });
});
