import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { setOfSecret } from '../../../src/pki/certificate-secret.ts';
import { CertificateContentionError, openCertificateStore, type CertificateStore, type SecretStore } from '../../../src/pki/certificate-store.ts';
import { bundleOf, defaultPolicy } from '../../../src/pki/rotation.ts';

const DAY = 86_400_000;
const policy = defaultPolicy(['localhost']);

/** One Secret in memory with the API server's promise: a write over a changed object is a conflict. */
class OneSecret implements SecretStore {
  secret: KubeObject | undefined;
  writes = 0;
  /** Runs before the next write: the other process that is a little faster. */
  interloper: (() => Promise<void>) | undefined;

  async read(): Promise<KubeObject | undefined> {
    return this.secret;
  }

  async create(data: Readonly<Record<string, string>>): Promise<KubeObject | 'exists'> {
    await this.#interrupt();
    return this.secret === undefined ? this.#write(data) : 'exists';
  }

  async replace(before: KubeObject, data: Readonly<Record<string, string>>): Promise<KubeObject | 'conflict'> {
    await this.#interrupt();
    return this.secret?.metadata.resourceVersion === before.metadata.resourceVersion ? this.#write(data) : 'conflict';
  }

  /** What another replica's watch would hand out. */
  edited(data: Readonly<Record<string, unknown>>): KubeObject {
    return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', resourceVersion: 'edited' }, data };
  }

  #write(data: Readonly<Record<string, string>>): KubeObject {
    this.writes += 1;
    this.secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', resourceVersion: String(this.writes) }, data };
    return this.secret;
  }

  async #interrupt(): Promise<void> {
    const run = this.interloper;
    this.interloper = undefined;
    await run?.();
  }
}

class Clock {
  time = Date.parse('2030-01-01T00:00:00Z');
  readonly now = (): Date => new Date(this.time);
}

const open = async (secrets: SecretStore, clock = new Clock()): Promise<CertificateStore> => openCertificateStore({ secrets, policy, now: clock.now });

test('the first process makes the Secret, the second takes what is there', async () => {
  const secrets = new OneSecret();
  const first = await open(secrets);
  const second = await open(secrets);
  assert.equal(secrets.writes, 1);
  assert.deepEqual(second.current(), first.current());
  assert.equal(first.isInMemory, false);
});

test('two processes that start together end with the same authority', async () => {
  const secrets = new OneSecret();
  let winner: CertificateStore | undefined;
  secrets.interloper = async () => { winner = await open(secrets); };
  const loser = await open(secrets);
  assert.deepEqual(loser.current(), winner?.current());
  assert.equal(secrets.writes, 1);
});

test('without the operator\'s namespace the certificates stay in memory and still rotate', async () => {
  const clock = new Clock();
  const nowhere: SecretStore = { read: async () => undefined, create: async () => 'no-namespace', replace: async () => 'conflict' };
  const store = await open(nowhere, clock);
  assert.equal(store.isInMemory, true);
  const before = store.current();
  clock.time += 61 * DAY;
  assert.equal(await store.rotate(true), 'renew');
  assert.notEqual(store.current().cert, before.cert);
  assert.equal(store.current().caBundlePem, before.caBundlePem);
});

test('a certificate that does not fit the new host is replaced at once, by the same authority', async () => {
  const secrets = new OneSecret();
  const first = await open(secrets);
  const second = await openCertificateStore({ secrets, policy: defaultPolicy(['10.1.1.1']), now: new Clock().now });
  assert.equal(second.current().caBundlePem, first.current().caBundlePem);
  assert.notEqual(second.current().cert, first.current().cert);
});

test('a broken Secret found at start is replaced', async () => {
  const secrets = new OneSecret();
  secrets.secret = secrets.edited({ 'tls.crt': 'AAAA' });
  const store = await open(secrets);
  assert.equal(secrets.writes, 1);
  assert.equal(bundleOf(setOfSecret(secrets.secret) ?? assert.fail('no set')), store.current().caBundlePem);
});

test('a broken Secret found later is written again from what is served, and nobody has to trust anything new', async () => {
  const secrets = new OneSecret();
  const store = await open(secrets);
  const before = store.current();
  secrets.secret = secrets.edited({});
  assert.equal(await store.rotate(true), 'none');
  assert.deepEqual(store.current(), before);
  assert.equal(bundleOf(setOfSecret(secrets.secret) ?? assert.fail('no set')), before.caBundlePem);
});

test('a deleted Secret is written again from what is served', async () => {
  const secrets = new OneSecret();
  const store = await open(secrets);
  const before = store.current();
  secrets.secret = undefined;
  await store.rotate(true);
  assert.deepEqual(store.current(), before);
  assert.equal((await open(secrets)).current().cert, before.cert);
});

test('nothing due means nothing written and nobody called', async () => {
  const secrets = new OneSecret();
  const store = await open(secrets);
  store.onChange(() => assert.fail('called'));
  assert.equal(await store.rotate(true), 'none');
  assert.equal(secrets.writes, 1);
});

test('a whole rotation: announced, and only when published and the overlap is over, served', async () => {
  const clock = new Clock();
  const secrets = new OneSecret();
  const store = await open(secrets, clock);
  const old = store.current();
  clock.time += 250 * DAY;
  assert.equal(await store.rotate(true), 'announce');
  assert.equal(store.current().cert, old.cert);
  assert.ok(store.current().caBundlePem.startsWith(old.caBundlePem) && store.current().caBundlePem.length > old.caBundlePem.length);
  assert.equal(await store.rotate(true), 'renew');
  clock.time += policy.overlapMs;
  assert.equal(await store.rotate(false), 'none');
  assert.equal(await store.rotate(true), 'activate');
  assert.ok(store.current().caBundlePem.includes(old.caBundlePem));
});

test('other replicas take over what the watch shows, and say so once', async () => {
  const clock = new Clock();
  const secrets = new OneSecret();
  const leader = await open(secrets, clock);
  const follower = await open(secrets, clock);
  let calls = 0;
  const stop = follower.onChange(() => { calls += 1; });
  clock.time += 60 * DAY;
  await leader.rotate(true);
  follower.offer(secrets.secret);
  follower.offer(secrets.secret);
  assert.equal(calls, 1);
  assert.deepEqual(follower.current(), leader.current());
  stop();
  await leader.rotate(true);
  assert.equal(calls, 1);
});

test('a deleted or broken Secret seen by the watch changes nothing', async () => {
  const secrets = new OneSecret();
  const store = await open(secrets);
  const before = store.current();
  store.offer(undefined);
  store.offer(secrets.edited({ 'tls.crt': 'AAAA' }));
  assert.deepEqual(store.current(), before);
});

test('of two leaders in one moment the faster one wins and the other takes over his work', async () => {
  const clock = new Clock();
  const secrets = new OneSecret();
  const one = await open(secrets, clock);
  const two = await open(secrets, clock);
  clock.time += 60 * DAY;
  secrets.interloper = async () => { await one.rotate(true); };
  assert.equal(await two.rotate(true), 'none');
  await two.rotate(true);
  assert.deepEqual(two.current(), one.current());
});

test('a Secret that changes under every write ends in a sentence, not in a loop', async () => {
  const contended: SecretStore = { read: async () => undefined, create: async () => 'exists', replace: async () => 'conflict' };
  await assert.rejects(open(contended), CertificateContentionError);
});
