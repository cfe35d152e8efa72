import assert from 'node:assert/strict';
import { request as httpsRequest, Agent } from 'node:https';
import { X509Certificate } from 'node:crypto';
import { connect } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { after, before, beforeEach, test } from 'node:test';
import { err, ok } from '../../../src/lib/result.ts';
import { createAuthority, createServing, type KeyedCertificate } from '../../../src/pki/certificate.ts';
import { startWebhookServer, type RequestObservation, type ReviewHandler, type WebhookServer } from '../../../src/webhooks/server.ts';

const DAY = 86_400_000;
const lifetime = { now: new Date(), validityMs: DAY };

/** Certificates that can be changed under a running server. */
class Certificates {
  readonly #listeners = new Set<() => void>();
  #now: KeyedCertificate;
  authorityPem: string;

  constructor(serving: KeyedCertificate, authorityPem: string) {
    this.#now = serving;
    this.authorityPem = authorityPem;
  }

  current(): { key: string; cert: string; caBundlePem: string } {
    return { key: this.#now.keyPem, cert: this.#now.certPem, caBundlePem: this.authorityPem };
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  change(serving: KeyedCertificate): void {
    this.#now = serving;
    for (const listener of this.#listeners) listener();
  }
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

interface Call {
  readonly path?: string;
  readonly method?: string;
  readonly body?: string | Buffer;
  readonly agent?: Agent;
  readonly ca?: string;
}

let authority: KeyedCertificate;
let certificates: Certificates;
let server: WebhookServer;
let handler: ReviewHandler;
let seen: RequestObservation[] = [];
const reloadErrors: unknown[] = [];

before(async () => {
  authority = await createAuthority('test CA', lifetime);
  certificates = new Certificates(await createServing(authority, ['127.0.0.1'], lifetime), authority.certPem);
  server = await startWebhookServer({
    certificates, address: '127.0.0.1', port: 0, monotonicMs: () => performance.now(),
    handlers: new Map([['/review', async (body, deadline) => handler(body, deadline)]]),
    onRequest: (observation) => { seen.push(observation); },
    onReloadError: (error) => { reloadErrors.push(error); },
  });
});
after(async () => server.close());
beforeEach(() => {
  seen = [];
  handler = async (body) => ok({ review: { got: body }, outcome: 'allowed' });
});

async function call({ path = '/review', method = 'POST', body = '{"a":1}', agent, ca = authority.certPem }: Call = {}): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const request = httpsRequest({ host: '127.0.0.1', port: server.port, path, method, ca, agent: agent ?? false }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () => { resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }); });
    response.on('error', reject);
  });
  request.on('error', reject);
  request.end(body);
  return promise;
}

test('a review is answered with JSON over a connection that the authority vouches for', async () => {
  assert.deepEqual(await call(), { status: 200, text: '{"got":{"a":1}}' });
  assert.equal(server.isListening(), true);
});

test('another authority does not vouch for it', async () => {
  const other = await createAuthority('test CA', lifetime);
  await assert.rejects(call({ ca: other.certPem }), /certificate|signature/);
});

const junk: readonly (readonly [string, Call, number, RegExp])[] = [
  ['an unknown path', { path: '/nothing' }, 404, /nothing is served at \/nothing; there is \/review/],
  ['a path that is no path', { path: '//[' }, 404, /nothing is served/],
  ['a GET', { method: 'GET', body: '' }, 405, /GET is not understood here; POST a review/],
  ['no body', { body: '' }, 400, /the body is not JSON/],
  ['half a body', { body: '{"a":' }, 400, /the body is not JSON/],
  ['bytes that are no text', { body: Buffer.from([0xff, 0xfe, 0x00, 0x80]) }, 400, /the body is not JSON/],
  ['a body of 9 MiB', { body: Buffer.alloc(9 * 1024 * 1024, 32) }, 413, /larger than 8388608 bytes/],
];
for (const [what, request, status, text] of junk) {
  test(`${what} is answered with ${status} and a sentence, and the server goes on`, async () => {
    const answer = await call(request);
    assert.equal(answer.status, status);
    assert.match(answer.text, text);
    assert.deepEqual(seen.map(({ outcome }) => outcome), ['bad-request']);
    assert.equal((await call()).status, 200);
  });
}

test('a body that is deeper than the stack is answered, not died of', async () => {
  const depth = 200_000;
  const answer = await call({ body: `${'['.repeat(depth)}${']'.repeat(depth)}` });
  assert.ok([200, 400, 500].includes(answer.status));
  assert.equal((await call()).status, 200);
});

test('a body that is no review is the sender\'s mistake', async () => {
  handler = async () => err('that is no review');
  assert.deepEqual(await call(), { status: 400, text: 'that is no review\n' });
});

test('a handler that throws costs that request only, and tells the sender nothing of our insides', async () => {
  handler = async () => { throw new Error('secret detail'); };
  const answer = await call();
  assert.equal(answer.status, 500);
  assert.ok(!answer.text.includes('secret'));
  assert.match(String(seen[0]?.error), /secret detail/);
  handler = async () => ok({ review: {}, outcome: 'allowed' });
  assert.equal((await call()).status, 200);
});

test('unknown paths share one name in the metrics', async () => {
  await call({ path: '/a' });
  await call({ path: '/b?c=d' });
  await call();
  assert.deepEqual(seen.map(({ path }) => path), ['other', 'other', '/review']);
  assert.ok(seen.every(({ seconds }) => seconds >= 0));
});

test('the handler is told shortly before the API server loses patience', async () => {
  let reason: unknown;
  handler = async (_body, deadline) => {
    await new Promise((resolve) => { deadline.addEventListener('abort', resolve, { once: true }); });
    reason = deadline.reason;
    return ok({ review: {}, outcome: 'denied' });
  };
  assert.equal((await call({ path: '/review?timeout=1s' })).status, 200);
  assert.equal((reason as DOMException).name, 'TimeoutError');
});

test('bytes that are no TLS, and connections that say nothing, hurt nobody', async () => {
  const silent = connect(server.port, '127.0.0.1');
  const shouting = connect(server.port, '127.0.0.1', () => { shouting.write('GET / HTTP/1.1\r\n\r\n'); });
  shouting.on('error', () => {});
  await new Promise((resolve) => { shouting.once('close', resolve); });
  assert.equal((await call()).status, 200);
  silent.destroy();
});

test('a new certificate is served at once, and no request fails on the way', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const next = await createServing(authority, ['127.0.0.1', 'renewed'], lifetime);
  const state = { isDone: false, answered: 0 };
  const traffic = Array.from({ length: 4 }, async (_, worker) => {
    while (!state.isDone) {
      // Half of the traffic keeps its connection, half opens a new one each time.
      const answer = await call(worker % 2 === 0 ? { agent } : {});
      assert.equal(answer.status, 200);
      state.answered += 1;
    }
  });
  const untilAnswered = async (count: number): Promise<void> => {
    while (state.answered < count) await new Promise((resolve) => { setImmediate(resolve); });
  };
  await untilAnswered(20);
  certificates.change(next);
  await untilAnswered(state.answered + 20);
  state.isDone = true;
  await Promise.all(traffic);
  agent.destroy();
  assert.equal(await servedSerial(), serialOf(next.certPem));
});

test('a certificate that cannot be loaded is reported, and the old one stays', async () => {
  const before = await servedSerial();
  certificates.change({ certPem: 'rubbish', keyPem: 'rubbish' });
  assert.equal(reloadErrors.length, 1);
  assert.equal(await servedSerial(), before);
});

test('closing lets a running request end and takes no new one', async () => {
  const serving = await createServing(authority, ['127.0.0.1'], lifetime);
  const held = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const other = await startWebhookServer({
    certificates: new Certificates(serving, authority.certPem), address: '127.0.0.1', port: 0, monotonicMs: () => 0,
    handlers: new Map([['/slow', async () => {
      arrived.resolve();
      await held.promise;
      return ok({ review: { late: true }, outcome: 'allowed' as const });
    }]]),
  });
  const mine = server;
  server = other;
  const answer = call({ path: '/slow', agent: new Agent({ keepAlive: true }) });
  await arrived.promise;
  const closed = other.close();
  assert.equal(other.isListening(), false);
  await assert.rejects(call({ path: '/slow' }), /ECONNREFUSED/);
  held.resolve();
  assert.deepEqual(await answer, { status: 200, text: '{"late":true}' });
  await closed;
  server = mine;
});

test('before it ends it still answers, and has callers find another connection', async () => {
  const leaving = await startWebhookServer({
    certificates: new Certificates(await createServing(authority, ['127.0.0.1'], lifetime), authority.certPem), address: '127.0.0.1', port: 0, monotonicMs: () => 0,
    handlers: new Map([['/review', async () => ok({ review: {}, outcome: 'allowed' as const })]]),
  });
  const agent = new Agent({ keepAlive: true });
  const connectionOf = (): Promise<string | undefined> => new Promise((resolve, reject) => {
    const request = httpsRequest({ host: '127.0.0.1', port: leaving.port, path: '/review', method: 'POST', ca: authority.certPem, agent }, (response) => {
      response.resume().once('end', () => { resolve(response.headers.connection); });
    });
    request.once('error', reject);
    request.end('{}');
  });
  assert.equal(await connectionOf(), 'keep-alive');
  leaving.drain();
  assert.equal(await connectionOf(), 'close');
  assert.equal(leaving.isListening(), true);
  await leaving.close();
  agent.destroy();
});

test('a port that is taken is told at the start', async () => {
  const again = startWebhookServer({ certificates: new Certificates(await createServing(authority, ['127.0.0.1'], lifetime), authority.certPem), address: '127.0.0.1', port: server.port, monotonicMs: () => 0, handlers: new Map() });
  await assert.rejects(again, /EADDRINUSE/);
});

function serialOf(certPem: string): string {
  return new X509Certificate(certPem).serialNumber;
}

async function servedSerial(): Promise<string> {
  const socket = tlsConnect({ host: '127.0.0.1', port: server.port, ca: authority.certPem });
  await new Promise((resolve, reject) => { socket.once('secureConnect', resolve).once('error', reject); });
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}
