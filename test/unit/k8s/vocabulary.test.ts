import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findKind, GATEWAY, KINDS, NAMESPACE, POD, ROUTE } from '../../../src/api/kinds.ts';
import { findCondition, isConditionTrue, nextConditions, type Condition } from '../../../src/k8s/condition.ts';
import { keyOf, keyOfObject, splitKey } from '../../../src/k8s/key.ts';
import { annotationOf, isDeleting, labelOf } from '../../../src/k8s/object.ts';
import { describeRef, refOf } from '../../../src/k8s/ref.ts';
import { apiVersionOf, crdNameOf, objectOf, resourcePath } from '../../../src/k8s/resource.ts';
import { matchesLabels, matchesSelector } from '../../../src/k8s/selector.ts';

const now = new Date('2026-01-02T03:04:05.678Z');
const ready = (status: 'True' | 'False', time: string): Condition => ({ type: 'Ready', status, reason: 'R', message: 'm', lastTransitionTime: time });

test('paths are those of the Kubernetes API, every part encoded', () => {
  assert.equal(resourcePath(POD, { namespace: 'a', name: 'b' }), '/api/v1/namespaces/a/pods/b');
  assert.equal(resourcePath(POD), '/api/v1/pods');
  assert.equal(resourcePath(NAMESPACE, { name: 'x' }), '/api/v1/namespaces/x');
  assert.equal(resourcePath(ROUTE, { namespace: 'a', name: 'b/../c', subresource: 'status' }), '/apis/route.openshift.io/v1/namespaces/a/routes/b%2F..%2Fc/status');
});

test('a cluster-scoped kind ignores a namespace', () => {
  assert.equal(resourcePath(NAMESPACE, { namespace: 'ignored', name: 'x' }), '/api/v1/namespaces/x');
});

test('every kind of the table is found again by apiVersion and kind', () => {
  for (const type of KINDS) assert.equal(findKind(apiVersionOf(type), type.kind), type);
  assert.equal(findKind('v9', 'Pod'), undefined);
  assert.equal(crdNameOf(GATEWAY), 'gateways.networking.istio.io');
});

test('no two kinds share a path', () => {
  const paths = KINDS.map((type) => resourcePath(type));
  assert.equal(new Set(paths).size, paths.length);
});

test('keys split into what they were made of', () => {
  for (const [name, namespace] of [['a', undefined], ['a', 'b']] as const) {
    const parts = splitKey(keyOf(name, namespace));
    assert.equal(parts.name, name);
    assert.equal(parts.namespace, namespace);
  }
  assert.equal(keyOfObject(objectOf(POD, { name: 'p', namespace: 'n' })), 'n/p');
});

test('a reference carries the uid it was read with', () => {
  const ref = refOf(POD, objectOf(POD, { name: 'p', namespace: 'n', uid: 'u' }));
  assert.deepEqual(ref, { type: POD, name: 'p', namespace: 'n', uid: 'u' });
  assert.equal(describeRef(ref), 'Pod n/p');
  assert.equal(describeRef({ type: NAMESPACE, name: 'n' }), 'Namespace n');
});

test('labels, annotations and deletion are read from metadata', () => {
  const pod = objectOf(POD, { name: 'p', labels: { a: '1' }, annotations: { b: '2' }, deletionTimestamp: 'now' });
  assert.equal(labelOf(pod, 'a'), '1');
  assert.equal(annotationOf(pod, 'b'), '2');
  assert.equal(labelOf(pod, 'missing'), undefined);
  assert.ok(isDeleting(pod));
});

test('a condition keeps its transition time while its status stays', () => {
  const before = [ready('True', '2020-01-01T00:00:00Z')];
  const { lastTransitionTime: _, ...input } = ready('True', '');
  assert.equal(nextConditions(before, [{ ...input, reason: 'Other' }], now)[0]?.lastTransitionTime, '2020-01-01T00:00:00Z');
});

test('a condition whose status changed takes the time of the change, in whole seconds', () => {
  const { lastTransitionTime: _, ...input } = ready('False', '');
  assert.equal(nextConditions([ready('True', '2020-01-01T00:00:00Z')], [input], now)[0]?.lastTransitionTime, '2026-01-02T03:04:05Z');
  assert.equal(nextConditions(undefined, [input], now).length, 1);
});

test('conditions are found by type', () => {
  const conditions = [ready('True', 't')];
  assert.equal(findCondition(conditions, 'Ready')?.reason, 'R');
  assert.ok(isConditionTrue(conditions, 'Ready'));
  assert.ok(!isConditionTrue(conditions, 'Other'));
  assert.ok(!isConditionTrue(undefined, 'Ready'));
});

test('an empty selector matches everything, an empty label map nothing', () => {
  assert.ok(matchesSelector({}, { a: '1' }));
  assert.ok(matchesSelector({}));
  assert.ok(!matchesLabels({}, { a: '1' }));
  assert.ok(matchesLabels({ a: '1' }, { a: '1', b: '2' }));
  assert.ok(!matchesLabels({ a: '1', b: '3' }, { a: '1', b: '2' }));
});

test('selector operators behave as the Kubernetes documentation says', () => {
  const labels = { env: 'prod' };
  const one = (operator: string, key: string, values: string[] = []): boolean => matchesSelector({ matchExpressions: [{ key, operator, values }] }, labels);
  assert.ok(one('In', 'env', ['prod']));
  assert.ok(!one('In', 'missing', ['']));
  assert.ok(one('NotIn', 'missing', ['x']));
  assert.ok(!one('NotIn', 'env', ['prod']));
  assert.ok(one('Exists', 'env'));
  assert.ok(!one('Exists', 'missing'));
  assert.ok(one('DoesNotExist', 'missing'));
  assert.ok(!one('Sometimes', 'env'));
  assert.ok(matchesSelector({ matchLabels: { env: 'prod' }, matchExpressions: [{ key: 'x', operator: 'DoesNotExist' }] }, labels));
});
