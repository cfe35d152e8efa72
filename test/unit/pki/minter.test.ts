import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { htpasswdLine, mint } from '../../../src/pki/minter.ts';

const secret: KubeObject = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'htpasswd', namespace: 'mesh', labels: { a: 'b' } } };
const valueOf = (object: KubeObject, key: string): string => Buffer.from((object['data'] as Record<string, string>)[key] ?? '', 'base64').toString();

test('a random value is base64 text of as many bytes as asked for', async () => {
  const minted = await mint({ object: secret, values: { session_secret: { recipe: 'random', bytes: 255 } } });
  assert.equal(Buffer.from(valueOf(minted, 'session_secret'), 'base64').length, 255);
});

test('two mintings never give the same value', async () => {
  const request = { object: secret, values: { a: { recipe: 'random', bytes: 32 } } } as const;
  assert.notDeepEqual(await mint(request), await mint(request));
});

test('the rest of the Secret is left as it was', async () => {
  const minted = await mint({ object: { ...secret, type: 'Opaque' }, values: { a: { recipe: 'random', bytes: 8 } } });
  assert.deepEqual({ ...minted, data: undefined }, { ...secret, type: 'Opaque', data: undefined });
});

test('values that are there are kept, also those that are no text', async () => {
  const binary = Buffer.from([0xff, 0xfe, 0x00]).toString('base64');
  const minted = await mint({ object: { ...secret, data: { a: binary } }, values: { a: { recipe: 'random', bytes: 8 }, b: { recipe: 'random', bytes: 8 } } });
  assert.equal((minted['data'] as Record<string, string>)['a'], binary);
  assert.notEqual(valueOf(minted, 'b'), '');
});

test('an htpasswd line lets its own password in, whatever the order of the recipes', async () => {
  const minted = await mint({ object: secret, values: {
    auth: { recipe: 'htpasswd', user: 'internal', passwordFrom: 'rawPassword' },
    rawPassword: { recipe: 'random', bytes: 255 },
  } });
  const hash = createHash('sha1').update(valueOf(minted, 'rawPassword')).digest('base64');
  assert.equal(valueOf(minted, 'auth'), `internal:{SHA}${hash}`);
});

test('the hash is the one of the htpasswd program', () => {
  assert.equal(htpasswdLine('user', 'password'), 'user:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=');
});

test('an htpasswd line can be made for a password that was there before', async () => {
  const data = { rawPassword: Buffer.from('password').toString('base64') };
  const minted = await mint({ object: { ...secret, data }, values: { auth: { recipe: 'htpasswd', user: 'user', passwordFrom: 'rawPassword' } } });
  assert.equal(valueOf(minted, 'auth'), htpasswdLine('user', 'password'));
});

test('an htpasswd recipe without its password is a bug of the plan and named as one', async () => {
  await assert.rejects(mint({ object: secret, values: { auth: { recipe: 'htpasswd', user: 'u', passwordFrom: 'gone' } } }), /"gone"/);
});
