import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { SharedParts } from '../../../src/runtime/shared-parts.ts';

const FIELDS = { 'f:spec': { 'f:ports': {} } };

function policy(namespace: string, over: Readonly<Record<string, unknown>> = {}): KubeObject {
  const managedFields = [{ manager: 'tmesh-member', operation: 'Apply', time: `2030-01-01T00:00:0${namespace.length}Z`, fieldsV1: structuredClone(FIELDS) }];
  return { apiVersion: 'v1', kind: 'Policy', metadata: { name: 'x', namespace, labels: { app: 'mesh' }, managedFields }, spec: { ports: [{ port: 80 }] }, ...over };
}

test('equal parts of two objects are one; what differs stays apart', () => {
  const parts = new SharedParts();
  const [a, b] = [parts.share(policy('a')), parts.share(policy('bb'))];
  assert.equal(a['spec'], b['spec']);
  assert.equal(a.metadata.labels, b.metadata.labels);
  assert.equal(a.metadata.managedFields?.[0]?.fieldsV1, b.metadata.managedFields?.[0]?.fieldsV1);
  assert.notEqual(a.metadata.managedFields?.[0]?.time, b.metadata.managedFields?.[0]?.time);
  assert.notEqual(parts.share(policy('c', { spec: { ports: [] } }))['spec'], a['spec']);
});

test('what comes out equals what went in, whatever it is, and what went in is not changed', () => {
  const parts = new SharedParts();
  const body = fc.dictionary(fc.string().filter((key) => !['metadata', 'apiVersion', 'kind', '__proto__'].includes(key)), fc.jsonValue());
  fc.assert(fc.property(body, (fields) => {
    const object = policy('a', fields);
    const before = structuredClone(object);
    assert.deepEqual(parts.share(object), before);
    assert.deepEqual(object, before);
  }));
});

test('what nobody repeats is forgotten, what comes again and again is kept', () => {
  const parts = new SharedParts();
  const kept = parts.share(policy('a'))['spec'];
  const rare = parts.share(policy('a', { spec: { once: true } }))['spec'];
  for (let i = 0; i < 20_000; i += 1) {
    parts.share(policy('a', { spec: { number: i } }));
    if (i % 1000 === 0) assert.equal(parts.share(policy('b'))['spec'], kept);
  }
  assert.equal(parts.share(policy('b'))['spec'], kept);
  assert.notEqual(parts.share(policy('a', { spec: { once: true } }))['spec'], rare);
});
