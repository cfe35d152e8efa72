import assert from 'node:assert/strict';
import { test } from 'node:test';
import { valueAt } from '../../../src/lib/json.ts';
import { err, ok } from '../../../src/lib/result.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { webhookHandlers } from '../../../src/webhooks/handlers.ts';
import type { ReviewAnswer } from '../../../src/webhooks/server.ts';
import type { ControlPlaneRules } from '../../../src/webhooks/smcp.ts';
import { contextOf, everything, NO_DEADLINE, Rights, smcp, smm, smmr, withMetadata, worldOf } from './admission-world.ts';

const rules: ControlPlaneRules = { convert: (object, apiVersion) => ok({ ...object, apiVersion }), review: () => ({ problems: [], warnings: [] }) };

interface Setting {
  readonly rules?: Partial<ControlPlaneRules>;
  readonly isSynced?: boolean;
  readonly rights?: Rights;
  readonly failures?: unknown[];
}

async function post(path: string, body: unknown, setting: Setting = {}): Promise<ReviewAnswer> {
  const world = { ...worldOf(smcp('istio-a')), isSynced: () => setting.isSynced ?? true };
  const handlers = webhookHandlers({
    context: contextOf(world, setting.rights ?? everything()),
    rules: { ...rules, ...setting.rules },
    onFailure: (where, error) => { setting.failures?.push([where, error]); },
  });
  const result = await handlers.get(path)?.(body, NO_DEADLINE);
  assert.ok(result?.ok, JSON.stringify(result));
  return result.value;
}

function admission(object: KubeObject): object {
  const { namespace, name } = object.metadata;
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: { uid: 'u1', operation: 'CREATE', namespace, name, object, userInfo: { username: 'alice' } } };
}

function conversion(...objects: readonly KubeObject[]): object {
  return { apiVersion: 'apiextensions.k8s.io/v1', kind: 'ConversionReview', request: { uid: 'u1', desiredAPIVersion: 'maistra.io/v1', objects } };
}

test('each kind is judged at its own path, and the answer carries the uid of the question', async () => {
  for (const [path, object] of [['/validate-smcp', smcp('istio-a')], ['/validate-smmr', smmr('istio-a')], ['/validate-smm', smm('pay', 'istio-a')]] as const) {
    const { review, outcome } = await post(path, admission(object));
    assert.equal(outcome, 'allowed', path);
    assert.equal(valueAt(review, 'response', 'uid'), 'u1');
  }
});

test('a refusal is an answer of its own kind', async () => {
  const { review, outcome } = await post('/validate-smm', admission(smm('pay', 'istio-a')), { rights: new Rights(() => false) });
  assert.equal(outcome, 'denied');
  assert.equal(valueAt(review, 'response', 'status', 'code'), 403);
});

test('before the caches are filled everything new must wait and what is going may go', async () => {
  const { review } = await post('/validate-smm', admission(smm('pay', 'istio-a')), { isSynced: false });
  assert.equal(valueAt(review, 'response', 'status', 'code'), 503);
  const leaving = withMetadata(smm('pay', 'istio-a'), { deletionTimestamp: '2030-01-01T00:00:00Z' });
  assert.equal((await post('/validate-smm', admission(leaving), { isSynced: false })).outcome, 'allowed');
});

test('conversion works before the caches are filled: filling them may need it', async () => {
  assert.equal((await post('/convert-smcp', conversion(smcp('a')), { isSynced: false })).outcome, 'converted');
});

test('a bug in a decision refuses with a sentence and is reported', async () => {
  const failures: unknown[] = [];
  const review = (): never => { throw new TypeError('boom'); };
  const answer = await post('/validate-smcp', admission(smcp('istio-a')), { rules: { review }, failures });
  assert.equal(answer.outcome, 'denied');
  assert.match(String(valueAt(answer.review, 'response', 'status', 'message')), /the operator failed while it judged this: boom; see its log/);
  assert.equal(failures.length, 1);
});

test('a bug in the conversion fails that conversion and is reported', async () => {
  const failures: unknown[] = [];
  const { review, outcome } = await post('/convert-smcp', conversion(smcp('a')), { rules: { convert: () => { throw new TypeError('boom'); } }, failures });
  assert.equal(outcome, 'failed');
  assert.match(String(valueAt(review, 'response', 'result', 'message')), /ServiceMeshControlPlane a\/basic cannot be converted from maistra\.io\/v2 to maistra\.io\/v1: the operator failed: boom/);
  assert.equal(failures.length, 1);
});

test('a list is converted whole and in order', async () => {
  const { review } = await post('/convert-smcp', conversion(smcp('a'), smcp('b'), { ...smcp('c'), apiVersion: 'maistra.io/v1' }));
  const converted = valueAt(review, 'response', 'convertedObjects') as readonly KubeObject[];
  assert.deepEqual(converted.map((object) => [object.metadata.namespace, object.apiVersion]), [['a', 'maistra.io/v1'], ['b', 'maistra.io/v1'], ['c', 'maistra.io/v1']]);
});

test('one object that cannot be converted is named', async () => {
  const convert: ControlPlaneRules['convert'] = (object) => (object.metadata.namespace === 'b' ? err('spec.x "y": no') : ok(object));
  const { review, outcome } = await post('/convert-smcp', conversion(smcp('a'), smcp('b')), { rules: { convert } });
  assert.equal(outcome, 'failed');
  assert.match(String(valueAt(review, 'response', 'result', 'message')), /ServiceMeshControlPlane b\/basic cannot be converted .*: spec\.x "y": no/);
});

test('other kinds are not converted here', async () => {
  assert.equal((await post('/convert-smcp', conversion(smm('pay', 'a')))).outcome, 'failed');
});
