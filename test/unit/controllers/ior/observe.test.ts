import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GATEWAY, ROUTE } from '../../../../src/api/kinds.ts';
import { OfflineCluster } from '../../../../src/cli/offline-cluster.ts';
import { observeIor } from '../../../../src/controllers/ior/observe.ts';
import { iorController } from '../../../../src/controllers/ior/index.ts';
import { IOR_WATCHES } from '../../../../src/controllers/ior/watches.ts';
import * as sources from '../../../../src/controllers/sources.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { EMPTY_PLAN, NOTHING_DONE } from '../../../../src/k8s/plan.ts';
import type { Source, Watch } from '../../../../src/runtime/controller.ts';
import { gateway, iorRoute, namespace, NOW, pod, server, service, smcp, withMeta } from '../../../build/mesh-objects.ts';
import { clusterOf } from '../../../support/plan-case.ts';

const labels = { app: 'istio-ingressgateway', istio: 'ingressgateway' };
const WEB = gateway('pay', 'web', { servers: [server(['one.org'])] });
const PAY = namespace('pay', { 'maistra.io/member-of': 'mesh-a' });
const BASE = [smcp('mesh-a'), PAY, WEB];

function watchOf(source: Source): Watch {
  const watch = IOR_WATCHES.find((row) => row.source === source);
  assert.ok(watch);
  return watch;
}

const keys = (source: Source, object: KubeObject, ...world: readonly KubeObject[]): string[] => [...new Set(watchOf(source).toKeys(object, clusterOf(world)))].toSorted();
const names = (objects: readonly KubeObject[] | undefined): string[] => (objects ?? []).map((object) => object.metadata.name).toSorted();
const binding = (namespaceName: string): KubeObject =>
  ({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'istiod-basic', namespace: namespaceName, labels: { 'maistra.io/member-of': 'mesh-a' } } });

test('a Gateway that is gone is observed as long as it has Routes', () => {
  assert.equal(observeIor('pay/web', clusterOf([])), undefined);
  const seen = observeIor('pay/web', clusterOf([iorRoute('mesh-a', 'r', { gateway: 'pay/web', host: 'one.org' })]));
  assert.deepEqual([seen?.gateway, names(seen?.routes)], [undefined, ['r']]);
});

test('the mesh is that of the label, or the namespace itself if it has a control plane', () => {
  assert.equal(observeIor('pay/web', clusterOf(BASE))?.mesh, 'mesh-a');
  assert.equal(observeIor('mesh-a/web', clusterOf([smcp('mesh-a'), gateway('mesh-a', 'web', {})]))?.mesh, 'mesh-a');
  assert.equal(observeIor('pay/web', clusterOf([smcp('mesh-a'), namespace('pay'), WEB]))?.mesh, undefined);
});

test('pods and Services are those of the mesh only', () => {
  const world = [
    namespace('buy', { 'maistra.io/member-of': 'mesh-a' }), namespace('ship', { 'maistra.io/member-of': 'mesh-b' }), namespace('free'),
    ...['mesh-a', 'buy', 'ship', 'free'].flatMap((at) => [pod(at, `pod-${at}`, labels), service(at, `svc-${at}`, labels)]), pod('mesh-a', 'other', { istio: 'egressgateway' }),
  ];
  for (const selector of [{ istio: 'ingressgateway' }, { app: 'istio-ingressgateway' }]) {
    const seen = observeIor('pay/web', clusterOf([smcp('mesh-a'), PAY, gateway('pay', 'web', { selector }), ...world]));
    assert.deepEqual([names(seen?.pods), names(seen?.services)], [['pod-buy', 'pod-mesh-a'], ['svc-buy', 'svc-mesh-a']]);
  }
});

test('a Service without the label istio in its selector is found beside the pods', () => {
  const seen = observeIor('pay/web', clusterOf([...BASE, pod('mesh-a', 'gw', labels), service('mesh-a', 'gw', { app: 'istio-ingressgateway' })]));
  assert.deepEqual(names(seen?.services), ['gw']);
});

test('a Route that has the name we would give, and is not ours, is noticed', () => {
  const holder = withMeta(iorRoute('mesh-a', 'pay-web-2316a6b13ebc9ad8', { gateway: 'pay/web', host: 'one.org' }), { labels: {} });
  const seen = observeIor('pay/web', clusterOf([...BASE, service('mesh-a', 'gw', labels), holder]));
  assert.deepEqual([names(seen?.routes), names(seen?.occupied)], [[], ['pay-web-2316a6b13ebc9ad8']]);
});

test('a namespace with copies but without label and note of leaving has lost its label', () => {
  const without = (found: KubeObject): boolean | undefined => observeIor('pay/web', clusterOf([smcp('mesh-a'), found, WEB, binding('pay')]))?.isLabelLost;
  assert.equal(without(namespace('pay')), true);
  assert.equal(without(PAY), false);
  assert.equal(without(namespace('pay', {}, { annotations: { 'tmesh.maistra.io/leaving': 'mesh-a' } })), false);
  assert.equal(observeIor('pay/web', clusterOf([smcp('mesh-a'), namespace('pay'), WEB]))?.isLabelLost, false);
});

test('without the kind Gateway nothing is known; without the kind Route it is said so', () => {
  assert.equal(observeIor('pay/web', new OfflineCluster([GATEWAY])), undefined);
  const cluster = new OfflineCluster([ROUTE]);
  cluster.put(GATEWAY, WEB);
  assert.equal(observeIor('pay/web', cluster)?.isRouteServed, false);
});

test('a Route wakes its Gateway, by labels or by the annotation that stands for a long name', () => {
  assert.deepEqual(keys(sources.ROUTES, iorRoute('mesh-a', 'r', { gateway: 'pay/web', host: 'x' })), ['pay/web']);
  assert.deepEqual(keys(sources.ROUTES, iorRoute('mesh-a', 'r', { gateway: 'pay/cut', host: 'x' }, { annotations: { 'tmesh.maistra.io/gateway': 'pay/uncut' } })), ['pay/uncut']);
  assert.deepEqual(keys(sources.ROUTES, withMeta(iorRoute('mesh-a', 'r', { gateway: 'pay/web', host: 'x' }), { labels: {} })), []);
});

test('a pod wakes the Gateways whose selector it matches, with the label istio or without', () => {
  const world = [WEB, gateway('pay', 'by-app', { selector: { app: 'istio-ingressgateway' } }), gateway('pay', 'egress', { selector: { istio: 'egressgateway' } }), gateway('pay', 'none', { selector: {} })];
  assert.deepEqual(keys(sources.PODS, pod('mesh-a', 'gw', labels), ...world), ['pay/by-app', 'pay/web']);
  assert.deepEqual(keys(sources.PODS, pod('pay', 'app', { app: 'sample' }), ...world), []);
});

test('a Service wakes Gateways by its selector and through its pods; one without a selector wakes none', () => {
  assert.deepEqual(keys(sources.SERVICES, service('mesh-a', 'gw', labels), WEB), ['pay/web']);
  assert.deepEqual(keys(sources.SERVICES, service('mesh-a', 'gw', { app: 'istio-ingressgateway' }), WEB, pod('mesh-a', 'gw', labels)), ['pay/web']);
  assert.deepEqual(keys(sources.SERVICES, service('mesh-a', 'external', undefined), WEB, pod('mesh-a', 'gw', labels)), []);
});

test('a namespace wakes its Gateways and those that its Services serve', () => {
  assert.deepEqual(keys(sources.NAMESPACES, namespace('buy'), WEB, gateway('buy', 'own', {}), service('buy', 'gw', labels)), ['buy/own', 'pay/web']);
});

test('a control plane wakes all Gateways of its mesh, and those whose Routes are left in its namespace', () => {
  assert.deepEqual(keys(sources.CONTROL_PLANES, smcp('mesh-a'), PAY, WEB, gateway('mesh-a', 'own', {}), gateway('ship', 'other', {}), iorRoute('mesh-a', 'r', { gateway: 'old/gone', host: 'x' })), ['mesh-a/own', 'old/gone', 'pay/web']);
});

test('the last copy of a namespace that lost its label wakes its Gateways: now it has left', () => {
  assert.deepEqual(keys(sources.MEMBER_ROLE_BINDINGS, binding('pay'), WEB), ['pay/web']);
  assert.equal(watchOf(sources.MEMBER_ROLE_BINDINGS).isRelevant?.(binding('pay'), binding('pay')), false);
});

test('what the router writes into the status of a Route wakes nobody', () => {
  const route = iorRoute('mesh-a', 'r', { gateway: 'pay/web', host: 'x' });
  assert.equal(watchOf(sources.ROUTES).isRelevant?.(route, { ...route, status: { ingress: [] } }), false);
  assert.equal(watchOf(sources.ROUTES).isRelevant?.(route, withMeta(route, { annotations: {} })), true);
});

test('it writes no status', () => {
  const seen = observeIor('pay/web', clusterOf(BASE));
  assert.ok(seen);
  assert.deepEqual(iorController().status(seen, EMPTY_PLAN, NOTHING_DONE, NOW), []);
});
