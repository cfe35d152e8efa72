import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { OfflineCluster } from '../../src/cli/offline-cluster.ts';
import { playControllers } from '../../src/cli/play.ts';
import { iorController } from '../../src/controllers/ior/index.ts';
import { memberController } from '../../src/controllers/member/index.ts';
import { memberRollController } from '../../src/controllers/member-roll/index.ts';
import * as sources from '../../src/controllers/sources.ts';
import { keyOfObject } from '../../src/k8s/key.ts';
import type { KubeObject } from '../../src/k8s/object.ts';
import type { Controller, Source } from '../../src/runtime/controller.ts';
import { gateway, iorRoute, namespace, pod, server, service, smcp, smm, smmr } from '../build/mesh-objects.ts';
import { WokenCluster } from '../support/woken-cluster.ts';

/*
 * The watch tables are complete: whatever changes, in any order, the keys they wake are enough to come to rest where a
 * pass over all keys changes nothing more. A forgotten row or a wrong mapping shows as a world that is not at rest.
 */

const CONTROLLERS = [memberController(), memberRollController(), iorController()] as unknown as readonly Controller<unknown>[];
const EVERYTHING: readonly Source[] = [sources.NAMESPACES, sources.MEMBER_ROLE_BINDINGS, sources.MEMBER_NETWORK_POLICIES, sources.ROUTES, sources.MEMBER_ROLLS, sources.MEMBERS];
const contentOf = (cluster: OfflineCluster): unknown => EVERYTHING.flatMap((source) => cluster.list(source).toSorted((a, b) => (keyOfObject(a) < keyOfObject(b) ? -1 : 1)));

const labels = { app: 'istio-ingressgateway', istio: 'ingressgateway' };
const IOR_ON = { gateways: { openshiftRoute: { enabled: true } } };

/** Objects in several versions: a change is to put one of them, or to delete the object. */
const CAST: readonly (readonly KubeObject[])[] = [
  [namespace('pay'), namespace('pay', { team: 'x' }), namespace('pay', { 'maistra.io/member-of': 'mesh-b' }), namespace('pay', { team: 'x', 'maistra.io/member-of': 'mesh-a' })],
  [namespace('mesh-a', { 'maistra.io/member-of': 'mesh-a' })], [namespace('mesh-b', { 'maistra.io/member-of': 'mesh-b' }), namespace('mesh-b')],
  [smcp('mesh-a', 'basic', IOR_ON), smcp('mesh-a')], [smcp('mesh-b', 'basic', IOR_ON)], [smcp('mesh-a', 'second')],
  [smmr('mesh-a', ['pay']), smmr('mesh-a', ['*']), smmr('mesh-a'), smmr('mesh-a', ['mesh-b'])],
  [smmr('mesh-b', [], { memberSelectors: [{ matchLabels: { team: 'x' } }] }), smmr('mesh-b', ['pay', 'mesh-a'])],
  [smm('pay', 'mesh-a'), smm('pay', 'mesh-b'), smm('pay', 'mesh-b', 'absent')],
  [gateway('pay', 'web', { servers: [server(['one.org'])] }), gateway('pay', 'web', { selector: { app: 'istio-ingressgateway' }, servers: [server(['two.org'])] })],
  [service('mesh-a', 'istio-ingressgateway', labels), service('mesh-a', 'istio-ingressgateway', { app: 'istio-ingressgateway' }), service('mesh-a', 'istio-ingressgateway', undefined)],
  [pod('mesh-a', 'gw-1', labels), pod('mesh-a', 'gw-1', { app: 'istio-ingressgateway' })], [pod('mesh-b', 'gw-1', labels)], [service('mesh-b', 'gw', labels)],
];

/** What the Routes of a Gateway in a mesh with IOR on depend on, and the Routes themselves, which users delete and edit. */
const IOR_BASE: readonly KubeObject[] = [namespace('mesh-a', { 'maistra.io/member-of': 'mesh-a' }), namespace('mesh-b'), namespace('pay'), smcp('mesh-a', 'basic', IOR_ON), smmr('mesh-a', ['pay', 'mesh-b']),
  gateway('pay', 'web', { servers: [server(['one.org'])] }), service('mesh-a', 'istio-ingressgateway', { app: 'istio-ingressgateway' })];
const IOR_CAST: readonly (readonly KubeObject[])[] = [
  ...CAST.slice(9), [namespace('pay'), namespace('pay', { 'maistra.io/member-of': 'mesh-a' })], [smmr('mesh-a', ['pay', 'mesh-b']), smmr('mesh-a', ['mesh-b']), smmr('mesh-a', ['pay'])],
  [smcp('mesh-a', 'basic', IOR_ON), smcp('mesh-a')],
  [iorRoute('mesh-a', 'pay-web-2316a6b13ebc9ad8', { gateway: 'pay/web', host: 'one.org' }), iorRoute('mesh-a', 'pay-web-2316a6b13ebc9ad8', { gateway: 'pay/web', host: 'edited.org' })],
  [iorRoute('mesh-a', 'pay-web-5w5hq', { gateway: 'pay/web', host: 'two.org' })], [iorRoute('mesh-b', 'gone', { gateway: 'pay/gone', host: 'two.org' })],
];

type Cast = readonly (readonly KubeObject[])[];
interface Change {
  readonly which: number;
  readonly version: number | null;
  readonly isSettled: boolean;
}

function changesOf(cast: Cast, maxLength: number): fc.Arbitrary<Change[]> {
  const change = fc.nat(cast.length - 1).chain((which) => fc.record({
    which: fc.constant(which), version: fc.option(fc.nat((cast[which]?.length ?? 1) - 1), { freq: 3 }), isSettled: fc.boolean(),
  }));
  return fc.array(change, { minLength: 3, maxLength });
}

function play(cast: Cast, start: readonly KubeObject[], changes: readonly Change[]): void {
  const woken = new WokenCluster(CONTROLLERS);
  for (const object of start) woken.put(object);
  woken.settle();
  for (const { which, version, isSettled } of changes) {
    const [object] = cast[which] ?? [];
    assert.ok(object);
    if (version === null) woken.remove(object); else woken.put(cast[which]?.[version] ?? object);
    if (isSettled) woken.settle();
  }
  woken.settle();
  const before = contentOf(woken.cluster);
  playControllers(CONTROLLERS, woken.cluster);
  assert.deepEqual(contentOf(woken.cluster), before);
}

/** Found once: the namespace of a mesh that is seen after its control plane and its first member. */
const LATE_MESH_NAMESPACE: Change[] = [{ which: 4, version: 0, isSettled: false }, { which: 8, version: 1, isSettled: true }, { which: 2, version: 1, isSettled: false }];

test('whatever changes about memberships wakes enough: at the end a pass over all keys changes nothing', () => {
  fc.assert(fc.property(changesOf(CAST, 25), (changes) => play(CAST, [], changes)), { numRuns: 150, examples: [[LATE_MESH_NAMESPACE]] });
});

test('whatever changes about Routes wakes enough: at the end a pass over all keys changes nothing', () => {
  fc.assert(fc.property(changesOf(IOR_CAST, 8), (changes) => play(IOR_CAST, IOR_BASE, changes)), { numRuns: 400 });
});
