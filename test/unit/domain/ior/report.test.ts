import assert from 'node:assert/strict';
import { test } from 'node:test';
import { valueAt } from '../../../../src/lib/json.ts';
import type { IorObserved } from '../../../../src/domain/ior/observed.ts';
import { iorStatus } from '../../../../src/domain/ior/report.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import type { StatusWrite } from '../../../../src/k8s/plan.ts';
import { gateway, iorRoute, server, service, smcp, withMeta } from '../../../build/mesh-objects.ts';

const PLANE = smcp('mesh-a', 'basic', { gateways: { openshiftRoute: { enabled: true } } });
const WEB = gateway('pay', 'web', { servers: [server(['one.org'])] });
const ROUTE = iorRoute('mesh-a', 'pay-web-2316a6b13ebc9ad8', { gateway: 'pay/web', host: 'one.org' });
const SERVICE = service('mesh-a', 'gw', { istio: 'ingressgateway' });

const answered = (route: KubeObject, status: string, more: object = {}): KubeObject => ({
  ...route, status: { ingress: [{ host: valueAt(route, 'spec', 'host') ?? 'made-up.example.com', routerName: 'default', conditions: [{ type: 'Admitted', status, ...more }] }] },
});

function observed(over: Partial<IorObserved> = {}): IorObserved {
  return { namespace: 'pay', name: 'web', gateway: WEB, isRouteServed: true, mesh: 'mesh-a', isLabelLost: false, controlPlanes: [PLANE], pods: [], services: [SERVICE], routes: [ROUTE], occupied: [], ...over };
}

function report(over: Partial<IorObserved> = {}, controlPlane: KubeObject = PLANE): StatusWrite {
  const isRouteServed = over.isRouteServed ?? true;
  const [write] = iorStatus({ controlPlane, isRouteServed, gateways: [observed({ ...over, controlPlanes: [controlPlane] })] });
  assert.ok(write);
  return write;
}

const after = (write: StatusWrite): KubeObject => ({ ...PLANE, status: { ...(PLANE['status'] as object), ...write.status } });
const told = (write: StatusWrite): unknown => (write.notes ?? []).map(({ about, type, reason, message }) => [about.metadata.name, type, reason, message]);
const CLAIMED = answered(ROUTE, 'False', { reason: 'HostAlreadyClaimed', message: 'route x already exposes one.org and is older' });
const OTHER = answered(withMeta(ROUTE, { name: 'theirs', namespace: 'mesh-b', uid: 'other' }), 'True');

test('a Route that no router has answered is pending, and that is no event', () => {
  const write = report();
  assert.deepEqual(write.status['ior'], { target: 'Route', message: '', total: 1, admitted: 0, refused: 0, pending: 1 });
  assert.deepEqual(write.status['routes'], [{ gateway: 'pay/web', host: 'one.org', route: 'mesh-a/pay-web-2316a6b13ebc9ad8', admitted: 'Unknown', reason: 'Pending', message: 'no router has answered yet', routers: '' }]);
  assert.deepEqual(told(write), []);
});

test('a refusal is a warning on the Gateway that names who really holds the host, once', () => {
  const write = report({ routes: [CLAIMED], sameHost: [CLAIMED, OTHER] });
  const message = 'route x already exposes one.org and is older; host one.org is held by Route mesh-b/theirs';
  assert.deepEqual(told(write), [['web', 'Warning', 'HostAlreadyClaimed', message]]);
  assert.deepEqual(told(report({ routes: [CLAIMED], sameHost: [CLAIMED, OTHER] }, after(write))), []);
});

test('after a refusal, being served is news; before it is none', () => {
  const served = answered(ROUTE, 'True');
  assert.deepEqual(told(report({ routes: [served] })), []);
  assert.deepEqual(told(report({ routes: [served] }, after(report({ routes: [CLAIMED] })))), [['web', 'Normal', 'Admitted', 'host one.org is served by default']]);
});

test('the host that was made up for * is told, once', () => {
  const star = { ...iorRoute('mesh-a', 'pay-web-684888c0ebb17f37', { gateway: 'pay/web', host: '*' }), spec: { to: { kind: 'Service', name: 'gw' } } };
  const over = { gateway: gateway('pay', 'web', { servers: [server(['*'])] }), routes: [answered(star, 'True')] };
  const write = report(over);
  assert.deepEqual(told(write), [['web', 'Normal', 'Admitted', 'host "*" of the Gateway is served as made-up.example.com; requests for other hosts do not arrive']]);
  assert.deepEqual(told(report(over, after(write))), []);
});

test('a missing Service and a mistaken annotation are told on the Gateway', () => {
  const wrong = withMeta(WEB, { annotations: { 'maistra.io/manageRoute': 'nein' } });
  assert.deepEqual((report({ gateway: wrong, services: [], routes: [] }).notes ?? []).map(({ type, reason }) => `${type} ${reason}`).toSorted(), ['Warning InvalidManageRoute', 'Warning NoMatchingGatewayService']);
});

test('without the kind Route it is said once, with the ways out', () => {
  const { status, notes } = report({ isRouteServed: false, routes: [] });
  assert.match(String(valueAt(status['ior'], 'message')), /does not serve route\.openshift\.io Routes.*ior-target: ingress.*LoadBalancer/);
  assert.deepEqual([status['routes'], notes], [[], []]);
});

test('while IOR is off, nothing is said', () => {
  assert.deepEqual(report({}, smcp('mesh-a')).status, {});
});

test('only the two fields of IOR are written', () => {
  assert.deepEqual(report().only, ['ior', 'routes']);
});
