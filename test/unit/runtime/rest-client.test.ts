import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Credentials } from '../../../src/runtime/credentials.ts';
import type { ClusterAccess } from '../../../src/runtime/kube-config.ts';
import { createRest, type RequestSeen, type RestOptions } from '../../../src/runtime/rest-client.ts';
import { ApiError, type Rest } from '../../../src/runtime/rest.ts';

/*
 * HTTP as it can go wrong, from a plain server that answers each request by hand. The API server itself: test/envtest/chaos.
 */

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

interface Setting {
  readonly rest: Rest;
  readonly url: string;
  readonly seen: RequestSeen[];
  /** Connections that were opened. */
  readonly connections: () => number;
}

interface Wishes extends Partial<RestOptions>, Partial<Omit<ClusterAccess, 'server'>> {
  readonly host?: string;
  readonly prefix?: string;
}

async function serve(t: TestContext, answer: Answer, wishes: Wishes = {}): Promise<Setting> {
  const { host = '127.0.0.1', prefix = '', userAgent = 'test/1', proxyUrl, credentials = async () => noCredentials, ...options } = wishes;
  let connections = 0;
  const server = createServer(answer);
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((listening) => {
    server.listen(0, host, listening);
  });
  const { port, family } = server.address() as AddressInfo;
  const url = `http://${family === 'IPv6' ? `[${host}]` : host}:${port}${prefix}`;
  const seen: RequestSeen[] = [];
  const access: ClusterAccess = { server: url, namespace: 'default', proxyUrl, credentials };
  const rest = createRest(access, { userAgent, onRequest: (one) => seen.push(one), ...options });
  t.after(async () => {
    await rest.close();
    server.closeAllConnections();
    server.close();
  });
  return { rest, url, seen, connections: () => connections };
}

const noCredentials: Credentials = { headers: {}, tls: {} };

function json(response: ServerResponse, value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request) text += String(part);
  return text;
}

const failureOf = async (call: Promise<unknown>): Promise<ApiError> => {
  const error = await call.then(() => assert.fail('it succeeded'), (thrown: unknown) => thrown);
  assert.ok(error instanceof ApiError, String(error));
  return error;
};

test('a call sends JSON under its content type and parses the answer', async (t) => {
  const { rest, seen } = await serve(t, (request, response) => {
    void bodyOf(request).then((body) => json(response, { method: request.method, url: request.url, body, headers: request.headers }));
  }, { credentials: async () => ({ headers: { authorization: 'Bearer abc' }, tls: {} }) });
  const answer = await rest.call<{ method: string; url: string; body: string; headers: Record<string, string> }>({
    method: 'PATCH', path: '/api/v1/pods/a', query: { fieldManager: 'tmesh a', force: true, limit: 5, absent: undefined }, body: { a: 'ö' }, contentType: 'application/apply-patch+yaml',
  });
  assert.deepEqual([answer.method, answer.url, answer.body], ['PATCH', '/api/v1/pods/a?fieldManager=tmesh+a&force=true&limit=5', '{"a":"ö"}']);
  assert.equal(answer.headers['content-type'], 'application/apply-patch+yaml');
  assert.equal(answer.headers['authorization'], 'Bearer abc');
  assert.equal(answer.headers['user-agent'], 'test/1');
  assert.deepEqual(seen.map(({ method, path, status }) => [method, path, status]), [['PATCH', '/api/v1/pods/a', 200]]);
});

test('text stays text and nothing is undefined', async (t) => {
  const { rest } = await serve(t, (request, response) => {
    if (request.url === '/readyz') response.end('ok');
    else response.writeHead(204).end();
  });
  assert.equal(await rest.call({ method: 'GET', path: '/readyz' }), 'ok');
  assert.equal(await rest.call({ method: 'GET', path: '/empty' }), undefined);
});

test('a server under a path, and an IPv6 address', async (t) => {
  const { rest } = await serve(t, (request, response) => json(response, { url: request.url }), { host: '::1', prefix: '/k8s/clusters/c-1' });
  assert.deepEqual(await rest.call({ method: 'GET', path: '/version' }), { url: '/k8s/clusters/c-1/version' });
});

test('an answer outside 2xx is an ApiError with the words of its Status', async (t) => {
  const status = { kind: 'Status', code: 409, reason: 'Conflict', message: 'changed meanwhile' };
  const { rest, seen } = await serve(t, (_, response) => json(response, status, 409, { 'retry-after': '3' }));
  const error = await failureOf(rest.call({ method: 'PUT', path: '/x', body: {} }));
  assert.deepEqual([error.status, error.reason, error.message, error.retryAfterMs], [409, 'Conflict', 'changed meanwhile', 3000]);
  assert.equal(seen[0]?.status, 409);
  const opened = await failureOf(rest.stream({ method: 'GET', path: '/x' }));
  assert.equal(opened.status, 409);
});

test('a server that is not there, breaks off or answers with half a body has status 0', async (t) => {
  const { rest, url } = await serve(t, (request, response) => {
    if (request.url === '/reset') response.socket?.destroy();
    else if (request.url === '/half') response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' }).write('{"a":', () => response.socket?.destroy());
    else response.writeHead(200, { 'content-type': 'application/json' }).end('{"secret":');
  });
  for (const path of ['/reset', '/half', '/not-json']) {
    const error = await failureOf(rest.call({ method: 'GET', path }));
    assert.equal(error.status, 0, path);
    assert.ok(!error.message.includes('secret'));
  }
  await rest.close();
  const closed = createRest({ server: url.replace(/\d+$/, '1'), namespace: '', proxyUrl: undefined, credentials: async () => noCredentials }, { userAgent: 'test/1' });
  t.after(() => closed.close());
  const error = await failureOf(closed.call({ method: 'GET', path: '/x' }));
  assert.equal(error.status, 0);
  assert.match(error.message, /^GET \/x: .*ECONNREFUSED/);
});

test('a call that takes too long is given up, whether the answer is late or its body slow', async (t) => {
  const { rest } = await serve(t, (request, response) => {
    if (request.url === '/slow-body') response.writeHead(200, { 'content-type': 'application/json' }).write('{');
  });
  for (const path of ['/late', '/slow-body']) {
    const error = await failureOf(rest.call({ method: 'GET', path, timeoutMs: 50 }));
    assert.deepEqual([error.status, error.message], [0, `GET ${path}: no answer within 0.05 s`]);
  }
});

test('a call ends with its signal', async (t) => {
  const { rest } = await serve(t, () => undefined);
  const stop = new AbortController();
  const call = failureOf(rest.call({ method: 'GET', path: '/x', signal: stop.signal }));
  stop.abort();
  assert.equal((await call).status, 0);
  assert.equal((await failureOf(rest.call({ method: 'GET', path: '/x', signal: stop.signal }))).status, 0);
});

test('a 401 reads the credentials again and repeats the request once', async (t) => {
  let token = 'old';
  const asked: (boolean | undefined)[] = [];
  const { rest } = await serve(t, (request, response) => {
    void bodyOf(request).then((body) => json(response, request.headers.authorization === 'new' ? { body } : 'no'.repeat(200_000), request.headers.authorization === 'new' ? 200 : 401));
  }, {
    connections: 1,
    credentials: async ({ fresh } = {}) => {
      asked.push(fresh);
      return { headers: { authorization: token }, tls: {} };
    },
  });
  const refused = await failureOf(rest.call({ method: 'POST', path: '/x', body: 1 }));
  assert.equal(refused.status, 401);
  assert.deepEqual(asked, [undefined, true]);
  token = 'new';
  assert.deepEqual(await rest.call({ method: 'POST', path: '/x', body: [2] }), { body: '[2]' });
});

test('credentials that cannot be had are an ApiError with their sentence', async (t) => {
  const { rest, seen } = await serve(t, () => undefined, { credentials: async () => Promise.reject(new Error('the token file is gone')) });
  const error = await failureOf(rest.call({ method: 'GET', path: '/x' }));
  assert.deepEqual([error.status, error.message], [0, 'GET /x: the token file is gone']);
  assert.equal(seen[0]?.status, 0);
});

test('a compressed answer is unpacked, whole or as a stream', async (t) => {
  const { rest } = await serve(t, (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(gzipSync('{"a":"ü"}'));
  });
  assert.deepEqual(await rest.call({ method: 'GET', path: '/x' }), { a: 'ü' });
  const parts: Uint8Array[] = [];
  for await (const part of await rest.stream({ method: 'GET', path: '/x' })) parts.push(part);
  assert.equal(Buffer.concat(parts).toString(), '{"a":"ü"}');
});

test('a stream gives bytes as they come and ends as the server ends it', async (t) => {
  let response: ServerResponse | undefined;
  const { rest, seen } = await serve(t, (_, opened) => {
    response = opened;
    opened.writeHead(200).write('one');
  });
  const stream = await rest.stream({ method: 'GET', path: '/x', timeoutMs: 1000 });
  assert.equal(seen[0]?.status, 200, 'it counts when it is open');
  const seenParts: string[] = [];
  for await (const part of stream) {
    seenParts.push(Buffer.from(part).toString());
    if (seenParts.length === 1) response?.write('two');
    else response?.end();
  }
  assert.deepEqual(seenParts, ['one', 'two']);
});

test('the time limit of a stream is for its opening; open, it may be silent', async (t) => {
  let response: ServerResponse | undefined;
  const { rest } = await serve(t, (_, opened) => {
    response = opened;
    opened.writeHead(200).flushHeaders();
  });
  const stream = await rest.stream({ method: 'GET', path: '/x', timeoutMs: 400 });
  setTimeout(() => response?.end('late'), 600);
  const parts: string[] = [];
  for await (const part of stream) parts.push(Buffer.from(part).toString());
  assert.deepEqual(parts, ['late']);
});

test('a stream that breaks, or is aborted, throws an ApiError of status 0', async (t) => {
  const { rest } = await serve(t, (request, response) => {
    response.writeHead(200).write('one', () => {
      if (request.url === '/broken') response.socket?.destroy();
    });
  });
  const stop = new AbortController();
  const drain = async (stream: AsyncIterable<Uint8Array>, first: () => void): Promise<void> => {
    for await (const part of stream) if (part.length > 0) first();
  };
  assert.equal((await failureOf(drain(await rest.stream({ method: 'GET', path: '/broken' }), () => undefined))).status, 0);
  assert.equal((await failureOf(drain(await rest.stream({ method: 'GET', path: '/quiet', signal: stop.signal }), () => stop.abort()))).status, 0);
});

test('leaving a stream early closes its connection', async (t) => {
  const closed = Promise.withResolvers<void>();
  const { rest } = await serve(t, (request, response) => {
    request.socket.on('close', () => closed.resolve());
    response.writeHead(200).write('one');
  });
  for await (const part of await rest.stream({ method: 'GET', path: '/x' })) {
    assert.equal(part.length, 3);
    break;
  }
  await closed.promise;
});

test('connections are kept and no more than allowed are opened, however many calls there are; streams do not count', async (t) => {
  const { rest, connections } = await serve(t, (request, response) => {
    if (request.url === '/watch') response.writeHead(200).write('open');
    else json(response, {});
  }, { connections: 3 });
  for (let n = 0; n < 5; n += 1) await rest.stream({ method: 'GET', path: '/watch' });
  await Promise.all(Array.from({ length: 50 }, () => rest.call({ method: 'GET', path: '/x' })));
  assert.equal(connections(), 8);
});

test('a delete with a body keeps its connection', async (t) => {
  const { rest, connections } = await serve(t, (_request, response) => { json(response, {}); }, { connections: 1 });
  for (let n = 0; n < 3; n += 1) await rest.call({ method: 'DELETE', path: '/x', body: { preconditions: {} } });
  assert.equal(connections(), 1);
});

test('new TLS material opens new connections; what runs on the old ones is finished', async (t) => {
  let tls = {};
  const waiting: ServerResponse[] = [];
  const { rest, connections } = await serve(t, (request, response) => {
    if (request.url === '/slow') waiting.push(response);
    else json(response, {});
  }, { connections: 1, credentials: async () => ({ headers: {}, tls }) });
  await rest.call({ method: 'GET', path: '/x' });
  const slow = rest.call({ method: 'GET', path: '/slow' });
  tls = {};
  await rest.call({ method: 'GET', path: '/x' });
  assert.equal(connections(), 2);
  for (const response of waiting) json(response, 'done');
  assert.equal(await slow, 'done');
});

test('closing breaks everything off', async (t) => {
  const { rest } = await serve(t, () => undefined);
  const call = failureOf(rest.call({ method: 'GET', path: '/x' }));
  await rest.close();
  assert.equal((await call).status, 0);
});

test('after closing, a call fails at once', async (t) => {
  const { rest } = await serve(t, () => undefined);
  await rest.close();
  assert.match((await failureOf(rest.call({ method: 'GET', path: '/x' }))).message, /the client is closed/);
});

test('a proxy is used when there is one', async (t) => {
  const asked: (string | undefined)[] = [];
  const proxy = createServer((request, response) => {
    asked.push(request.url);
    json(response, 'by proxy');
  });
  await new Promise<void>((listening) => {
    proxy.listen(0, '127.0.0.1', listening);
  });
  t.after(() => proxy.close());
  const { port } = proxy.address() as AddressInfo;
  const { rest, url } = await serve(t, (_, response) => json(response, 'directly'), { proxyUrl: `http://127.0.0.1:${port}` });
  assert.equal(await rest.call({ method: 'GET', path: '/x' }), 'by proxy');
  assert.deepEqual(asked, [`${url}/x`]);
});
