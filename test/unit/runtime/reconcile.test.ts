import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { EMPTY_PLAN, type Outcome, type Plan, type StatusWrite } from '../../../src/k8s/plan.ts';
import { valueAt } from '../../../src/lib/json.ts';
import { conditionsOf } from '../../../src/runtime/condition-events.ts';
import type { Controller } from '../../../src/runtime/controller.ts';
import { Queue } from '../../../src/runtime/queue.ts';
import { Reconciler, type Verdict } from '../../../src/runtime/reconcile.ts';
import { ApiError } from '../../../src/runtime/rest.ts';
import { settle } from '../../support/fake-time.ts';
import { CONFIG_MAP, configMap, CONFIG_MAPS, figure, unitBench, WIDGET, widget, WIDGETS, type UnitBench } from './bench.ts';

interface Script {
  observe: () => string | undefined;
  plan: () => Partial<Plan>;
  status: (outcome: Outcome) => readonly StatusWrite[];
}

const APPLY = { do: 'apply', type: CONFIG_MAP, object: configMap({ k: 'v' }) } as const;

/** The status in the body of a status request: the value of its last operation. */
const statusPut = (body: unknown): unknown => (Array.isArray(body) ? valueAt(body.at(-1), 'value') : undefined);

describe('reconcile', () => {
  let bench: UnitBench;
  let queue: Queue;
  let script: Script;
  let reconciler: Reconciler<string>;
  const signal = new AbortController().signal;

  beforeEach(() => {
    bench = unitBench();
    queue = new Queue({ time: bench.time });
    script = { observe: () => 'seen', plan: () => ({}), status: () => [] };
    const controller: Controller<string> = {
      name: 'toy', watches: [], primary: WIDGETS,
      observe: () => script.observe(), plan: () => ({ ...EMPTY_PLAN, ...script.plan() }), status: (_observed, _plan, outcome) => script.status(outcome),
    };
    reconciler = new Reconciler(controller, bench.context, queue);
  });

  const pass = (): Promise<Verdict> => reconciler.pass({ key: 'ns/w', causes: ['widgets ns/w changed'], waitedMs: 3 }, signal);
  /** When the key comes again by itself, in ms; undefined = never. */
  async function comesAgain(): Promise<number | undefined> {
    let at: number | undefined;
    const take = async (): Promise<void> => {
      if (await queue.next() !== undefined) at = bench.time.monotonicMs();
    };
    void take();
    const start = bench.time.monotonicMs();
    await bench.time.advance(400_000);
    queue.close();
    return at === undefined ? undefined : at - start;
  }
  const lastLine = (): Readonly<Record<string, unknown>> => bench.logger.lines.at(-1)?.fields ?? {};

  test('nothing to do: the key is forgotten, with one line that says so', async () => {
    assert.equal(await pass(), 'forget');
    assert.equal(bench.logger.lines.length, 1);
    const [line] = bench.logger.lines;
    assert.deepEqual([line?.level, line?.message], ['info', 'reconciled']);
    const { controller, namespace, name, verdict, wake, written, ms } = lastLine();
    assert.deepEqual({ controller, namespace, name, verdict, wake, written, ms }, { controller: 'toy', namespace: 'ns', name: 'w', verdict: 'forget', wake: ['widgets ns/w changed'], written: 0, ms: 0 });
    assert.equal(await comesAgain(), undefined);
  });

  test('what is gone is neither planned nor written', async () => {
    script.observe = () => undefined;
    script.plan = () => assert.fail('not planned');
    assert.equal(await pass(), 'gone');
    assert.equal(await comesAgain(), undefined);
  });

  test('a plan may ask to come back', async () => {
    script.plan = () => ({ recheckAfterMs: 5000 });
    assert.equal(await pass(), 'again');
    assert.equal(await comesAgain(), 5000);
  });

  test('status is made from what came of the plan, also when it failed', async () => {
    bench.rest.answer = ({ path }) => {
      if (path.includes('configmaps')) throw new ApiError(403, 'Forbidden', 'not allowed');
      return { metadata: { name: 'w', namespace: 'ns', resourceVersion: '2' } };
    };
    script.plan = () => ({ stages: [[APPLY]] });
    script.status = ({ failures }) => [{ type: WIDGET, object: widget('w'), status: { failed: failures.length } }];
    assert.equal(await pass(), 'recheck');
    assert.deepEqual(bench.rest.calls.map(({ path }) => path.split('/').at(-1)), ['x', 'status']);
    assert.match(String(lastLine()['failure']), /^apply ConfigMap ns\/x: 403 Forbidden not allowed$/);
    assert.equal(bench.logger.lines.at(-1)?.level, 'warn');
    assert.equal(await comesAgain(), 60_000);
  });

  test('trouble that passes backs off, longer each time, and success starts over', async () => {
    script.plan = () => ({ stages: [[APPLY]] });
    bench.rest.answer = () => {
      throw new ApiError(500, '', 'down');
    };
    const delays: unknown[] = [];
    for (let count = 0; count < 3; count += 1) {
      assert.equal(await pass(), 'backoff');
      delays.push(lastLine()['afterMs']);
    }
    assert.deepEqual(delays, [150, 300, 600]);
    bench.rest.answer = () => ({ metadata: { name: 'x', namespace: 'ns', resourceVersion: '2' } });
    assert.equal(await pass(), 'forget');
    bench.cache.put(CONFIG_MAPS, configMap({ k: 'v' }, { resourceVersion: '2' }));
    bench.rest.answer = () => {
      throw new ApiError(500, '', 'down');
    };
    script.plan = () => ({ stages: [[{ ...APPLY, object: configMap({ k: 'w' }) }]] });
    await pass();
    assert.equal(lastLine()['afterMs'], 150);
  });

  test('a status that cannot be written decides the verdict too', async () => {
    bench.rest.answer = () => {
      throw new ApiError(409, 'Conflict', 'later');
    };
    script.status = () => [{ type: WIDGET, object: widget('w'), status: { a: 1 } }];
    assert.equal(await pass(), 'backoff');
    assert.match(String(lastLine()['statusFailure']), /409 later/);
  });

  test('while the cache is behind our last write the key is left alone, and woken when it caught up', async () => {
    script.plan = () => ({ stages: [[APPLY]] });
    bench.rest.answer = () => ({ metadata: { name: 'x', namespace: 'ns', uid: 'u', resourceVersion: '7' } });
    await pass();
    script.observe = () => assert.fail('not observed on an old cache');
    assert.equal(await pass(), 'wait');
    assert.equal(bench.logger.lines.at(-1)?.level, 'debug');
    bench.cache.put(CONFIG_MAPS, configMap({ k: 'v' }, { uid: 'u', resourceVersion: '7' }));
    assert.deepEqual(bench.woken, ['toy ns/w']);
    script.observe = () => 'seen';
    script.plan = () => ({});
    assert.equal(await pass(), 'forget');
  });

  test('an echo that never comes does not hold the key for ever', async () => {
    script.plan = () => ({ stages: [[APPLY]] });
    bench.rest.answer = () => ({ metadata: { name: 'x', namespace: 'ns', uid: 'u', resourceVersion: '7' } });
    await pass();
    assert.equal(await pass(), 'wait');
    assert.equal(await comesAgain(), 5000);
  });

  for (const part of ['observe', 'plan', 'status'] as const) {
    test(`a throw in ${part} is a bug: logged with its stack, counted, told on the object, and backed off`, async () => {
      bench.cache.put(WIDGETS, widget('w', {}, { status: { size: 1, conditions: [{ type: 'Ready', status: 'True', reason: 'R', message: 'm', lastTransitionTime: 't' }] } }));
      script[part] = () => {
        throw new Error('boom');
      };
      assert.equal(await pass(), 'bug');
      const line = bench.logger.lines.at(-1);
      assert.equal(line?.level, 'error');
      const err = line?.fields['err'];
      assert.match(err instanceof Error ? String(err.stack) : '', /boom[\s\S]*reconcile\.test/);
      assert.equal(await figure(bench.metrics, 'tmesh_reconcile_total{controller="toy",result="bug"}'), 1);
      const status = statusPut(bench.rest.calls[0]?.body);
      assert.equal(valueAt(status, 'size'), 1);
      const conditions = conditionsOf(status);
      assert.deepEqual(conditions.map(({ type }) => type), ['Ready', 'InternalError']);
      assert.match(conditions[1]?.message ?? '', /boom/);
      assert.equal(await comesAgain(), 150);
    });
  }

  test('a bug with no object to tell it on is only logged', async () => {
    script.plan = () => {
      throw new Error('boom');
    };
    assert.equal(await pass(), 'bug');
    assert.equal(bench.rest.calls.length, 0);
    assert.equal(lastLine()['reported'], false);
  });

  test('the same bug again is not written again', async () => {
    const told = { type: 'InternalError', status: 'True', reason: 'InternalError', message: 'The operator failed on this object, please report it: boom', lastTransitionTime: 't' };
    bench.cache.put(WIDGETS, widget('w', {}, { status: { conditions: [told] } }));
    script.plan = () => {
      throw new Error('boom');
    };
    await pass();
    assert.equal(bench.rest.calls.length, 0);
  });

  test('a pass that takes too long is aborted and backs off', async () => {
    script.plan = () => ({ stages: [[APPLY]] });
    bench.rest.answer = ({ signal: given }) => new Promise((_, reject) => given?.addEventListener('abort', () => reject(new ApiError(0, '', 'aborted'))));
    const verdict = pass();
    await bench.time.advance(59_999);
    assert.equal(bench.logger.lines.length, 0);
    await bench.time.advance(1);
    assert.equal(await verdict, 'backoff');
  });

  test('a pass ends with the term it belongs to, and leaves no timer', async () => {
    const term = new AbortController();
    script.plan = () => ({ stages: [[APPLY]] });
    bench.rest.answer = ({ signal: given }) => new Promise((_, reject) => given?.addEventListener('abort', () => reject(new ApiError(0, '', 'aborted'))));
    const verdict = reconciler.pass({ key: 'ns/w', causes: [], waitedMs: 0 }, term.signal);
    await settle();
    term.abort();
    assert.equal(await verdict, 'backoff');
    queue.close();
    assert.equal(bench.time.pending, 0);
  });
});
