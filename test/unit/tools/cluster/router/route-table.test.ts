import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { routeBackends, routeFor, type RoutedRoute } from '../../../../../tools/cluster/router/route-table.ts';
import { backendsOf, type EndpointSlice, type Service } from '../../../../../tools/cluster/service-table.ts';

const metadata = (name: string) => ({ name, namespace: 'n', uid: name, resourceVersion: '1', creationTimestamp: '2030-01-01T00:00:00Z' });
const HOST = 'a.apps.example.com';

function route(name: string, spec: Partial<RoutedRoute['spec']> = {}, status = 'True'): RoutedRoute {
  return { metadata: metadata(name), spec: { to: { name: 'web' }, ...spec }, status: { ingress: [{ host: HOST, conditions: [{ type: 'Admitted', status }] }] } };
}

const WEB: Service = { metadata: metadata('web'), spec: { clusterIP: '10.96.0.9', ports: [{ name: 'http2', port: 80, targetPort: 8080 }, { name: 'admin', port: 9000 }] } };
const SLICE: EndpointSlice = {
  metadata: metadata('web-1'), ports: [{ name: 'http2', port: 8080 }, { name: 'admin', port: 9000 }],
  endpoints: [{ addresses: ['10.244.0.2'], conditions: { ready: true } }, { addresses: ['10.244.0.3'], conditions: { ready: false } }, { addresses: ['10.244.0.4'] }],
};
const TABLE = { service: (_: string, name: string) => (name === 'web' ? WEB : undefined), backends: (_: Service, port = '') => backendsOf([SLICE], port) };

describe('the router', () => {
  it('serves an admitted Route at its host, the longest path that fits', () => {
    const routes = [route('all'), route('api', { path: '/api' }), route('deep', { path: '/api/deep' })];
    assert.equal(routeFor(routes, HOST, '/')?.metadata.name, 'all');
    assert.equal(routeFor(routes, HOST, '/api/apply')?.metadata.name, 'api');
    assert.equal(routeFor(routes, HOST, '/api')?.metadata.name, 'api');
    assert.equal(routeFor(routes, HOST, '/api/deep/x')?.metadata.name, 'deep');
    assert.equal(routeFor(routes, HOST, '/apiary')?.metadata.name, 'all');
  });

  it('goes by the host, whatever its case and port', () => {
    assert.equal(routeFor([route('r')], 'A.apps.example.com:80', '/')?.metadata.name, 'r');
  });

  it('serves nothing that is not admitted, at another host, or only with TLS', () => {
    assert.equal(routeFor([route('r', {}, 'False'), route('t', { tls: {} })], HOST, '/'), undefined);
    assert.equal(routeFor([route('r')], 'b.apps.example.com', '/'), undefined);
  });

  it('finds the port by name, by target, or takes the first', () => {
    const ports = (targetPort?: number | string): number[] =>
      routeBackends(route('r', targetPort === undefined ? {} : { port: { targetPort } }), TABLE).map(({ port }) => port);
    assert.deepEqual(ports(), [8080, 8080]);
    assert.deepEqual(ports('admin'), [9000, 9000]);
    assert.deepEqual(ports(8080), [8080, 8080]);
    assert.deepEqual(ports(9000), [9000, 9000]);
    assert.deepEqual(ports('http2'), [8080, 8080]);
    assert.deepEqual(ports('gone'), []);
    // 80 is where the Service listens, not its target.
    assert.deepEqual(ports(80), []);
  });

  it('sends to ready endpoints; without a word on readiness one is ready', () => {
    assert.deepEqual(backendsOf([SLICE], 'http2').map(({ address }) => address), ['10.244.0.2', '10.244.0.4']);
    assert.deepEqual(routeBackends(route('r', { to: { name: 'gone' } }), TABLE), []);
  });
});
