import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { isPatched, SkipLaw, type ApplyStep } from '../../../src/runtime/apply.ts';
import { LiveObjects } from '../../../src/runtime/live-objects.ts';
import { CONFIG_MAP, configMap, CONFIG_MAPS, SECRET, SECRETS } from './bench.ts';
import { ManualCache } from './doubles.ts';

const entry = (fields: readonly string[]): object =>
  ({ manager: 'tmesh-toy', operation: 'Apply', fieldsV1: { 'f:data': Object.fromEntries(fields.map((name) => [`f:${name}`, {}])) } });
const live = (data: Readonly<Record<string, string>>, resourceVersion: string, fields = Object.keys(data), uid = 'u'): KubeObject =>
  configMap(data, { uid, resourceVersion, managedFields: [entry(fields)] });
const step = (data: Readonly<Record<string, string>>): ApplyStep => ({ do: 'apply', type: CONFIG_MAP, object: configMap(data) });

describe('the skip law for applies', () => {
  let cache: ManualCache;
  let law: SkipLaw;
  const send = (what: ApplyStep, answer: KubeObject): void => law.applied(what, law.judgeApply(what).payload, answer);
  const isNeedless = (what: ApplyStep): boolean => law.judgeApply(what).isNeedless;

  beforeEach(() => {
    cache = new ManualCache([CONFIG_MAPS, SECRETS]);
    law = new SkipLaw(new LiveObjects(cache), 'tmesh-toy');
  });

  test('an object that is not there is applied', () => {
    assert.equal(isNeedless(step({ k: 'v' })), false);
  });

  test('the payload just applied is in place while the version is the one we got back', () => {
    // The server rewrote the value, so only memory can know.
    cache.put(CONFIG_MAPS, live({ k: 'rewritten' }, '7'));
    assert.equal(isNeedless(step({ k: 'v' })), false);
    send(step({ k: 'v' }), live({ k: 'rewritten' }, '7'));
    assert.equal(isNeedless(step({ k: 'v' })), true);
    assert.equal(isNeedless(step({ k: 'w' })), false, 'another payload is not');
  });

  test('it stays in place when only others\' fields moved, and not when ours did', () => {
    send(step({ k: 'v' }), live({ k: 'rewritten' }, '7'));
    cache.put(CONFIG_MAPS, live({ k: 'rewritten', theirs: 'x' }, '9', ['k']));
    assert.equal(isNeedless(step({ k: 'v' })), true);
    cache.put(CONFIG_MAPS, live({ k: 'taken' }, '10', []));
    assert.equal(isNeedless(step({ k: 'v' })), false, 'who changes our field takes it out of our entry');
  });

  test('memory of one incarnation says nothing about the next', () => {
    send(step({ k: 'v' }), live({ k: 'rewritten' }, '7'));
    cache.put(CONFIG_MAPS, live({ k: 'rewritten' }, '7', ['k'], 'another'));
    assert.equal(isNeedless(step({ k: 'v' })), false);
  });

  test('without memory the object itself tells', () => {
    cache.put(CONFIG_MAPS, live({ k: 'v' }, '7'));
    assert.equal(isNeedless(step({ k: 'v' })), true);
    assert.equal(isNeedless(step({ k: 'w' })), false);
  });

  test('of an object that was cut before it was cached only memory tells', () => {
    const what: ApplyStep = { do: 'apply', type: SECRET, object: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x', namespace: 'ns' } } };
    const there = { ...what.object, metadata: { ...what.object.metadata, uid: 'u', resourceVersion: '7', managedFields: [{ manager: 'tmesh-toy', operation: 'Apply', fieldsV1: {} }] } };
    cache.put(SECRETS, there);
    assert.equal(isNeedless(what), false);
    send(what, there);
    assert.equal(isNeedless(what), true);
  });

  test('an object that no cache could hold is applied when its payload changes', () => {
    law = new SkipLaw(new LiveObjects(new ManualCache([{ ...CONFIG_MAPS, labelSelector: 'other' }])), 'tmesh-toy');
    assert.equal(isNeedless(step({ k: 'v' })), false);
    send(step({ k: 'v' }), configMap({}, { resourceVersion: '7' }));
    assert.equal(isNeedless(step({ k: 'v' })), true);
    assert.equal(isNeedless(step({ k: 'w' })), false);
    law.isRemoveNeedless({ do: 'remove', ref: { type: CONFIG_MAP, name: 'x', namespace: 'ns' } });
    assert.equal(isNeedless(step({ k: 'v' })), false, 'what we removed is not in place');
  });

  test('an object that a cache would hold, and does not, is gone', () => {
    send(step({ k: 'v' }), live({ k: 'v' }, '7'));
    assert.equal(isNeedless(step({ k: 'v' })), false);
  });

  test('a deletion that only one of several sources has seen yet is repaired', () => {
    const second = { ...CONFIG_MAPS, id: 'a second view' };
    cache = new ManualCache([CONFIG_MAPS, second]);
    law = new SkipLaw(new LiveObjects(cache), 'tmesh-toy');
    for (const source of [CONFIG_MAPS, second]) cache.put(source, live({ k: 'v' }, '7'));
    assert.equal(isNeedless(step({ k: 'v' })), true);
    cache.drop(second, 'x', 'ns');
    assert.equal(isNeedless(step({ k: 'v' })), false);
    cache.put(second, live({ k: 'v' }, '8'));
    assert.equal(isNeedless(step({ k: 'v' })), false, 'the first source still shows the deleted one');
    cache.put(CONFIG_MAPS, live({ k: 'v' }, '8'));
    assert.equal(isNeedless(step({ k: 'v' })), true);
  });
});

describe('the skip law for the other steps', () => {
  const ref = { type: CONFIG_MAP, name: 'x', namespace: 'ns' };
  let cache: ManualCache;
  let law: SkipLaw;

  beforeEach(() => {
    cache = new ManualCache([CONFIG_MAPS, SECRETS]);
    law = new SkipLaw(new LiveObjects(cache), 'tmesh-toy');
  });

  test('a patch is needless when all it says is so already, on the incarnation it names', () => {
    const patch = { data: { k: 'v', gone: null } };
    assert.equal(law.isPatchNeedless({ do: 'patch', ref, patch }), false, 'nothing there: let the server say so');
    cache.put(CONFIG_MAPS, live({ k: 'v', more: 'x' }, '7'));
    assert.equal(law.isPatchNeedless({ do: 'patch', ref, patch }), true);
    assert.equal(law.isPatchNeedless({ do: 'patch', ref: { ...ref, uid: 'u' }, patch }), true);
    assert.equal(law.isPatchNeedless({ do: 'patch', ref: { ...ref, uid: 'other' }, patch }), false);
  });

  test('a removal is needless while the object is on its way out', () => {
    cache.put(CONFIG_MAPS, configMap({}, { uid: 'u', deletionTimestamp: '2026-01-01T00:00:00Z' }));
    assert.equal(law.isRemoveNeedless({ do: 'remove', ref }), true);
    assert.equal(law.isRemoveNeedless({ do: 'remove', ref: { ...ref, uid: 'other' } }), false);
    cache.put(CONFIG_MAPS, configMap({}, { uid: 'u' }));
    assert.equal(law.isRemoveNeedless({ do: 'remove', ref }), false);
  });
});

describe('is patched', () => {
  const there = { a: 1, b: { c: [1, { d: 2 }], e: null } };
  const cases: readonly (readonly [Parameters<typeof isPatched>[1], boolean])[] = [
    [{}, true], [{ a: 1 }, true], [{ a: 2 }, false], [{ a: null }, false], [{ z: null }, true], [{ z: 1 }, false], [{ b: { c: [1, { d: 2 }] } }, true],
    [{ b: { c: [1] } }, false], [{ b: { e: null } }, true], [{ b: { x: { y: 1 } } }, false], [{ a: undefined }, true], [{ a: { deep: null } }, false],
  ];
  for (const [patch, expected] of cases) test(`${JSON.stringify(patch)} ${expected ? 'changes nothing' : 'changes something'}`, () => assert.equal(isPatched(there, patch), expected));
});
