import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { routeHosts } from '../../src/domain/ior/hosts.ts';
import type { IorObserved } from '../../src/domain/ior/observed.ts';
import { planIor } from '../../src/domain/ior/plan.ts';
import { labelValue, routeName } from '../../src/domain/ior/route-name.ts';
import type { KubeObject } from '../../src/k8s/object.ts';
import { gateway, service, smcp } from '../build/mesh-objects.ts';

const dnsLabel = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
const objectName = fc.array(dnsLabel, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.').slice(0, 253).replace(/[^a-z0-9]+$/, ''));
const plain = fc.array(dnsLabel, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('.'));
const host = fc.oneof(plain, plain.map((name) => `*.${name}`), fc.constant('*'), plain.map((name) => `./${name}`), fc.tuple(dnsLabel, plain).map(([namespace, name]) => `${namespace}/${name}`));
const someServer = fc.record({ hosts: fc.array(host, { maxLength: 4 }), tls: fc.option(fc.record({ httpsRedirect: fc.boolean() }), { nil: undefined }) })
  .map(({ hosts, tls }) => ({ hosts, ...(tls === undefined ? {} : { tls }) }));
const someGateway = fc.record({ namespace: dnsLabel, name: objectName, servers: fc.array(someServer, { maxLength: 4 }) });

const PLANE = smcp('mesh-a', 'basic', { gateways: { openshiftRoute: { enabled: true } } });
const SERVICE = service('mesh-a', 'istio-ingressgateway', { istio: 'ingressgateway' });

function observed(made: { readonly namespace: string; readonly name: string; readonly servers: readonly object[] }, routes: readonly KubeObject[] = []): IorObserved {
  return {
    namespace: made.namespace, name: made.name, gateway: gateway(made.namespace, made.name, { servers: made.servers }), isRouteServed: true, isLabelLost: false,
    mesh: 'mesh-a', controlPlanes: [PLANE], pods: [], services: [SERVICE], routes, occupied: [],
  };
}

const routesOf = (seen: IorObserved): KubeObject[] => planIor(seen).stages.flat().flatMap((step) => (step.do === 'apply' ? [step.object] : []));

test('Routes of a Gateway have different names, one for each host, and labels that the API server takes', () => {
  fc.assert(fc.property(someGateway, (made) => {
    const routes = routesOf(observed(made));
    assert.equal(routes.length, routeHosts({ servers: made.servers }).length);
    assert.equal(new Set(routes.map((route) => route.metadata.name)).size, routes.length);
    for (const { metadata } of routes) {
      assert.ok(metadata.name.length <= 253);
      assert.match(metadata.name, /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);
      for (const value of Object.values(metadata.labels ?? {})) assert.match(value, /^(?=.{0,63}$)[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/);
    }
  }));
});

test("a name is the old operator's whenever that is a legal one", () => {
  fc.assert(fc.property(dnsLabel, objectName, host, (namespace, name, original) => {
    const old = `${namespace}-${name}-${createHash('sha256').update(original).digest().subarray(0, 8).toString('hex')}`;
    const isGenerated = original === '*' || original.endsWith('/*');
    if (old.length <= (isGenerated ? 63 - '-mesh-a'.length : 253)) assert.equal(routeName({ namespace, name }, original, 'mesh-a'), old);
  }));
});

test('different texts have different label values, and short ones keep theirs', () => {
  fc.assert(fc.property(objectName, objectName, (one, other) => {
    assert.equal(labelValue(one) === labelValue(other), one === other);
    assert.ok(labelValue(one).length <= 63);
  }));
});

test('a plan carried out and made again asks for the same Routes and removes nothing', () => {
  fc.assert(fc.property(someGateway, (made) => {
    const first = routesOf(observed(made));
    const again = planIor(observed(made, first));
    assert.deepEqual(again.stages.flat().map((step) => (step.do === 'apply' ? step.object : step)), first);
  }));
});

test('Routes named in any other way keep their names, and each host still has one', () => {
  fc.assert(fc.property(someGateway, (made) => {
    const old = routesOf(observed(made)).map((route, i) => ({ ...route, metadata: { ...route.metadata, name: `${made.namespace}-x-${i}zzzz` } }));
    const plan = planIor(observed(made, old));
    assert.deepEqual(plan.stages.flat().map((step) => (step.do === 'apply' ? step.object.metadata.name : step.do)).toSorted(), old.map((route) => route.metadata.name).toSorted());
  }));
});

test('the order of the servers does not change which hosts are TLS', () => {
  fc.assert(fc.property(someGateway, (made) => {
    const facts = (servers: readonly object[]): unknown => routeHosts({ servers }).map(({ host: name, isTls, isRedirected }) => `${name} ${isTls} ${isRedirected}`).toSorted();
    assert.deepEqual(facts(made.servers.toReversed()), facts(made.servers));
  }));
});
