import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SCOPED_KINDS } from '../../../src/api/istiod-calls.ts';
import { unlabelledEvent } from '../../../src/scoped-api/object-bytes.ts';

test('a namespace that leaves is shown without the label that made it a member, with all else', () => {
  const kind = SCOPED_KINDS.find(({ scope }) => scope === 'names');
  assert.ok(kind !== undefined);
  const item = Buffer.from(JSON.stringify({ metadata: { name: 'shop', resourceVersion: '4', labels: { 'maistra.io/member-of': 'mesh', team: 'a' } }, spec: { finalizers: ['kubernetes'] } }));
  assert.deepEqual(JSON.parse(unlabelledEvent(kind, item, { label: 'maistra.io/member-of', resourceVersion: '9' })), {
    type: 'MODIFIED',
    object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', resourceVersion: '9', labels: { team: 'a' } }, spec: { finalizers: ['kubernetes'] } },
  });
});
