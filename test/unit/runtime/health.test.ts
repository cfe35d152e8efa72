import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { healthPages, metricsPages, pageOf, servePages } from '../../../src/runtime/health.ts';

describe('health', () => {
  test('a page is ok when all holds, and names what does not; a check that throws does not hold', () => {
    assert.deepEqual(pageOf([{ name: 'a', isFine: () => true }]), { status: 200, contentType: 'text/plain; charset=utf-8', body: 'ok\n' });
    const checks = [{ name: 'caches', isFine: () => false }, { name: 'fine', isFine: () => true }, { name: 'webhook', isFine: () => { throw new Error('x'); } }];
    assert.deepEqual(pageOf(checks), { status: 503, contentType: 'text/plain; charset=utf-8', body: 'not ready: caches\nnot ready: webhook\n' });
  });

  test('probes are answered on a free port, readiness apart from liveness', async () => {
    let isReady = false;
    const server = await servePages(healthPages({ ready: [{ name: 'caches', isFine: () => isReady }] }), { host: '127.0.0.1', port: 0 });
    const get = async (path: string): Promise<string> => {
      const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
      return `${response.status} ${(await response.text()).trim()}`;
    };
    assert.equal(await get('/readyz'), '503 not ready: caches');
    assert.equal(await get('/healthz'), '200 ok');
    assert.equal(await get('/livez?verbose=1'), '200 ok');
    isReady = true;
    assert.equal(await get('/readyz'), '200 ok');
    assert.equal(await get('/'), '404 not found');
    assert.equal(await get('/toString'), '404 not found');
    await server.close();
    await assert.rejects(get('/readyz'));
  });

  test('metrics are text, and a page that fails is a 500', async () => {
    const pages = { ...metricsPages(() => Promise.resolve('tmesh_leader 1\n')), '/broken': () => Promise.reject(new Error('no')) };
    const server = await servePages(pages, { host: '127.0.0.1', port: 0 });
    const response = await fetch(`http://127.0.0.1:${server.port}/metrics`);
    assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
    assert.equal(await response.text(), 'tmesh_leader 1\n');
    assert.equal((await fetch(`http://127.0.0.1:${server.port}/broken`)).status, 500);
    await server.close();
  });

  test('a port that is taken is an error, not a silent server', async () => {
    const first = await servePages({}, { host: '127.0.0.1', port: 0 });
    await assert.rejects(servePages({}, { host: '127.0.0.1', port: first.port }), { code: 'EADDRINUSE' });
    await first.close();
  });
});
