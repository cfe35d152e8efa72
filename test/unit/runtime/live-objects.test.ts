import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubeObject } from '../../../src/k8s/object.ts';
import type { ResourceType } from '../../../src/k8s/resource.ts';
import type { Source } from '../../../src/runtime/controller.ts';
import { covers, LiveObjects } from '../../../src/runtime/live-objects.ts';
import { ManualCache } from './doubles.ts';

const TYPE: ResourceType = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true };
const object = (labels: Readonly<Record<string, string>>, name = 'x'): KubeObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'ns', labels } });
const source = (labelSelector?: string, fieldSelector?: string): Source => ({
  id: labelSelector ?? 'all', type: TYPE, ...(labelSelector === undefined ? {} : { labelSelector }), ...(fieldSelector === undefined ? {} : { fieldSelector }),
});

describe('covers', () => {
  const cases: readonly (readonly [string, Readonly<Record<string, string>>, boolean])[] = [
    ['a=b', { a: 'b' }, true], ['a=b', { a: 'c' }, false], ['a=b', {}, false], ['a==b', { a: 'b' }, true],
    ['a!=b', { a: 'c' }, true], ['a!=b', {}, true], ['a!=b', { a: 'b' }, false],
    ['a', { a: '' }, true], ['a', {}, false], ['!a', {}, true], ['!a', { a: 'b' }, false],
    ['maistra.io/member-of', { 'maistra.io/member-of': 'ns' }, true], ['a=b,c', { a: 'b', c: 'd' }, true], ['a=b,c', { a: 'b' }, false],
    ['a in (b)', { a: 'b' }, false], ['', {}, true],
  ];
  for (const [selector, labels, expected] of cases) {
    test(`selector "${selector}" ${expected ? 'holds' : 'does not hold'} ${JSON.stringify(labels)}`, () => {
      assert.equal(covers(source(selector), object(labels)), expected);
    });
  }

  test('field selectors know the name and the namespace, and doubt everything else', () => {
    assert.equal(covers(source(undefined, 'metadata.name=x'), object({})), true);
    assert.equal(covers(source(undefined, 'metadata.name=x'), object({}, 'y')), false);
    assert.equal(covers(source(undefined, 'metadata.namespace=ns'), object({})), true);
    assert.equal(covers(source(undefined, 'spec.nodeName=x'), object({})), false);
    assert.equal(covers(source(undefined, 'metadata.name!=y'), object({})), false);
  });
});

describe('live objects', () => {
  const whole = source('a');
  const cut: Source = { ...source('b'), slim: (it) => it };
  const meta: Source = { ...source('c'), metadataOnly: true };

  test('a whole copy is preferred to a cut one', () => {
    const cache = new ManualCache([cut, meta, whole]);
    const live = new LiveObjects(cache);
    for (const each of [cut, meta]) cache.put(each, object({}));
    assert.equal(live.find({ type: TYPE, name: 'x', namespace: 'ns' })?.isWhole, false);
    cache.put(whole, object({}));
    assert.equal(live.find({ type: TYPE, name: 'x', namespace: 'ns' })?.source, whole);
  });

  test('what no source holds is not found', () => {
    const live = new LiveObjects(new ManualCache([whole]));
    assert.equal(live.find({ type: TYPE, name: 'x', namespace: 'ns' }), undefined);
    assert.equal(live.find({ type: { ...TYPE, kind: 'Other' }, name: 'x' }), undefined);
  });

  test('a kind that is not served covers nothing', () => {
    const cache = new ManualCache([whole]);
    const live = new LiveObjects(cache);
    assert.deepEqual(live.covering(TYPE, object({ a: '' })), [whole]);
    cache.absentKinds.add(whole.id);
    assert.deepEqual(live.covering(TYPE, object({ a: '' })), []);
  });
});
