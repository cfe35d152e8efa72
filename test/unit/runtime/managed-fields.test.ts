import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubeObject, ManagedFieldsEntry } from '../../../src/k8s/object.ts';
import { isApplied, ownedEntry } from '../../../src/runtime/managed-fields.ts';

const ours = (fieldsV1: ManagedFieldsEntry['fieldsV1'] = {}): ManagedFieldsEntry => ({ manager: 'tmesh-x', operation: 'Apply', fieldsV1 });

function live(body: Readonly<Record<string, unknown>>, fields: Readonly<Record<string, unknown>>, meta: object = {}): KubeObject {
  const bookkeeping = { uid: 'u', resourceVersion: '7', generation: 3, creationTimestamp: '2026-01-01T00:00:00Z' };
  return { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'x', namespace: 'ns', ...bookkeeping, ...meta, managedFields: [ours(fields)] }, ...body };
}

const payload = (body: Readonly<Record<string, unknown>>, meta: object = {}): KubeObject => ({ apiVersion: 'v1', kind: 'Thing', metadata: { name: 'x', namespace: 'ns', ...meta }, ...body });
const agrees = (wanted: KubeObject, there: KubeObject): boolean => isApplied(wanted, there, 'tmesh-x');

describe('our entry', () => {
  const others: ManagedFieldsEntry[] = [
    { manager: 'tmesh-x', operation: 'Apply', subresource: 'status' }, { manager: 'kubectl', operation: 'Apply' }, { manager: 'kubectl', operation: 'Update' },
  ];
  const created: ManagedFieldsEntry = { manager: 'tmesh-x', operation: 'Update', fieldsV1: {} };

  test('is the server-side apply of that manager to the object itself', () => {
    assert.equal(ownedEntry(payload({}, { managedFields: others }), 'tmesh-x'), undefined);
    assert.deepEqual(ownedEntry(payload({}, { managedFields: [created, ...others, ours()] }), 'tmesh-x'), ours());
    assert.equal(agrees(payload({}), payload({}, { managedFields: others })), false);
  });

  test('is what it created, while it never applied', () => {
    const object = payload({}, { managedFields: [...others, created] });
    assert.deepEqual(ownedEntry(object, 'tmesh-x'), created);
    assert.equal(agrees(payload({}), object), true);
    assert.equal(agrees(payload({ data: { k: 'v' } }), object), false);
  });

  test('lacks the empty maps of what it created; they are compared by value', () => {
    const fields: ManagedFieldsEntry = { ...created, fieldsV1: { 'f:spec': { 'f:types': {} } } };
    const there = (podSelector: object): KubeObject => payload({ spec: { podSelector, types: ['In'] } }, { managedFields: [fields] });
    const wanted = payload({ spec: { podSelector: {}, types: ['In'] } });
    assert.equal(agrees(wanted, there({})), true);
    assert.equal(agrees(wanted, there({ matchLabels: { a: 'b' } })), false);
    assert.equal(agrees(wanted, live({ spec: { podSelector: {}, types: ['In'] } }, { 'f:spec': { 'f:types': {} } })), false, 'an apply would note it');
  });
});

describe('what the server filled in when we created an object', () => {
  const fields = { 'f:spec': { 'f:to': { 'f:name': {}, 'f:weight': {} } } };
  const there = (operation: 'Apply' | 'Update', weight: number): KubeObject => payload({ spec: { to: { name: 's', weight } } }, { managedFields: [{ manager: 'tmesh-x', operation, fieldsV1: fields }] });
  const wanted = payload({ spec: { to: { name: 's' } } });

  test('is noted as ours and not missed in the payload', () => {
    assert.equal(agrees(wanted, there('Update', 100)), true);
  });

  test('is missed once we applied: then it was stated, and is to be taken off', () => {
    assert.equal(agrees(wanted, there('Apply', 100)), false);
  });

  test('is missed when it is another value than the default', () => {
    assert.equal(agrees(wanted, there('Update', 50)), false);
  });
});

describe('is applied', () => {
  test('when we own exactly these fields and they have these values; the server\'s bookkeeping does not count', () => {
    const fields = { 'f:metadata': { 'f:labels': { 'f:a': {} } }, 'f:data': { 'f:k': {} } };
    const there = live({ data: { k: 'v' } }, fields, { labels: { a: 'b' } });
    assert.equal(agrees(payload({ data: { k: 'v' } }, { labels: { a: 'b' } }), there), true);
    assert.equal(agrees(payload({ data: { k: 'w' } }, { labels: { a: 'b' } }), there), false, 'another value');
    assert.equal(agrees(payload({ data: { k: 'v', l: 'w' } }, { labels: { a: 'b' } }), there), false, 'another field');
    assert.equal(agrees(payload({ data: { k: 'v' } }), there), false, 'one field less: it would be taken off');
    assert.equal(agrees(payload({}, { labels: { a: 'b' } }), there), false, 'one branch less');
  });

  test('although others added fields of theirs', () => {
    const there = live({ data: { k: 'v', theirs: 'x' }, status: { a: 1 } }, { 'f:data': { 'f:k': {} } }, { labels: { theirs: '' }, annotations: { a: 'b' } });
    assert.equal(agrees(payload({ data: { k: 'v' } }), there), true);
  });

  test('an undefined field is no field', () => {
    assert.equal(agrees(payload({ data: { k: 'v', none: undefined }, spec: undefined }), live({ data: { k: 'v' } }, { 'f:data': { 'f:k': {} } })), true);
  });

  test('not in another apiVersion: the names of its fields may differ', () => {
    assert.equal(agrees({ ...payload({}), apiVersion: 'v2' }, live({}, {})), false);
  });

  test('an object without any field of ours is applied by an empty payload', () => {
    assert.equal(agrees(payload({}), live({}, {})), true);
  });

  describe('a list whose items have keys', () => {
    const fields = { 'f:spec': { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {}, 'f:name': {} } } } };
    const there = live({ spec: { ports: [{ port: 53, protocol: 'UDP' }, { name: 'http', port: 80, protocol: 'TCP', targetPort: 80 }] } }, fields);

    test('is compared item by item, in any order, with keys filled in by the server', () => {
      assert.equal(agrees(payload({ spec: { ports: [{ name: 'http', port: 80 }] } }), there), true);
      assert.equal(agrees(payload({ spec: { ports: [{ name: 'web', port: 80 }] } }), there), false);
      assert.equal(agrees(payload({ spec: { ports: [{ name: 'http', port: 81 }] } }), there), false);
      assert.equal(agrees(payload({ spec: { ports: [{ name: 'http', port: 80, protocol: 'UDP' }] } }), there), false);
      assert.equal(agrees(payload({ spec: { ports: [] } }), there), false);
    });

    test('a key that cannot be read is a doubt', () => {
      assert.equal(agrees(payload({ spec: { ports: [{ port: 80 }] } }), live({ spec: { ports: [{ port: 80 }] } }, { 'f:spec': { 'f:ports': { 'k:{broken': { 'f:port': {} } } } })), false);
      assert.equal(agrees(payload({ spec: { ports: [1] } }), live({ spec: { ports: [1] } }, { 'f:spec': { 'f:ports': { 'i:0': {} } } })), false);
    });

    test('one item does not answer for two', () => {
      const two = { 'f:spec': { 'f:ports': { 'k:{"port":80}': { '.': {}, 'f:port': {} }, 'k:{"port":81}': { '.': {}, 'f:port': {} } } } };
      assert.equal(agrees(payload({ spec: { ports: [{ port: 80 }, { port: 80 }] } }), live({ spec: { ports: [{ port: 80 }, { port: 81 }] } }, two)), false);
    });
  });

  test('a set is compared value by value; others may have added to it', () => {
    const there = live({}, { 'f:metadata': { 'f:finalizers': { '.': {}, 'v:"a/b"': {} } } }, { finalizers: ['x/y', 'a/b'] });
    assert.equal(agrees(payload({}, { finalizers: ['a/b'] }), there), true);
    assert.equal(agrees(payload({}, { finalizers: ['x/y'] }), there), false, 'there, but not ours');
    assert.equal(agrees(payload({}, { finalizers: ['a/b', 'x/y'] }), there), false);
  });

  describe('what is owned as a whole', () => {
    const fields = { 'f:spec': { 'f:selector': {}, 'f:rules': {} } };

    test('must be equal as a whole', () => {
      const there = live({ spec: { selector: { a: 'b', c: 'd' }, rules: [1, 2] } }, fields);
      assert.equal(agrees(payload({ spec: { selector: { a: 'b', c: 'd' }, rules: [1, 2] } }), there), true);
      assert.equal(agrees(payload({ spec: { selector: { a: 'b' }, rules: [1, 2] } }), there), false, 'a key less would be taken off');
      assert.equal(agrees(payload({ spec: { selector: { a: 'b', c: 'd' }, rules: [2, 1] } }), there), false, 'order counts');
      assert.equal(agrees(payload({ spec: { selector: { a: 'b', c: 'd' }, rules: [1] } }), there), false);
    });

    test('may hold defaults that the server is known to fill in', () => {
      const there = live({ spec: { selector: {}, rules: [{ ports: [{ port: 80, protocol: 'TCP' }] }] } }, fields);
      assert.equal(agrees(payload({ spec: { selector: {}, rules: [{ ports: [{ port: 80 }] }] } }), there), true);
      assert.equal(agrees(payload({ spec: { selector: {}, rules: [{ ports: [] }] } }), there), false);
    });
  });

  test('quantities are compared by amount', () => {
    const fields = { 'f:spec': { 'f:limits': { 'f:cpu': {}, 'f:memory': {} } } };
    const there = live({ spec: { limits: { cpu: '1', memory: '1Gi' } } }, fields);
    assert.equal(agrees(payload({ spec: { limits: { cpu: '1000m', memory: '1024Mi' } } }), there), true);
    assert.equal(agrees(payload({ spec: { limits: { cpu: '1001m', memory: '1024Mi' } } }), there), false);
  });

  test('an empty value that the server does not write down is there, if we own it', () => {
    const fields = { 'f:env': { 'k:{"name":"A"}': { '.': {}, 'f:name': {}, 'f:value': {} } } };
    const there = live({ env: [{ name: 'A' }] }, fields);
    assert.equal(agrees(payload({ env: [{ name: 'A', value: '' }] }), there), true);
    assert.equal(agrees(payload({ env: [{ name: 'A', value: 'b' }] }), there), false);
    assert.equal(agrees(payload({ env: [{ name: 'A' }] }), there), false, 'the field would be given up');
  });

  test('whatever is in managedFields, it is an answer and no throw', () => {
    for (const strange of [{ 'f:data': null }, { 'f:data': 'x' }, { 'f:data': [] }, { 'k:': {} }, { 'f:metadata': 1 }]) {
      assert.equal(agrees(payload({ data: { k: 'v' } }), live({ data: { k: 'v' } }, strange as Readonly<Record<string, unknown>>)), false);
    }
  });
});
