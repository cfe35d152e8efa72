import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppliedMemory, payloadFingerprint } from '../../../src/runtime/applied-memory.ts';
import { CONFIG_MAP, configMap } from './bench.ts';

test('equal payloads have equal fingerprints, others do not, and no value can be read from one', () => {
  assert.equal(payloadFingerprint(configMap({ a: 'b' })), payloadFingerprint(configMap({ a: 'b' })));
  assert.notEqual(payloadFingerprint(configMap({ a: 'b' })), payloadFingerprint(configMap({ a: 'c' })));
  assert.doesNotMatch(payloadFingerprint(configMap({ password: 'hunter2' })), /hunter2/);
});

test('memory is bounded: what was used longest ago goes first', () => {
  const memory = new AppliedMemory('m', 2);
  const object = (name: string): ReturnType<typeof configMap> => configMap({}, { name, resourceVersion: '1' });
  for (const name of ['a', 'b', 'a', 'c']) memory.remember(CONFIG_MAP, 'p', object(name));
  assert.deepEqual(['a', 'b', 'c'].map((name) => memory.isInPlace(CONFIG_MAP, 'p', object(name))), [true, false, true]);
});

test('objects of other kinds and namespaces are others', () => {
  const memory = new AppliedMemory('m');
  memory.remember(CONFIG_MAP, 'p', configMap({}));
  assert.equal(memory.wasLast(CONFIG_MAP, 'p', { name: 'x', namespace: 'ns' }), true);
  assert.equal(memory.wasLast(CONFIG_MAP, 'p', { name: 'x', namespace: 'other' }), false);
  assert.equal(memory.wasLast({ ...CONFIG_MAP, plural: 'others' }, 'p', { name: 'x', namespace: 'ns' }), false);
});
