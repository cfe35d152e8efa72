import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findKind, KIALI, ROUTE } from '../../src/api/kinds.ts';
import { OfflineCluster } from '../../src/cli/offline-cluster.ts';
import { playControllers } from '../../src/cli/play.ts';
import { iorController } from '../../src/controllers/ior/index.ts';
import { memberController } from '../../src/controllers/member/index.ts';
import { memberRollController } from '../../src/controllers/member-roll/index.ts';
import * as sources from '../../src/controllers/sources.ts';
import { canonicalJson } from '../../src/lib/hash.ts';
import type { KubeObject } from '../../src/k8s/object.ts';
import type { Controller } from '../../src/runtime/controller.ts';
import { gateway, namespace, pod, server, service, smcp, smm, smmr } from '../build/mesh-objects.ts';

/* The order of creation never matters (wishes.md W8): all 5040 orders of seven things, with the controllers coming to rest after each. */

const CONTROLLERS = [memberController(), memberRollController(), iorController()] as unknown as readonly Controller<unknown>[];
const labels = { app: 'istio-ingressgateway', istio: 'ingressgateway' };

const THINGS: Readonly<Record<string, readonly KubeObject[] | 'the CRD of Route'>> = {
  namespace: [namespace('pay')],
  // With the label that its controller, which does not play, puts on its own namespace.
  smcp: [smcp('mesh-a', 'basic', { gateways: { openshiftRoute: { enabled: true } } }), namespace('mesh-a', { 'maistra.io/member-of': 'mesh-a' })],
  smmr: [smmr('mesh-a', ['pay'])],
  smm: [smm('pay', 'mesh-a')],
  gateway: [gateway('pay', 'web', { servers: [server(['one.org'])] })],
  workload: [service('mesh-a', 'istio-ingressgateway', labels), pod('mesh-a', 'gateway-1', labels), pod('pay', 'app-1', { 'sidecar.istio.io/inject': 'true' })],
  route: 'the CRD of Route',
};

function* ordersOf(names: readonly string[]): Generator<readonly string[]> {
  if (names.length === 0) yield [];
  for (const name of names) for (const rest of ordersOf(names.filter((other) => other !== name))) yield [name, ...rest];
}

function put(cluster: OfflineCluster, objects: readonly KubeObject[]): void {
  for (const object of objects) {
    const type = findKind(object.apiVersion, object.kind);
    assert.ok(type);
    cluster.put(type, object);
  }
}

const KINDS = [sources.NAMESPACES, sources.MEMBER_ROLE_BINDINGS, sources.MEMBER_NETWORK_POLICIES, sources.ROUTES, sources.MEMBER_ROLLS, sources.MEMBERS];

/** Everything that the controllers write, without what the server numbers. */
function written(cluster: OfflineCluster): string {
  const objects = KINDS.flatMap((source) => cluster.list(source)).map(({ metadata: { uid: _uid, ...metadata }, ...rest }) => ({ ...rest, metadata }));
  return objects.map(canonicalJson).toSorted().join('\n');
}

function endOf(order: readonly string[]): string {
  const cluster = new OfflineCluster([KIALI, ROUTE]);
  put(cluster, [namespace('mesh-a')]);
  for (const name of order) {
    const thing = THINGS[name];
    if (thing === 'the CRD of Route') cluster.serve(ROUTE); else put(cluster, thing ?? []);
    playControllers(CONTROLLERS, cluster);
  }
  return written(cluster);
}

test('all 5040 orders of namespace, control plane, roll, member, Gateway, workload and the CRD of Route end alike', () => {
  const [first = [], ...others] = ordersOf(Object.keys(THINGS));
  const expected = endOf(first);
  for (const part of ['pay-web-2316a6b13ebc9ad8', '"maistra.io/member-of":"mesh-a"', '"configuredMembers":["pay"]', '"type":"Ready"']) assert.ok(expected.includes(part), part);
  assert.equal(others.length, 5039);
  for (const order of others) assert.ok(endOf(order) === expected, `another end after ${order.join(', ')}`);
});
