import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { keyOfObject } from '../../../src/k8s/key.ts';
import { EMPTY_PLAN } from '../../../src/k8s/plan.ts';
import type { Watch } from '../../../src/runtime/controller.ts';
import { Term, type AnyController } from '../../../src/runtime/term.ts';
import { settle } from '../../support/fake-time.ts';
import { unitBench, widget, WIDGETS, type UnitBench } from './bench.ts';
import { ManualCache } from './doubles.ts';

describe('term', () => {
  let bench: UnitBench;
  let passes: string[];
  let watch: Watch;
  let controller: AnyController;
  let term: Term;

  beforeEach(() => {
    bench = unitBench();
    passes = [];
    watch = { source: WIDGETS, toKeys: (object) => [keyOfObject(object)] };
    controller = {
      name: 'toy', watches: [watch], plan: () => EMPTY_PLAN, status: () => [],
      observe: (key) => {
        passes.push(key);
        return key;
      },
    };
    term = begin(controller);
  });

  function begin(it: AnyController, cache = bench.cache): Term {
    const context = { ...bench.context, cache };
    return new Term({ controllers: [it], context, resyncMs: 1_000_000 });
  }

  test('begins with every object there is, once the caches are complete', async () => {
    const cache = new ManualCache([WIDGETS], { isSynced: false });
    const early = begin(controller, cache);
    cache.put(WIDGETS, widget('a'));
    const done = early.run();
    early.changed(controller, watch, undefined, widget('b'));
    await settle();
    assert.deepEqual(passes, [], 'no decision on half a cache');
    cache.becomeSynced();
    await settle();
    assert.deepEqual(passes, ['ns/a']);
    await early.drain(1000);
    await done;
  });

  test('can be given up before the caches are complete', async () => {
    const early = begin(controller, new ManualCache([WIDGETS], { isSynced: false }));
    const done = early.run();
    await early.drain(5000);
    await done;
    assert.deepEqual(passes, []);
  });

  test('an update can name its keys by what changed', async () => {
    const done = term.run();
    await settle();
    watch = { source: WIDGETS, toKeys: () => ['all'], changeToKeys: (before, after) => [`${before.metadata.resourceVersion}-${after.metadata.resourceVersion}`] };
    term.changed(controller, watch, widget('a'), widget('a', { resourceVersion: '2' }));
    await settle();
    assert.deepEqual(passes, ['1-2']);
    term.changed(controller, watch, undefined, widget('a'));
    await settle();
    assert.deepEqual(passes, ['1-2', 'all']);
    await term.drain(1000);
    await done;
  });

  test('changes of a delayed watch wake a key once, that long after the first', async () => {
    const done = term.run();
    await settle();
    watch = { source: WIDGETS, delayMs: 1000, toKeys: () => ['ns/mesh'] };
    term.changed(controller, watch, undefined, widget('a'));
    await bench.time.advance(900);
    term.changed(controller, watch, undefined, widget('b'));
    await settle();
    assert.deepEqual(passes, []);
    await bench.time.advance(100);
    await settle();
    assert.deepEqual(passes, ['ns/mesh']);
    await bench.time.advance(5000);
    await settle();
    assert.deepEqual(passes, ['ns/mesh']);
    await term.drain(1000);
    await done;
  });

  test('changes of a watch that waits for quiet wake a key once they have ended, and all that waits is dropped at the end', async () => {
    const done = term.run();
    await settle();
    watch = { source: WIDGETS, quietMs: 1000, toKeys: () => ['ns/mesh'] };
    for (const name of ['a', 'b', 'c']) {
      term.changed(controller, watch, undefined, widget(name));
      await bench.time.advance(900);
    }
    await settle();
    assert.deepEqual(passes, []);
    await bench.time.advance(100);
    await settle();
    assert.deepEqual(passes, ['ns/mesh']);
    term.changed(controller, watch, undefined, widget('d'));
    await term.drain(1000);
    await bench.time.advance(5000);
    assert.deepEqual(passes, ['ns/mesh']);
    await done;
  });

  test('a change wakes the keys of the old and of the new object', async () => {
    const done = term.run();
    await settle();
    watch = { source: WIDGETS, toKeys: ({ metadata }) => metadata.labels === undefined ? [] : Object.values(metadata.labels) };
    term.changed(controller, watch, widget('a', { labels: { roll: 'old' } }), widget('a', { labels: { roll: 'new' } }));
    await settle();
    assert.deepEqual(passes.toSorted(), ['new', 'old']);
    assert.deepEqual(term.queueOf('toy')?.causesOf('new'), ['widgets ns/a changed']);
    await term.drain(1000);
    await done;
  });

  test('additions, deletions and irrelevant changes are told apart', async () => {
    const done = term.run();
    await settle();
    const picky: Watch = { ...watch, isRelevant: (before, after) => before === undefined || after === undefined };
    term.changed(controller, picky, undefined, widget('a'));
    term.changed(controller, picky, widget('b'), widget('b', { resourceVersion: '2' }));
    term.changed(controller, picky, widget('c'), undefined);
    await settle();
    assert.deepEqual(passes, ['ns/a', 'ns/c']);
    assert.deepEqual(term.queueOf('toy')?.causesOf('ns/c'), ['widgets ns/c deleted']);
    await term.drain(1000);
    await done;
  });

  test('a watch function that throws is reported and stops nothing', async () => {
    bench.cache.put(WIDGETS, widget('a'));
    const broken: Watch = { source: WIDGETS, toKeys: () => { throw new Error('boom'); } };
    const it: AnyController = { ...controller, watches: [broken, watch] };
    const other = begin(it);
    const done = other.run();
    await settle();
    other.changed(it, broken, undefined, widget('b'));
    assert.deepEqual(passes, ['ns/a']);
    assert.equal(bench.logger.lines.filter(({ level }) => level === 'error').length, 2);
    await other.drain(1000);
    await done;
  });

  test('everything is looked at again after the resync time', async () => {
    bench.cache.put(WIDGETS, widget('a'));
    const done = term.run();
    await settle();
    await bench.time.advance(1_050_000);
    assert.deepEqual(passes, ['ns/a', 'ns/a']);
    await term.drain(1000);
    await done;
    assert.equal(bench.time.pending, 0);
  });

  test('a kind that comes or goes wakes those who watch it, and nobody else', async () => {
    bench.cache.put(WIDGETS, widget('a'));
    const done = term.run();
    await settle();
    term.kindChanged({ ...WIDGETS, id: 'others' });
    await settle();
    assert.deepEqual(passes, ['ns/a']);
    term.kindChanged(WIDGETS);
    await settle();
    assert.deepEqual(passes, ['ns/a', 'ns/a']);
    await term.drain(1000);
    await done;
  });

  test('draining takes no new key, lets the pass under way finish, and ends', async () => {
    let finish = (): void => undefined;
    bench.rest.answer = () => new Promise((resolve) => {
      finish = () => resolve({ metadata: { name: 'a', namespace: 'ns', resourceVersion: '2' } });
    });
    bench.cache.put(WIDGETS, widget('a'));
    const slow = begin({ ...controller, status: () => [{ type: WIDGETS.type, object: widget('a'), status: { seen: true } }] });
    const done = slow.run();
    await settle();
    const drained = slow.drain(5000);
    slow.changed(controller, watch, undefined, widget('b'));
    await settle();
    finish();
    await drained;
    await done;
    assert.deepEqual(passes, ['ns/a']);
    assert.equal(bench.logger.lines.at(-1)?.fields['verdict'], 'forget');
  });

  test('what does not finish in time is aborted', async () => {
    bench.rest.answer = ({ signal }) => new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted'))));
    bench.cache.put(WIDGETS, widget('a'));
    const slow = begin({ ...controller, status: () => [{ type: WIDGETS.type, object: widget('a'), status: { seen: true } }] });
    const done = slow.run();
    await settle();
    const drained = slow.drain(5000);
    await bench.time.advance(5000);
    await drained;
    await done;
    assert.equal(bench.logger.lines.at(-1)?.fields['verdict'], 'backoff');
  });
});
