import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { ApiError, type Rest, type RestRequest } from '../../../src/runtime/rest.ts';
import { WEBHOOK_CERTIFICATE_SECRET } from '../../../src/api/names.ts';
import { certificateSecretStore } from '../../../src/webhooks/secret-store.ts';

const PLACE = { namespace: 'mesh-operator', name: WEBHOOK_CERTIFICATE_SECRET };

const PATH = '/api/v1/namespaces/mesh-operator/secrets';
const secret: KubeObject = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'tmesh-webhook-certs', namespace: 'mesh-operator', resourceVersion: '7' }, data: { a: 'b' } };

function answering(answer: unknown): { readonly sent: RestRequest[]; readonly rest: Rest } {
  const sent: RestRequest[] = [];
  const rest: Rest = {
    async call<T>(request: RestRequest): Promise<T> {
      sent.push(request);
      if (answer instanceof Error) throw answer;
      return answer as T;
    },
    stream: async () => { throw new Error('no streams here'); },
    close: async () => {},
  };
  return { sent, rest };
}

test('reading gives the Secret, or nothing when there is none', async () => {
  assert.equal(await certificateSecretStore(answering(secret).rest, PLACE).read(), secret);
  assert.equal(await certificateSecretStore(answering(new ApiError(404, 'NotFound', '')).rest, PLACE).read(), undefined);
});

test('creating never overwrites: whoever is second hears so', async () => {
  const { sent, rest } = answering(secret);
  await certificateSecretStore(rest, PLACE).create({ x: 'y' });
  assert.equal(sent[0]?.method, 'POST');
  assert.equal(sent[0]?.path, PATH);
  assert.equal(await certificateSecretStore(answering(new ApiError(409, 'AlreadyExists', '')).rest, PLACE).create({}), 'exists');
  assert.equal(await certificateSecretStore(answering(new ApiError(404, 'NotFound', '')).rest, PLACE).create({}), 'no-namespace');
});

test('replacing carries the version that was read, so that a newer one is not lost', async () => {
  const { sent, rest } = answering(secret);
  await certificateSecretStore(rest, PLACE).replace(secret, { x: 'y' });
  assert.deepEqual(sent[0], { method: 'PUT', path: `${PATH}/tmesh-webhook-certs`, body: { ...secret, data: { x: 'y' } } });
  for (const status of [404, 409]) assert.equal(await certificateSecretStore(answering(new ApiError(status, '', '')).rest, PLACE).replace(secret, {}), 'conflict');
});

test('other failures are not swallowed', async () => {
  const store = certificateSecretStore(answering(new ApiError(403, 'Forbidden', 'no')).rest, PLACE);
  await assert.rejects(store.read(), ApiError);
  await assert.rejects(store.create({}), ApiError);
  await assert.rejects(store.replace(secret, {}), ApiError);
});
