import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { rewrittenField } from '../../../src/runtime/rewritten-field.ts';

const OURS = 'tmesh-toy';

/** What was sent, what came back, and the fields that are ours by the answer's record. */
function rewritten(sent: object, kept: object, fields: Readonly<Record<string, unknown>>, isExplicit = false): string | undefined {
  const base = { apiVersion: 'v1', kind: 'Thing' };
  const answer = { ...base, ...kept, metadata: { name: 'x', ...(kept as { readonly metadata?: object }).metadata, managedFields: [{ manager: OURS, operation: 'Apply', fieldsV1: fields }] } };
  const wanted: KubeObject = { ...base, ...sent, metadata: { name: 'x', ...(sent as { readonly metadata?: object }).metadata } };
  return rewrittenField(wanted, answer, OURS, isExplicit);
}
const spec = (value: unknown): object => ({ spec: { a: value } });
const LEAF = { 'f:spec': { 'f:a': {} } };

test('a scalar of ours that came back otherwise is named by its path', () => {
  assert.equal(rewritten(spec('x'), spec('y'), LEAF), 'spec.a');
  assert.equal(rewritten(spec('x'), spec('x'), LEAF), undefined);
  assert.equal(rewritten({ metadata: { labels: { l: '1' } } }, { metadata: { labels: { l: 'other' } } }, { 'f:metadata': { 'f:labels': { 'f:l': {} } } }), 'metadata.labels.l');
});

test('a field of ours that was taken away is named, unless the server leaves out such a value', () => {
  assert.equal(rewritten(spec('x'), { spec: {} }, LEAF), 'spec.a');
  for (const value of ['', 0, false, null, [], {}]) assert.equal(rewritten(spec(value), { spec: {} }, LEAF), undefined, JSON.stringify(value));
});

test('what is not ours may be anything', () => {
  assert.equal(rewritten({ spec: { a: 'x', b: 'x' } }, { spec: { a: 'x', b: 'y' } }, LEAF), undefined);
  assert.equal(rewritten(spec('x'), { spec: { a: 'x', more: 1 } }, LEAF), undefined);
});

test('an answer without our entry, or of metadata alone, tells of nothing', () => {
  const sent = { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'x' }, spec: { a: 'x' } };
  assert.equal(rewrittenField(sent, { ...sent, spec: { a: 'y' } }, OURS), undefined);
});

test("the server's own way of writing numbers and quantities is no change", () => {
  assert.equal(rewritten(spec('1000m'), spec('1'), LEAF), undefined);
  assert.equal(rewritten(spec('80'), spec(80), LEAF), undefined);
  assert.equal(rewritten(spec('1000m'), spec('2'), LEAF), 'spec.a');
});

test('items of a list are found by their keys, values of a set by themselves; what others added is theirs', () => {
  const fields = { 'f:spec': { 'f:ports': { 'k:{"port":80}': { 'f:name': {}, 'f:port': {} } } } };
  const ports = (...items: readonly object[]): object => ({ spec: { ports: items } });
  const http = { port: 80, name: 'http' };
  assert.equal(rewritten(ports(http), ports({ port: 15, name: 'more' }, http), fields), undefined);
  assert.equal(rewritten(ports(http), ports({ port: 80, name: 'web' }), fields), 'spec.ports.80.name');
  assert.equal(rewritten(ports(http), ports({ port: 15, name: 'more' }), fields), 'spec.ports.80.name');
  const set = { 'f:spec': { 'f:a': { 'v:"x"': {} } } };
  assert.equal(rewritten(spec(['x']), spec(['y', 'x']), set), undefined);
  assert.equal(rewritten(spec(['x']), spec(['y']), set), 'spec.a');
});

test('of a list that is ours as a whole every item counts', () => {
  assert.equal(rewritten(spec([{ from: [1] }]), spec([{ from: [1] }]), LEAF), undefined);
  assert.equal(rewritten(spec([{ from: [1] }]), spec([{ from: [1] }, {}]), LEAF), 'spec.a');
  assert.equal(rewritten(spec([{ from: [1] }]), spec([{ from: [2] }]), LEAF), 'spec.a');
});

test('a field added inside a part of ours is a change only where all fields were stated, and known defaults are none', () => {
  const [sent, kept] = [spec([{ port: 1 }]), spec([{ port: 1, endPort: 9 }])];
  assert.equal(rewritten(sent, kept, LEAF), undefined);
  assert.equal(rewritten(sent, kept, LEAF, true), 'spec.a');
  assert.equal(rewritten(sent, spec([{ port: 1, protocol: 'TCP' }]), LEAF, true), undefined);
});
