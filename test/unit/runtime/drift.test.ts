import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DriftFuse, MOST_REPAIRS } from '../../../src/runtime/drift-fuse.ts';
import { driftOf } from '../../../src/runtime/drift.ts';
import type { KubeObject, ManagedFieldsEntry } from '../../../src/k8s/object.ts';

const OURS = 'tmesh-member';
const entry = (manager: string, fieldsV1: Readonly<Record<string, unknown>>, more: Partial<ManagedFieldsEntry> = {}): ManagedFieldsEntry => ({ manager, operation: 'Update', fieldsV1, ...more });
const object = (...managedFields: readonly ManagedFieldsEntry[]): KubeObject => ({ apiVersion: 'v1', kind: 'Thing', metadata: { name: 'x', managedFields } });
const WANTED = { metadata: { labels: { a: 'b' } }, spec: { ports: [{ port: 80, name: 'http' }], one: 1, two: 2 } };
const ONLY_ONE = { 'f:spec': { 'f:one': {} } };

test('a field that another manager owns and we own no more was changed by that manager', () => {
  assert.deepEqual(driftOf(WANTED, object(entry(OURS, ONLY_ONE), entry('kubectl-edit', { 'f:spec': { 'f:two': {} } })), OURS), { field: 'spec.two', manager: 'kubectl-edit' });
});

test('a field that both own is shared, one that we do not write is theirs, and an object we never wrote has no drift', () => {
  assert.equal(driftOf(WANTED, object(entry(OURS, ONLY_ONE), entry('other', ONLY_ONE)), OURS), undefined);
  assert.equal(driftOf(WANTED, object(entry(OURS, ONLY_ONE), entry('other', { 'f:spec': { 'f:three': {} } })), OURS), undefined);
  assert.equal(driftOf(WANTED, object(entry('other', ONLY_ONE)), OURS), undefined);
});

test('a field of an item of a list is found by the keys of the item', () => {
  const key = 'k:{"port":80}';
  const ours = entry(OURS, { 'f:spec': { 'f:ports': { [key]: { 'f:port': {} } } } });
  assert.deepEqual(driftOf(WANTED, object(ours, entry('other', { 'f:spec': { 'f:ports': { [key]: { 'f:name': {} } } } })), OURS), { field: 'spec.ports.name', manager: 'other' });
  assert.equal(driftOf(WANTED, object(ours, entry('other', { 'f:spec': { 'f:ports': { 'k:not json': { 'f:name': {} } } } })), OURS), undefined);
});

test('of a patch a value of another manager counts though nothing is left of us, unless it is the wanted one', () => {
  const theirs = entry('label-tool', { 'f:metadata': { 'f:labels': { 'f:a': {} } } });
  const labelled = (value: string): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x', labels: { a: value }, managedFields: [theirs] } });
  assert.deepEqual(driftOf({ metadata: { labels: { a: 'b' } } }, labelled('c'), OURS, true), { field: 'metadata.labels.a', manager: 'label-tool' });
  assert.equal(driftOf({ metadata: { labels: { a: 'b' } } }, labelled('b'), OURS, true), undefined);
  assert.equal(driftOf({ metadata: { labels: { a: null } } }, labelled('c'), OURS, true), undefined);
});

test('of several writers the latest is named, and a writer of the status is none', () => {
  const early = entry('early', { 'f:spec': { 'f:two': {} } }, { time: '2030-01-01T00:00:00Z' });
  const late = entry('late', { 'f:spec': { 'f:two': {} } }, { time: '2030-01-02T00:00:00Z' });
  assert.equal(driftOf(WANTED, object(entry(OURS, ONLY_ONE), early, late), OURS)?.manager, 'late');
  assert.equal(driftOf(WANTED, object(entry(OURS, ONLY_ONE), { ...late, subresource: 'status' }), OURS), undefined);
});

test('a merge patch that takes a label off is no repair', () => {
  assert.equal(driftOf({ metadata: { labels: { a: null } } }, object(entry(OURS, ONLY_ONE), entry('other', { 'f:metadata': { 'f:labels': { 'f:a': {} } } })), OURS), undefined);
});

const DRIFT = { field: 'spec.two', manager: 'other' };

test('five repairs in a row are made, then the field is left for one minute, two, four, eight and ten, with one try between', () => {
  const fuse = new DriftFuse();
  let nowMs = 0;
  for (let i = 0; i < MOST_REPAIRS; i += 1) assert.deepEqual(fuse.judge('x', DRIFT, nowMs += 1000), { next: 'repair' });
  const waits: number[] = [];
  for (let i = 0; i < 6; i += 1) {
    const verdict = fuse.judge('x', DRIFT, nowMs += 1);
    assert.ok(verdict.next === 'leave' && verdict.isNews === (i === 0), `round ${i}: ${JSON.stringify(verdict)}`);
    waits.push(verdict.afterMs);
    assert.deepEqual(fuse.judge('x', DRIFT, nowMs + verdict.afterMs / 2), { next: 'leave', afterMs: verdict.afterMs / 2, isNews: false });
    assert.deepEqual(fuse.judge('x', DRIFT, nowMs += verdict.afterMs), { next: 'repair' });
  }
  assert.deepEqual(waits.map((ms) => ms / 60_000), [1, 2, 4, 8, 10, 10]);
});

test('repairs more than a minute apart, of other fields or of other objects, are no fight', () => {
  const fuse = new DriftFuse();
  for (let i = 0; i < 20; i += 1) assert.equal(fuse.judge('x', DRIFT, i * 61_000).next, 'repair');
  for (let i = 0; i < 20; i += 1) assert.equal(fuse.judge('x', { ...DRIFT, field: `f${i}` }, i).next, 'repair');
  for (let i = 0; i < 20; i += 1) assert.equal(fuse.judge(`y${i}`, DRIFT, i).next, 'repair');
});
