import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { admitRoutes, generatedHost, routeStatus, type Route } from '../../../../tools/cluster/route-admission.ts';

const AT = '2030-01-01T00:01:00Z';

function route(namespace: string, name: string, spec: Route['spec'], second = 0): Route {
  return {
    metadata: { name, namespace, uid: `${namespace}/${name}`, resourceVersion: '1', creationTimestamp: `2030-01-01T00:00:0${second}Z` },
    spec,
  };
}

function verdicts(...routes: readonly Route[]): Record<string, string> {
  return Object.fromEntries([...admitRoutes(routes)].map(([uid, verdict]) => [uid, verdict.reason ?? 'Admitted']));
}

describe('the host of a route', () => {
  it('is made of its name, its namespace and the domain when it names none', () => {
    assert.equal(generatedHost(route('mesh', 'web', {})), 'web-mesh.apps.example.com');
    assert.equal(generatedHost(route('mesh', 'web', { host: '' })), 'web-mesh.apps.example.com');
  });

  it('is left alone when it names one, or a subdomain', () => {
    assert.equal(generatedHost(route('mesh', 'web', { host: 'a.b' })), undefined);
    assert.equal(generatedHost(route('mesh', 'web', { subdomain: 'shop' })), undefined);
    assert.equal(admitRoutes([route('mesh', 'web', { subdomain: 'shop' })]).get('mesh/web')?.host, 'shop.apps.example.com');
  });
});

describe('the router', () => {
  it('gives a host to the oldest route, whatever the order it hears of them', () => {
    const older = route('a', 'r', { host: 'x.com' }, 1);
    const newer = route('b', 'r', { host: 'x.com' }, 2);
    const wanted = { 'a/r': 'Admitted', 'b/r': 'HostAlreadyClaimed' };
    assert.deepEqual(verdicts(older, newer), wanted);
    assert.deepEqual(verdicts(newer, older), wanted);
  });

  it('lets routes of one namespace share a host when their paths differ', () => {
    assert.deepEqual(verdicts(
      route('a', 'root', { host: 'x.com' }, 1), route('a', 'shop', { host: 'x.com', path: '/shop' }, 2), route('a', 'again', { host: 'x.com', path: '/shop' }, 3),
    ), { 'a/root': 'Admitted', 'a/shop': 'Admitted', 'a/again': 'HostAlreadyClaimed' });
  });

  it('refuses the host of another namespace under any path', () => {
    const second = route('b', 'r', { host: 'x.com', path: '/mine' }, 2);
    assert.equal(verdicts(route('a', 'r', { host: 'x.com' }, 1), second)['b/r'], 'HostAlreadyClaimed');
  });

  it('refuses wildcards, and lets them claim nothing', () => {
    const wildcard = route('a', 'w', { host: 'wildcard.x.com', wildcardPolicy: 'Subdomain' }, 1);
    assert.deepEqual(verdicts(wildcard, route('b', 'r', { host: 'wildcard.x.com' }, 2)), { 'a/w': 'RouteNotAdmitted', 'b/r': 'Admitted' });
  });

  it('waits for a host', () => {
    assert.deepEqual(verdicts(route('a', 'r', {})), {});
  });

  it('never admits one host for two namespaces', () => {
    const some = fc.record({ namespace: fc.constantFrom('a', 'b'), host: fc.constantFrom('x', 'y'), path: fc.constantFrom('', '/p'), second: fc.nat(9) });
    fc.assert(fc.property(fc.array(some, { maxLength: 8 }), (rows) => {
      const routes = rows.map(({ namespace, host, path, second }, index) => route(namespace, `r${index}`, { host, path }, second));
      const admitted = admitRoutes(routes);
      const owners = routes.filter(({ metadata }) => admitted.get(metadata.uid)?.isAdmitted).map(({ metadata, spec }) => [spec.host, metadata.namespace]);
      assert.equal(new Set(owners.map(String)).size, new Set(owners.map(([host]) => host)).size);
    }));
  });
});

describe('the status of a route', () => {
  const plain = route('a', 'r', { host: 'x.com' });

  it('is written once and then left alone', () => {
    const status = routeStatus(plain, { host: 'x.com', isAdmitted: true }, AT) as Required<Route>['status'];
    assert.deepEqual(status.ingress?.[0]?.conditions, [{ type: 'Admitted', status: 'True', lastTransitionTime: AT }]);
    assert.equal(routeStatus({ ...plain, status }, { host: 'x.com', isAdmitted: true }, 'later'), undefined);
  });

  it('changes with the verdict and with the host', () => {
    const status = routeStatus(plain, { host: 'x.com', isAdmitted: true }, AT) as Required<Route>['status'];
    const refused = { host: 'x.com', isAdmitted: false, reason: 'HostAlreadyClaimed', message: 'route q already exposes x.com and is older' };
    assert.match(JSON.stringify(routeStatus({ ...plain, status }, refused, AT)), /"status":"False","reason":"HostAlreadyClaimed"/);
    assert.match(JSON.stringify(routeStatus({ ...plain, status }, { host: 'y.com', isAdmitted: true }, AT)), /"host":"y.com"/);
  });
});
