import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostFields, plainHost, portFor, routeHosts } from '../../../../src/domain/ior/hosts.ts';

type Tls = { readonly httpsRedirect?: boolean; readonly mode?: string };
const http = (...hosts: readonly string[]): { readonly hosts: readonly string[] } => ({ hosts });
const https = (tls: Tls, ...hosts: readonly string[]): { readonly hosts: readonly string[]; readonly tls: Tls } => ({ hosts, tls });

test('the namespace part of a host is dropped: ns/host, ./host and */host', () => {
  assert.deepEqual(['pay/one.org', './one.org', '*/one.org', 'one.org', '*/*', '*'].map(plainHost), ['one.org', 'one.org', 'one.org', 'one.org', '*', '*']);
});

test('* has no host, *.x is wildcard.x for the subdomain, anything else stays', () => {
  assert.deepEqual(hostFields('*'), { wildcardPolicy: 'None' });
  assert.deepEqual(hostFields('*.example.com'), { host: 'wildcard.example.com', wildcardPolicy: 'Subdomain' });
  assert.deepEqual(hostFields('one.org'), { host: 'one.org', wildcardPolicy: 'None' });
});

test('a host on port 80 and 443 is one host, and TLS, whichever comes first', () => {
  const expected = [{ host: 'one.org', originals: ['one.org'], isTls: true, isRedirected: false, numbers: [] }];
  assert.deepEqual(routeHosts({ servers: [http('one.org'), https({ mode: 'SIMPLE' }, 'one.org')] }), expected);
  assert.deepEqual(routeHosts({ servers: [https({ mode: 'SIMPLE' }, 'one.org'), http('one.org')] }), expected);
});

test('httpsRedirect on the plain server redirects the host of the TLS server', () => {
  const [host] = routeHosts({ servers: [https({ httpsRedirect: true }, 'one.org'), https({ mode: 'SIMPLE' }, 'one.org')] });
  assert.deepEqual([host?.isTls, host?.isRedirected], [true, true]);
});

test('a server with httpsRedirect alone counts as TLS, as in the old operator', () => {
  const [host] = routeHosts({ servers: [https({ httpsRedirect: true }, 'one.org')] });
  assert.ok(host);
  assert.equal(portFor(host), 'https');
});

test('every TLS mode counts', () => {
  for (const mode of ['PASSTHROUGH', 'SIMPLE', 'MUTUAL', 'AUTO_PASSTHROUGH', 'ISTIO_MUTUAL']) {
    assert.equal(routeHosts({ servers: [https({ mode }, 'one.org')] })[0]?.isTls, true);
  }
});

test('hosts with and without a namespace part are one host that remembers both spellings', () => {
  assert.deepEqual(routeHosts({ servers: [http('./one.org', 'one.org'), http('one.org')] }), [
    { host: 'one.org', originals: ['./one.org', 'one.org'], isTls: false, isRedirected: false, numbers: [] },
  ]);
});

test('different hosts keep the order of the Gateway; empty ones and missing lists are no hosts', () => {
  assert.deepEqual(routeHosts({ servers: [http('b.org', 'a.org', '', 'x/'), {}] }).map((host) => host.host), ['b.org', 'a.org']);
  assert.deepEqual(routeHosts({}), []);
});

test('plain hosts go to http2', () => {
  assert.equal(portFor({ host: 'a', originals: ['a'], isTls: false, isRedirected: false, numbers: [] }), 'http2');
});
