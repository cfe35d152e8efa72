import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Rest, RestRequest } from '../../../src/runtime/rest.ts';
import { createAccessReviewer, type Access, type AccessReviewer } from '../../../src/webhooks/access.ts';
import { ALICE } from './admission-world.ts';

const USE: Access = { verb: 'use', group: 'maistra.io', resource: 'servicemeshcontrolplanes', namespace: 'istio-a', name: 'basic' };

/** A door that notes what goes through it and answers every review the same. */
function reviewer(isAllowed: () => boolean): { readonly sent: RestRequest[]; readonly clock: { ms: number }; readonly access: AccessReviewer } {
  const sent: RestRequest[] = [];
  const clock = { ms: 0 };
  const rest: Rest = {
    async call<T>(request: RestRequest): Promise<T> {
      sent.push(request);
      return { status: { allowed: isAllowed() } } as T;
    },
    stream: async () => { throw new Error('no streams here'); },
    close: async () => {},
  };
  return { sent, clock, access: createAccessReviewer({ rest, monotonicMs: () => clock.ms }) };
}

test('the review carries user, uid, groups and extra, and exactly the access asked about', async () => {
  const { sent, access } = reviewer(() => true);
  assert.equal(await access.may(ALICE, USE), true);
  assert.deepEqual(sent, [{
    method: 'POST', path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', metadata: {},
      spec: { user: 'alice', uid: 'alice-uid', groups: ALICE.groups, extra: ALICE.extra, resourceAttributes: USE },
    },
  }]);
});

test('a grant is remembered for ten seconds and not longer', async () => {
  const { sent, clock, access } = reviewer(() => true);
  await access.may(ALICE, USE);
  clock.ms = 9_999;
  await access.may(ALICE, USE);
  assert.equal(sent.length, 1);
  clock.ms = 10_000;
  await access.may(ALICE, USE);
  assert.equal(sent.length, 2);
});

test('a refusal is never remembered: who was just given a role need not wait', async () => {
  let isAllowed = false;
  const { access } = reviewer(() => isAllowed);
  assert.equal(await access.may(ALICE, USE), false);
  isAllowed = true;
  assert.equal(await access.may(ALICE, USE), true);
});

test('a grant is good for that user, those groups and that access only', async () => {
  const { sent, access } = reviewer(() => true);
  await access.may(ALICE, USE);
  await access.may({ ...ALICE, username: 'bob' }, USE);
  await access.may({ ...ALICE, groups: [] }, USE);
  await access.may({ ...ALICE, extra: {} }, USE);
  await access.may(ALICE, { ...USE, name: 'other' });
  await access.may(ALICE, { verb: 'use', group: 'maistra.io', resource: 'servicemeshcontrolplanes' });
  assert.equal(sent.length, 6);
});

test('an answer without a word on it is a no', async () => {
  const rest: Rest = { call: async <T>() => ({}) as T, stream: async () => { throw new Error('no streams here'); }, close: async () => {} };
  assert.equal(await createAccessReviewer({ rest, monotonicMs: () => 0 }).may(ALICE, USE), false);
});

test('the memory of grants does not grow without bound', async () => {
  const { sent, access } = reviewer(() => true);
  for (let index = 0; index <= 10_000; index += 1) await access.may(ALICE, { ...USE, name: `smcp-${index}` });
  await access.may(ALICE, { ...USE, name: 'smcp-10000' });
  assert.equal(sent.length, 10_001, 'the newest is remembered');
  await access.may(ALICE, { ...USE, name: 'smcp-0' });
  assert.equal(sent.length, 10_002, 'the oldest made room');
});
