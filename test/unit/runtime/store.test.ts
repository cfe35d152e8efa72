import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { Store } from '../../../src/runtime/store.ts';

type Told = readonly [before: string | undefined, after: string | undefined];

const object = (name: string, resourceVersion: string, more: Partial<KubeObject['metadata']> = {}): KubeObject =>
  ({ apiVersion: 'v1', kind: 'Thing', metadata: { name, namespace: 'here', uid: `uid-${name}`, resourceVersion, ...more } });

const failOnFault = (error: unknown): never => {
  throw error;
};

const byColour = { colour: (thing: KubeObject): readonly string[] => Object.keys(thing.metadata.labels ?? {}) };

function listened(shape: ConstructorParameters<typeof Store>[0] = {}): { store: Store; told: Told[] } {
  const store = new Store(shape, failOnFault);
  const told: Told[] = [];
  store.onChange((before, after) => told.push([before?.metadata.resourceVersion, after?.metadata.resourceVersion]));
  return { store, told };
}

test('additions, changes and deletions are told with the state before and after', () => {
  const { store, told } = listened();
  store.upsert(object('a', '1'));
  store.upsert(object('a', '2'));
  store.remove('a', 'here', 'uid-a');
  assert.deepEqual(told, [[undefined, '1'], ['1', '2'], ['2', undefined]]);
});

test('the same version again is no change', () => {
  const { store, told } = listened();
  assert.equal(store.upsert(object('a', '1')), true);
  assert.equal(store.upsert(object('a', '1')), false);
  assert.equal(told.length, 1);
});

test('another uid under the same name is a deletion and then an addition', () => {
  const { store, told } = listened();
  store.upsert(object('a', '1'));
  store.upsert(object('a', '5', { uid: 'second' }));
  assert.deepEqual(told, [[undefined, '1'], ['1', undefined], [undefined, '5']]);
  assert.equal(store.get('a', 'here')?.metadata.uid, 'second');
});

test('a deletion of an earlier incarnation leaves the present one alone', () => {
  const { store, told } = listened();
  store.upsert(object('a', '5', { uid: 'second' }));
  assert.equal(store.remove('a', 'here', 'first'), false);
  assert.equal(store.remove('b', 'here', 'uid-b'), false);
  assert.equal(told.length, 1);
});

test('a list is swapped in whole: listeners already read all of it, deletions are told first and carry the last state', () => {
  const { store } = listened();
  store.replace([object('gone', '1'), object('kept', '2'), object('changed', '3')]);
  const seen: string[] = [];
  store.onChange((before, after) => {
    assert.deepEqual(store.list().map(({ metadata }) => metadata.name).toSorted(), ['added', 'changed', 'kept']);
    assert.equal(store.get('changed', 'here')?.metadata.resourceVersion, '4');
    seen.push(`${before?.metadata.name}@${before?.metadata.resourceVersion} -> ${after?.metadata.name}@${after?.metadata.resourceVersion}`);
  });
  assert.equal(store.replace([object('kept', '2'), object('changed', '4'), object('added', '5')]), 3);
  assert.deepEqual(seen, ['gone@1 -> undefined@undefined', 'changed@3 -> changed@4', 'undefined@undefined -> added@5']);
});

test('an object that a list names twice is one addition', () => {
  const { store, told } = listened();
  assert.equal(store.replace([object('a', '1'), object('a', '2')]), 1);
  assert.deepEqual(told, [[undefined, '2']]);
});

test('an unchanged object keeps its identity through a list', () => {
  const { store } = listened();
  store.replace([object('a', '1')]);
  const held = store.get('a', 'here');
  store.replace([object('a', '1')]);
  assert.equal(store.get('a', 'here'), held);
});

test('reading twice copies nothing, and a list that was handed out does not change afterwards', () => {
  const { store } = listened({ indexes: byColour });
  store.upsert(object('a', '1', { labels: { red: '' } }));
  const [all, here, red] = [store.list(), store.list('here'), store.indexed('colour', 'red')];
  assert.equal(store.list(), all);
  assert.equal(store.list('here'), here);
  assert.equal(store.indexed('colour', 'red'), red);
  store.upsert(object('b', '2', { labels: { blue: '' } }));
  assert.equal(all.length, 1);
  assert.equal(store.indexed('colour', 'red'), red, 'a change elsewhere leaves it');
  assert.equal(store.list().length, 2);
});

test('an index follows objects as their values change', () => {
  const { store } = listened({ indexes: byColour });
  const names = (colour: string): string[] => store.indexed('colour', colour).map(({ metadata }) => metadata.name);
  store.upsert(object('a', '1', { labels: { red: '', blue: '' } }));
  assert.deepEqual([names('red'), names('blue')], [['a'], ['a']]);
  store.upsert(object('a', '2', { labels: { blue: '' } }));
  assert.deepEqual([names('red'), names('blue')], [[], ['a']]);
  assert.equal(store.indexed('colour', 'blue')[0]?.metadata.resourceVersion, '2');
  store.remove('a', 'here');
  assert.deepEqual(names('blue'), []);
});

test('an index nobody declared is a mistake, not an empty answer', () => {
  assert.throws(() => listened().store.indexed('colour', 'red'), /no index named colour/);
});

test('objects of the cluster scope are in no namespace', () => {
  const { store } = listened();
  store.upsert({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'here', uid: 'u', resourceVersion: '1' } });
  assert.equal(store.get('here')?.kind, 'Namespace');
  assert.deepEqual(store.list('here'), []);
});

test('objects are cut before they are stored, indexed and told', () => {
  const slim = (thing: KubeObject): KubeObject => ({ ...thing, metadata: { ...thing.metadata, annotations: {} }, spec: undefined });
  const { store } = listened({ slim });
  store.upsert({ ...object('a', '1', { annotations: { big: 'x' } }), spec: { big: true } });
  assert.deepEqual(store.get('a', 'here')?.metadata.annotations, {});
  assert.equal(store.get('a', 'here')?.['spec'], undefined);
});

test('a listener, index or slim function that throws is reported and stops nobody', () => {
  const faults: unknown[] = [];
  const bad = (): never => {
    throw new Error('mistake');
  };
  const store = new Store({ slim: bad, indexes: { bad, colour: byColour.colour } }, (error) => faults.push(error));
  const told: string[] = [];
  store.onChange(bad);
  store.onChange((_, after) => told.push(after?.metadata.name ?? ''));
  store.upsert(object('a', '1', { labels: { red: '' } }));
  assert.deepEqual(told, ['a']);
  assert.equal(store.indexed('colour', 'red').length, 1);
  assert.deepEqual(store.indexed('bad', 'red'), []);
  assert.equal(faults.length, 3);
});
