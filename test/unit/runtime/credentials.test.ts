import assert from 'node:assert/strict';
import type { RequestOptions } from 'node:https';
import { test } from 'node:test';
import { AccessError, credentialSource, type Authenticator } from '../../../src/runtime/credentials.ts';

/** An authenticator that gives these options and counts how often it was asked. */
function authenticator(options: () => RequestOptions): Authenticator & { asked: number } {
  return {
    asked: 0,
    getCurrentContext: () => 'here',
    async applyToHTTPSOptions(into: RequestOptions) {
      this.asked += 1;
      await Promise.resolve();
      Object.assign(into, options());
    },
  };
}

const never = (): never => assert.fail('nothing is loaded again');

test('headers are lower case and fit on a line; TLS material is what was given', async () => {
  const source = credentialSource(authenticator(() => ({ headers: { Authorization: 'Bearer abc\n', 'Impersonate-User': 'bob' }, ca: 'CA', key: undefined, rejectUnauthorized: false, agent: false })), never);
  const { headers, tls } = await source();
  assert.deepEqual(headers, { authorization: 'Bearer abc', 'impersonate-user': 'bob' });
  assert.deepEqual(tls, { ca: 'CA', rejectUnauthorized: false });
});

test('user and password become a Basic header', async () => {
  const { headers } = await credentialSource(authenticator(() => ({ auth: 'bob:secret' })), never)();
  assert.equal(headers['authorization'], `Basic ${Buffer.from('bob:secret').toString('base64')}`);
});

test('files are read again after 10 s, and once for all who ask meanwhile', async () => {
  const config = authenticator(() => ({ headers: {} }));
  let now = 0;
  const source = credentialSource(config, never, () => now);
  await Promise.all([source(), source(), source()]);
  now = 9999;
  await source();
  assert.equal(config.asked, 1);
  now = 10_000;
  await Promise.all([source(), source()]);
  assert.equal(config.asked, 2);
});

test('fresh credentials start from the files again, once for a burst of 401s', async () => {
  let now = 0;
  let loads = 0;
  const source = credentialSource(authenticator(() => ({ headers: { authorization: 'old' } })), () => {
    loads += 1;
    return authenticator(() => ({ headers: { authorization: `new ${loads}` } }));
  }, () => now);
  await source();
  assert.equal((await source({ fresh: true })).headers['authorization'], 'new 1');
  assert.equal((await source({ fresh: true })).headers['authorization'], 'new 1');
  now = 1000;
  assert.equal((await source({ fresh: true })).headers['authorization'], 'new 2');
  assert.equal((await source()).headers['authorization'], 'new 2');
});

test('the TLS material stays the same object until it changes, so connections are kept', async () => {
  let now = 0;
  let ca: string | Buffer = Buffer.from('CA one');
  const source = credentialSource(authenticator(() => ({ ca })), never, () => now);
  const first = (await source()).tls;
  now = 20_000;
  ca = Buffer.from('CA one');
  assert.equal((await source()).tls, first);
  now = 40_000;
  ca = Buffer.from('CA two');
  const second = (await source()).tls;
  assert.notEqual(second, first);
  assert.equal(String(second.ca), 'CA two');
});

test('a failure is told with the context and not remembered', async () => {
  let isBroken = true;
  const source = credentialSource(authenticator(() => {
    if (isBroken) throw new Error('exec: aws: not found\n');
    return { headers: { authorization: 'good' } };
  }), never);
  await assert.rejects(source(), (error) => error instanceof AccessError && error.message.startsWith('the credentials of context here cannot be used: exec: aws: not found; '));
  isBroken = false;
  assert.equal((await source()).headers['authorization'], 'good');
});
