import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { keyOfObject } from '../../src/k8s/key.ts';
import type { KubeObject } from '../../src/k8s/object.ts';
import { Store } from '../../src/runtime/store.ts';

/*
 * The store against the simplest thing that could be right: a map. Few names, so that they meet often.
 */

const metadata = fc.record({
  name: fc.constantFrom('a', 'b', 'c', 'd'),
  namespace: fc.constantFrom('one', 'two'),
  uid: fc.constantFrom('first', 'second'),
  resourceVersion: fc.integer({ min: 1, max: 6 }).map(String),
});
const colours = fc.uniqueArray(fc.constantFrom('red', 'green', 'blue'));
const objects: fc.Arbitrary<KubeObject> = fc.record({ apiVersion: fc.constant('v1'), kind: fc.constant('Thing'), metadata, colours });

type Action = { readonly upsert: KubeObject } | { readonly remove: KubeObject } | { readonly replace: readonly KubeObject[] };
const actions: fc.Arbitrary<readonly Action[]> = fc.array(fc.oneof(
  { weight: 4, arbitrary: fc.record({ upsert: objects }) },
  { weight: 2, arbitrary: fc.record({ remove: objects }) },
  { weight: 1, arbitrary: fc.record({ replace: fc.array(objects, { maxLength: 8 }) }) },
), { maxLength: 60 });

const coloursOf = (object: KubeObject): readonly string[] => object['colours'] as readonly string[];
const sameIncarnation = (a: KubeObject, b: KubeObject): boolean => a.metadata.uid === b.metadata.uid;
const sameVersion = (a: KubeObject, b: KubeObject): boolean => sameIncarnation(a, b) && a.metadata.resourceVersion === b.metadata.resourceVersion;

/** What the map holds after an action. An object of the same uid and version stays as it was. */
function model(held: ReadonlyMap<string, KubeObject>, action: Action): Map<string, KubeObject> {
  const keep = (object: KubeObject): KubeObject => {
    const before = held.get(keyOfObject(object));
    return before !== undefined && sameVersion(before, object) ? before : object;
  };
  if ('replace' in action) return new Map(action.replace.map((object) => [keyOfObject(object), keep(object)]));
  const next = new Map(held);
  if ('upsert' in action) return next.set(keyOfObject(action.upsert), keep(action.upsert));
  const before = held.get(keyOfObject(action.remove));
  if (before !== undefined && sameIncarnation(before, action.remove)) next.delete(keyOfObject(action.remove));
  return next;
}

function carryOut(store: Store, action: Action): void {
  if ('replace' in action) store.replace(action.replace);
  else if ('upsert' in action) store.upsert(action.upsert);
  else store.remove(action.remove.metadata.name, action.remove.metadata.namespace, action.remove.metadata.uid);
}

const sorted = (found: Iterable<KubeObject>): KubeObject[] => [...found].toSorted((a, b) => (keyOfObject(a) < keyOfObject(b) ? -1 : 1));
const raise = (error: unknown): never => {
  throw error;
};

test('the store holds what a map would hold, and its indexes find exactly what a search would find', () => {
  fc.assert(fc.property(actions, (actions) => {
    const store = new Store({ indexes: { colour: coloursOf } }, raise);
    let held = new Map<string, KubeObject>();
    for (const action of actions) {
      carryOut(store, action);
      held = model(held, action);
      const all = sorted(held.values());
      assert.deepEqual(sorted(store.list()), all);
      assert.equal(store.size, all.length);
      for (const namespace of ['one', 'two']) assert.deepEqual(sorted(store.list(namespace)), all.filter((object) => object.metadata.namespace === namespace));
      for (const colour of ['red', 'green', 'blue']) assert.deepEqual(sorted(store.indexed('colour', colour)), all.filter((object) => coloursOf(object).includes(colour)));
    }
  }));
});

test('what a listener is told, put together again, is the store; no update crosses incarnations', () => {
  fc.assert(fc.property(actions, (actions) => {
    const store = new Store({}, raise);
    const retold = new Map<string, KubeObject>();
    store.onChange((before, after) => {
      const object = after ?? before;
      assert.ok(object !== undefined);
      const key = keyOfObject(object);
      assert.equal(retold.get(key), before);
      if (before !== undefined && after !== undefined) assert.ok(sameIncarnation(before, after));
      if (after === undefined) retold.delete(key);
      else retold.set(key, after);
    });
    for (const action of actions) carryOut(store, action);
    assert.deepEqual(sorted(retold.values()), sorted(store.list()));
  }));
});
