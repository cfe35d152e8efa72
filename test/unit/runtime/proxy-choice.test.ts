import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proxyFor } from '../../../src/runtime/proxy-choice.ts';

const proxies = { httpsProxy: 'http://secure.proxy:3128', httpProxy: 'plain.proxy:80' };
const chosen = (server: string, noProxy?: string): string | undefined => proxyFor(server, { ...proxies, noProxy });

test('the scheme of the server chooses the variable, and a proxy without scheme is http', () => {
  assert.equal(chosen('https://api.example.com:6443'), 'http://secure.proxy:3128');
  assert.equal(chosen('http://api.example.com'), 'http://plain.proxy:80');
  assert.equal(proxyFor('https://api.example.com', {}), undefined);
  assert.equal(proxyFor('https://api.example.com', { httpsProxy: ' ' }), undefined);
});

test('loopback is never proxied', () => {
  for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '[::1]']) assert.equal(chosen(`https://${host}:6443`), undefined);
});

const exempt: readonly (readonly [string, string])[] = [
  ['https://api.example.com:6443', '*'],
  ['https://api.example.com:6443', 'example.com'],
  ['https://api.example.com:6443', '.example.com'],
  ['https://api.example.com:6443', '*.example.com'],
  ['https://api.example.com:6443', 'a.b, API.Example.com'],
  ['https://api.example.com:6443', 'api.example.com:6443'],
  ['https://api.example.com', 'api.example.com:443'],
  ['https://172.30.0.1', '.svc,172.30.0.0/16'],
  ['https://172.30.0.1', '172.30.0.1'],
  ['https://[fd00::1]:6443', 'fd00::/8'],
  ['https://[fd00::1]:6443', '[fd00::1]'],
];
for (const [server, noProxy] of exempt) test(`${server} goes past the proxy with NO_PROXY=${noProxy}`, () => assert.equal(chosen(server, noProxy), undefined));

const proxied: readonly (readonly [string, string])[] = [
  ['https://api.example.com:6443', 'ample.com'],
  ['https://api.example.com:6443', 'api.example.com:443'],
  ['https://172.31.0.1', '172.30.0.0/16'],
  ['https://172.30.0.1', '172.30.0.0/99'],
  ['https://172.30.0.1', 'fd00::/8'],
  ['https://172.30.0.1', '0.1'],
  ['https://api.example.com', 'nonsense/8'],
];
for (const [server, noProxy] of proxied) test(`${server} is proxied with NO_PROXY=${noProxy}`, () => assert.equal(chosen(server, noProxy), 'http://secure.proxy:3128'));
