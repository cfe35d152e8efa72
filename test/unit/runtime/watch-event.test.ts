import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameError } from '../../../src/runtime/frame-decoder.ts';
import { ApiError } from '../../../src/runtime/rest.ts';
import { listAccept, readObject, readWatchEvent, watchAccept, type SourceForm } from '../../../src/runtime/watch-event.ts';

const type = { group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments', namespaced: true };
const whole: SourceForm = { type };
const metadataOnly: SourceForm = { type, metadataOnly: true };

test('an item of a list gets the kind and apiVersion that lists leave out', () => {
  const object = readObject({ metadata: { name: 'a' }, spec: { replicas: 1 } }, whole);
  assert.deepEqual(object, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a' }, spec: { replicas: 1 } });
});

test('managed fields of whole objects stay: apply looks at them', () => {
  const managedFields = [{ manager: 'kubectl' }];
  assert.deepEqual(readObject({ metadata: { name: 'a', managedFields } }, whole).metadata.managedFields, managedFields);
});

test('metadata-only objects look like their kind and carry nothing else, even from a server that sent all', () => {
  const sent = { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata', metadata: { name: 'a', labels: { b: 'c' }, managedFields: [{}] }, data: { secret: 'x' } };
  assert.deepEqual(readObject(sent, metadataOnly), { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a', labels: { b: 'c' } } });
});

test('events carry the object and the position', () => {
  const event = readWatchEvent({ type: 'MODIFIED', object: { metadata: { name: 'a', resourceVersion: '7' } } }, whole);
  assert.ok(event.type === 'MODIFIED');
  assert.equal(event.resourceVersion, '7');
  assert.equal(event.object.kind, 'Deployment');
});

test('a bookmark is a position only', () => {
  assert.deepEqual(readWatchEvent({ type: 'BOOKMARK', object: { kind: 'Deployment', metadata: { resourceVersion: '9' } } }, whole), { type: 'BOOKMARK', resourceVersion: '9' });
});

test('an ERROR event is the error in its Status', () => {
  const expired = { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' } };
  assert.throws(() => readWatchEvent(expired, whole), (error) => error instanceof ApiError && error.status === 410 && error.reason === 'Expired');
  assert.throws(() => readWatchEvent({ type: 'ERROR', object: null }, whole), (error) => error instanceof ApiError && error.status === 500);
});

test('what is not an event is a broken stream', () => {
  const broken = [null, 'ADDED', {}, { type: 'ADDED' }, { type: 'ADDED', object: { metadata: {} } }, { type: 'ADDED', object: { metadata: { resourceVersion: '1' } } },
    { type: 'RENAMED', object: { metadata: { name: 'a', resourceVersion: '1' } } }];
  for (const frame of broken) assert.throws(() => readWatchEvent(frame, whole), FrameError);
});

test('only metadata-only sources ask for metadata, and take whole objects from servers that do not know better', () => {
  assert.equal(listAccept(whole), 'application/json');
  assert.equal(watchAccept(whole), 'application/json');
  assert.equal(listAccept(metadataOnly), 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json');
  assert.equal(watchAccept(metadataOnly), 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json');
});
