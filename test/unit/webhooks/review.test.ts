import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { allow, admissionReviewOf, conversionReviewOf, deny, parseAdmissionReview, parseConversionReview } from '../../../src/webhooks/review.ts';
import { smcp, smm } from './admission-world.ts';

const admission = (request: object): object => ({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: { uid: 'u1', operation: 'CREATE', namespace: 'pay', name: 'default', object: smm('pay', 'a'), ...request } });
const conversion = (request: object): object => ({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'ConversionReview', request: { uid: 'u1', desiredAPIVersion: 'maistra.io/v1', objects: [smcp('a')], ...request } });
const errorOf = (result: { ok: boolean; error?: string }): string => result.error ?? '';

test('an admission request is read with everything that is known about its sender', () => {
  const userInfo = { username: 'alice', uid: 'u', groups: ['g'], extra: { scopes: ['s'] } };
  const parsed = parseAdmissionReview(admission({ userInfo }));
  assert.deepEqual(parsed, { ok: true, value: { uid: 'u1', operation: 'CREATE', namespace: 'pay', name: 'default', object: smm('pay', 'a'), user: userInfo } });
});

test('a sender without groups, uid and extra is read as one', () => {
  const parsed = parseAdmissionReview(admission({ userInfo: { username: 'x' } }));
  assert.deepEqual(parsed.ok && parsed.value.user, { username: 'x', groups: [], extra: {} });
});

test('a request without a name takes the one of its object', () => {
  const parsed = parseAdmissionReview(admission({ name: undefined }));
  assert.equal(parsed.ok && parsed.value.name, 'default');
});

test('an update carries the old object, and a null one counts as none', () => {
  const parsed = parseAdmissionReview(admission({ operation: 'UPDATE', oldObject: smm('pay', 'b') }));
  assert.deepEqual(parsed.ok && parsed.value.oldObject, smm('pay', 'b'));
  assert.ok(!('oldObject' in (parseAdmissionReview(admission({ oldObject: null })) as { value: object }).value));
});

const wrong: readonly (readonly [string, unknown, RegExp])[] = [
  ['no object', [], /not a JSON object; send a AdmissionReview of admission\.k8s\.io\/v1/],
  ['an old version', { ...admission({}), apiVersion: 'admission.k8s.io/v1beta1' }, /"admission\.k8s\.io\/v1beta1"; send/],
  ['another kind', { ...admission({}), kind: 'Pod' }, /is a "Pod"/],
  ['no request', { ...admission({}), request: undefined }, /no request with a uid/],
  ['no uid', admission({ uid: '' }), /no request with a uid/],
  ['a deletion', admission({ operation: 'DELETE' }), /"DELETE"; only CREATE and UPDATE/],
  ['a text as object', admission({ object: 'x' }), /request\.object is not a Kubernetes object/],
  ['an object without metadata', admission({ object: { apiVersion: 'v1', kind: 'X' } }), /request\.object is not a Kubernetes object/],
];
for (const [what, body, message] of wrong) {
  test(`an admission review with ${what} is answered with a sentence`, () => {
    assert.match(errorOf(parseAdmissionReview(body)), message);
  });
}

test('a conversion request is read, and one without a list of objects answered with a sentence', () => {
  const parsed = parseConversionReview(conversion({}));
  assert.deepEqual(parsed, { ok: true, value: { uid: 'u1', desiredAPIVersion: 'maistra.io/v1', objects: [smcp('a')] } });
  for (const objects of [undefined, {}, ['x'], [{ kind: 'X' }]]) assert.match(errorOf(parseConversionReview(conversion({ objects }))), /request\.objects is not a list/);
});

test('any JSON at all is read or answered, never thrown at', () => {
  fc.assert(fc.property(fc.jsonValue(), fc.jsonValue(), (body, request) => {
    for (const value of [body, admission({ userInfo: body, object: request }), conversion({ objects: body })]) {
      assert.equal(typeof parseAdmissionReview(value).ok, 'boolean');
      assert.equal(typeof parseConversionReview(value).ok, 'boolean');
    }
  }));
});

test('answers leave out what they do not say', () => {
  assert.deepEqual(admissionReviewOf('u1', allow()), { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid: 'u1', allowed: true } });
  assert.deepEqual(admissionReviewOf('u1', deny(403, 'no', ['w']))['response'], { uid: 'u1', allowed: false, status: { code: 403, message: 'no' }, warnings: ['w'] });
});

test('a conversion answers with all objects or with a message', () => {
  assert.deepEqual(conversionReviewOf('u1', { ok: true, value: [smcp('a')] })['response'], { uid: 'u1', result: { status: 'Success' }, convertedObjects: [smcp('a')] });
  assert.deepEqual(conversionReviewOf('u1', { ok: false, error: 'no' })['response'], { uid: 'u1', result: { status: 'Failure', message: 'no' }, convertedObjects: [] });
});
