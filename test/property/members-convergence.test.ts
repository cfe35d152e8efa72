import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { findKind, KIALI } from '../../src/api/kinds.ts';
import { OfflineCluster } from '../../src/cli/offline-cluster.ts';
import { playControllers } from '../../src/cli/play.ts';
import { iorController } from '../../src/controllers/ior/index.ts';
import { memberController } from '../../src/controllers/member/index.ts';
import { memberRollController } from '../../src/controllers/member-roll/index.ts';
import * as sources from '../../src/controllers/sources.ts';
import { memberCopies, memberCopyOptions } from '../../src/domain/control-plane/member-copies.ts';
import { canonicalJson } from '../../src/lib/hash.ts';
import type { KubeObject } from '../../src/k8s/object.ts';
import { NOTHING_DONE } from '../../src/k8s/plan.ts';
import type { Controller } from '../../src/runtime/controller.ts';
import { gateway, namespace, pod, server, service, smcp, smm, smmr } from '../build/mesh-objects.ts';

const CONTROLLERS = [memberController(), memberRollController(), iorController()] as unknown as readonly Controller<unknown>[];
const IOR_ON = { gateways: { openshiftRoute: { enabled: true } } };
const A = smcp('mesh-a', 'basic', IOR_ON);
const B = smcp('mesh-b', 'basic', IOR_ON);
/** The moment at which playControllers lives. */
const NOW = new Date('2000-01-01T00:00:00Z');
const labels = { app: 'istio-ingressgateway', istio: 'ingressgateway' };

function put(cluster: OfflineCluster, object: KubeObject): void {
  const type = findKind(object.apiVersion, object.kind);
  assert.ok(type);
  cluster.put(type, object);
}

function clusterOf(objects: readonly KubeObject[]): OfflineCluster {
  const cluster = new OfflineCluster([KIALI]);
  for (const object of objects) put(cluster, object);
  return cluster;
}

/** Everything that the controllers write, without what depends on the order of writing. */
function written(cluster: OfflineCluster): string {
  const kinds = [sources.NAMESPACES, sources.MEMBER_ROLE_BINDINGS, sources.MEMBER_NETWORK_POLICIES, sources.ROUTES, sources.MEMBER_ROLLS, sources.MEMBERS];
  const objects = kinds.flatMap((source) => cluster.list(source)).map(({ metadata: { uid: _uid, ...metadata }, ...rest }) => ({ ...rest, metadata }));
  return canonicalJson(objects.map(canonicalJson).toSorted());
}

/** One pass of every key of one controller. */
function passes(cluster: OfflineCluster, controller: Controller<unknown>): void {
  const keys = new Set(controller.watches.flatMap((watch) => cluster.list(watch.source).flatMap((object) => watch.toKeys(object, cluster))));
  for (const key of keys) {
    const observed = controller.observe(key, cluster);
    if (observed === undefined) continue;
    const plan = controller.plan(observed, NOW);
    for (const step of plan.stages.flat()) cluster.carryOut(step);
    for (const write of controller.status(observed, plan, NOTHING_DONE, NOW)) cluster.putStatus(write.type, write.object, write.status);
  }
}

test('objects of one mesh applied in any order, with passes in between, come to the same end (W8)', () => {
  const objects = [
    namespace('mesh-a'), namespace('pay'), namespace('buy'), A, smmr('mesh-a', ['pay']), smm('buy', 'mesh-a'), service('mesh-a', 'istio-ingressgateway', labels),
    pod('mesh-a', 'gw-1', labels), gateway('pay', 'web', { servers: [server(['one.org', '*'])] }), gateway('buy', 'web', { servers: [server(['two.org'], { mode: 'SIMPLE' })] }),
  ];
  const reference = clusterOf(objects);
  playControllers(CONTROLLERS, reference);
  const expected = written(reference);
  assert.match(expected, /pay-web-2316a6b13ebc9ad8/, 'the Route of one.org is part of the end');
  fc.assert(fc.property(fc.shuffledSubarray(objects, { minLength: objects.length }), fc.array(fc.nat(2), { minLength: 10, maxLength: 10 }), (order, woken) => {
    const cluster = new OfflineCluster([KIALI]);
    order.forEach((object, i) => {
      put(cluster, object);
      const controller = CONTROLLERS[woken[i] ?? 0];
      if (controller !== undefined) passes(cluster, controller);
    });
    playControllers(CONTROLLERS, cluster);
    assert.ok(written(cluster) === expected, 'the objects differ from those of the reference order');
  }), { numRuns: 60 });
});

const mesh = fc.constantFrom('mesh-a', 'mesh-b');
const start = fc.record({
  claims: fc.uniqueArray(fc.record({ how: fc.constantFrom('roll', 'member'), mesh, since: fc.constantFrom('2029', '2030') }), { maxLength: 3, selector: ({ how, mesh: of }) => (how === 'member' ? how : of) }),
  label: fc.option(mesh), leaving: fc.option(mesh), copies: fc.subarray(['mesh-a', 'mesh-b']), planes: fc.subarray([A, B]), half: fc.boolean(),
});

/** Namespace pay, in whatever state a crash, an old operator or a user may have left it. */
function worldOf(at: typeof start extends fc.Arbitrary<infer T> ? T : never): KubeObject[] {
  const claims = at.claims.map(({ how, mesh: of, since }) => {
    const meta = { creationTimestamp: `${since}-01-01T00:00:00Z` };
    return how === 'roll' ? smmr(of, ['pay'], {}, meta) : smm('pay', of, 'basic', meta);
  });
  const place = namespace('pay', at.label === null ? {} : { 'maistra.io/member-of': at.label }, at.leaving === null ? {} : { annotations: { 'tmesh.maistra.io/leaving': at.leaving } });
  const copies = at.copies.flatMap((of) => memberCopies(memberCopyOptions(of === 'mesh-a' ? A : B), 'pay')).map((copy) => copy.object);
  return [namespace('mesh-a', { 'maistra.io/member-of': 'mesh-a' }), namespace('mesh-b', { 'maistra.io/member-of': 'mesh-b' }), place, ...claims, ...at.planes, ...(at.half ? copies.slice(0, 3) : copies)];
}

test('from any state a namespace ends in one mesh or none, with exactly its copies, and stays there', () => {
  fc.assert(fc.property(start, (at) => {
    const cluster = clusterOf(worldOf(at).filter((object) => !(object.kind === 'Namespace' && object.metadata.name !== 'pay')));
    playControllers(CONTROLLERS, cluster);
    const place = cluster.get(sources.NAMESPACES, 'pay');
    const memberOf = place?.metadata.labels?.['maistra.io/member-of'];
    assert.equal(place?.metadata.annotations?.['tmesh.maistra.io/leaving'], undefined);
    const plane = at.planes.find((object) => object.metadata.namespace === memberOf);
    assert.equal(memberOf !== undefined, plane !== undefined, 'no label of a mesh without a control plane');
    const wanted = plane === undefined ? [] : memberCopies(memberCopyOptions(plane), 'pay').map((copy) => `${copy.object.kind}/${copy.object.metadata.name}`);
    const copies = [...cluster.list(sources.MEMBER_ROLE_BINDINGS, 'pay'), ...cluster.list(sources.MEMBER_NETWORK_POLICIES, 'pay')];
    assert.deepEqual(copies.map((copy) => `${copy.kind}/${copy.metadata.name}`).toSorted(), wanted.toSorted());
    assert.ok(at.claims.some((claim) => claim.mesh === memberOf) || memberOf === undefined, 'only a mesh that claims it');
    const again = memberController().observe('pay', cluster);
    const steps = again === undefined ? [] : memberController().plan(again, NOW).stages.flat();
    assert.deepEqual(steps.filter((step) => step.do !== 'apply'), [], 'at rest nothing is patched or removed');
    assert.ok(steps.every((step) => !cluster.carryOut(step)), 'and what is applied is there already');
  }), { numRuns: 150 });
});

test('changes of the control plane, and a second claim for the same mesh, never take the label off (W7)', () => {
  const cluster = clusterOf([namespace('mesh-a'), namespace('pay'), A, smmr('mesh-a', ['pay'])]);
  playControllers(CONTROLLERS, cluster);
  const [member] = CONTROLLERS;
  assert.ok(member);
  for (const change of [smcp('mesh-a', 'basic', { ...IOR_ON, version: 'v1.30' }), { ...A, status: { observedGeneration: 2 } }, smm('pay', 'mesh-a')]) {
    put(cluster, change);
    passes(cluster, member);
    assert.equal(cluster.get(sources.NAMESPACES, 'pay')?.metadata.labels?.['maistra.io/member-of'], 'mesh-a');
  }
});
