import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { routeFor, targetOf, type Route } from '../../../../tools/e2e/route-table.ts';

function route(name: string, spec: Partial<Route['spec']> = {}, admitted = 'True'): Route {
  return {
    metadata: { name, namespace: 'n' }, spec: { host: 'a.example.com', to: { kind: 'Service', name: 's' }, ...spec },
    status: { ingress: [{ conditions: [{ type: 'Admitted', status: admitted }] }] },
  };
}

const named = (routes: readonly Route[], host: string, path = '/'): string | undefined => routeFor(routes, host, path)?.metadata.name;

describe('the router stand-in', () => {
  it('goes by the host, whatever its case and port', () => {
    const routes = [route('a'), route('b', { host: 'b.example.com' })];
    assert.equal(named(routes, 'b.example.com'), 'b');
    assert.equal(named(routes, 'A.example.com:80'), 'a');
    assert.equal(named(routes, 'c.example.com'), undefined);
  });

  it('prefers the longest path that covers the request', () => {
    const routes = [route('all'), route('api', { path: '/api' }), route('deep', { path: '/api/deep' })];
    assert.equal(named(routes, 'a.example.com', '/api/deep/x'), 'deep');
    assert.equal(named(routes, 'a.example.com', '/apix'), 'all');
    assert.equal(named(routes, 'a.example.com', '/api'), 'api');
  });

  it('leaves out what was not admitted, and what asks for TLS', () => {
    assert.equal(named([route('a', {}, 'False')], 'a.example.com'), undefined);
    assert.equal(named([route('a', { tls: { termination: 'edge' } })], 'a.example.com'), undefined);
  });

  it('finds the port of the Service by its target, its name or its number', () => {
    const service = { spec: { clusterIP: '10.96.1.1', ports: [{ name: 'status', port: 15_021, targetPort: 15_021 }, { name: 'http2', port: 80, targetPort: 8080 }] } };
    const port = (targetPort?: string | number): number | undefined => targetOf(route('a', targetPort === undefined ? {} : { port: { targetPort } }), service)?.port;
    assert.deepEqual([port('http2'), port(8080), port(80), port(), port('none')], [80, 80, 80, 15_021, undefined]);
  });

  it('reaches no Service without an address', () => {
    assert.equal(targetOf(route('a'), { spec: { clusterIP: 'None', ports: [{ port: 1 }] } }), undefined);
  });
});
