import assert from 'node:assert/strict';
import { test } from 'node:test';
import { valueAt } from '../../../src/lib/json.ts';
import type { MeshView } from '../../../src/scoped-api/classify.ts';
import { accessReviewFor, accountOf, judgedTokenReview, tokenReviewFor } from '../../../src/scoped-api/reviews.ts';

const VIEW: MeshView = { home: 'mesh-a', namespaces: new Set(['mesh-a', 'shop']) };
const verdict = (username: string, authenticated = true): object => ({ status: { authenticated, user: { username } } });
const isBelieved = (answer: object): boolean => valueAt(judgedTokenReview(answer, VIEW), 'status', 'authenticated') === true;

test('only accounts of the mesh are authenticated: istiod signs for no others', () => {
  assert.ok(isBelieved(verdict('system:serviceaccount:shop:web')));
  for (const user of ['system:serviceaccount:other:web', 'system:serviceaccount:shop', 'system:serviceaccount:other:shop:web', 'admin', 'system:serviceaccount::web']) assert.ok(!isBelieved(verdict(user)), user);
  assert.ok(!isBelieved(verdict('system:serviceaccount:shop:web', false)));
  assert.ok(!isBelieved({}));
});

test('a refused account is told nothing about', () => {
  const answer = JSON.stringify(judgedTokenReview({ status: { authenticated: true, user: { username: 'system:serviceaccount:other:web', uid: 'secret-uid' } } }, VIEW));
  assert.ok(!answer.includes('secret-uid'));
  assert.match(answer, /other is not in the mesh of mesh-a/);
});

test('of a token review only token and audiences go on', () => {
  const review = tokenReviewFor({ spec: { token: 't', audiences: ['istio-ca', 7], more: 1 }, status: { authenticated: true } });
  assert.deepEqual(valueAt(review, 'spec'), { token: 't', audiences: ['istio-ca'] });
  assert.equal(valueAt(tokenReviewFor({ spec: {} }), 'code'), 403);
});

const question = { user: 'system:serviceaccount:shop:gw', resourceAttributes: { namespace: 'shop', verb: 'list', resource: 'secrets' } };
/** Changes that make it another question. */
const OTHERS: readonly object[] = [
  { user: 'system:serviceaccount:other:gw' }, { user: 'admin' }, { resourceAttributes: { ...question.resourceAttributes, namespace: 'other' } },
  { resourceAttributes: { ...question.resourceAttributes, verb: 'get' } }, { resourceAttributes: { ...question.resourceAttributes, resource: 'pods' } },
  { resourceAttributes: { ...question.resourceAttributes, name: 'db' } }, { resourceAttributes: { verb: 'list', resource: 'secrets' } },
  { resourceAttributes: undefined, nonResourceAttributes: { path: '/', verb: 'get' } },
];

test('an access review asks one question only', () => {
  assert.deepEqual(valueAt(accessReviewFor({ spec: { ...question, groups: ['system:masters'] } }, VIEW), 'spec'), question);
  for (const other of OTHERS) assert.equal(valueAt(accessReviewFor({ spec: { ...question, ...other } }, VIEW), 'code'), 403, JSON.stringify(other));
});

test('accounts are read from user names strictly', () => {
  assert.deepEqual(accountOf('system:serviceaccount:a:b.c'), { namespace: 'a', name: 'b.c' });
  for (const user of ['system:serviceaccount:a:b:c', 'xsystem:serviceaccount:a:b', 'system:serviceaccount:a:', undefined, 7]) assert.equal(accountOf(user), undefined);
});
