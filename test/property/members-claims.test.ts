import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { claimantIndex, claimsOn, winningClaim } from '../../src/domain/member-roll/claims.ts';
import { parseMember, parseRoll } from '../../src/domain/member-roll/claimants.ts';
import { meshesOf } from '../../src/domain/member-roll/meshes.ts';
import { isUnderWay } from '../../src/domain/member-roll/member-state.ts';
import { viewOf } from '../../src/domain/member-roll/observed.ts';
import { memberRollStatus } from '../../src/domain/member-roll/status.ts';
import { isJsonObject, valueAt } from '../../src/lib/json.ts';
import { sortedUnique } from '../../src/lib/sort.ts';
import type { KubeObject } from '../../src/k8s/object.ts';
import { deleting, namespace, NOW, smcp, smm, smmr } from '../build/mesh-objects.ts';

const MESHES = ['mesh-a', 'mesh-b', 'mesh-c'];
const NAMES = ['buy', 'pay', 'ship', 'kube-x', 'mesh-b'];
const mesh = fc.constantFrom(...MESHES);
const name = fc.constantFrom(...NAMES);
const since = fc.constantFrom('2029-01-01T00:00:00Z', '2029-06-01T00:00:00Z', '2030-01-01T00:00:00Z').map((creationTimestamp) => ({ creationTimestamp }));

const roll = fc.oneof(
  fc.record({ mesh, members: fc.array(name, { maxLength: 4 }), since }).map((made) => smmr(made.mesh, made.members, {}, made.since)),
  fc.record({ mesh, since }).map((made) => smmr(made.mesh, ['*'], {}, made.since)),
  fc.record({ mesh, team: fc.constantFrom('x', 'y'), since }).map((made) => smmr(made.mesh, [], { memberSelectors: [{ matchLabels: { team: made.team } }] }, made.since)),
);
const member = fc.record({ name, mesh, plane: fc.constantFrom('basic', 'absent'), since }).map((made) => smm(made.name, made.mesh, made.plane, made.since));
const plane = fc.record({ mesh, isGoing: fc.boolean() }).map((made) => (made.isGoing ? deleting(smcp(made.mesh)) : smcp(made.mesh)));
const place = fc.record({ name, team: fc.constantFrom('x', 'y'), memberOf: fc.option(mesh), leaving: fc.option(mesh), isGoing: fc.boolean() }).map((made) => {
  const labels = { team: made.team, ...(made.memberOf === null ? {} : { 'maistra.io/member-of': made.memberOf }) };
  const found = namespace(made.name, labels, made.leaving === null ? {} : { annotations: { 'tmesh.maistra.io/leaving': made.leaving } });
  return made.isGoing ? deleting(found) : found;
});

const uniqueObjects = (object: fc.Arbitrary<KubeObject>): fc.Arbitrary<KubeObject[]> =>
  fc.uniqueArray(object, { maxLength: 6, selector: (made) => `${made.metadata.namespace ?? ''}/${made.metadata.name}` });

const world = fc.record({ rolls: uniqueObjects(roll), members: uniqueObjects(member), planes: uniqueObjects(plane), places: uniqueObjects(place) });

test('the order in which rolls, members and control planes are listed does not change who wins', () => {
  fc.assert(fc.property(world, fc.boolean(), (seen, isTurned) => {
    const decide = (rolls: readonly KubeObject[], members: readonly KubeObject[], planes: readonly KubeObject[]): unknown => seen.places.map((found) => {
      const claimants = claimantIndex(rolls.map(parseRoll), members.map(parseMember))(found.metadata.name);
      return winningClaim(claimsOn(found, claimants, { meshes: meshesOf(planes) }), found.metadata.labels?.['maistra.io/member-of']);
    });
    const turned = <T>(list: readonly T[]): readonly T[] => (isTurned ? list.toReversed() : [...list.slice(1), ...list.slice(0, 1)]);
    assert.deepEqual(decide(turned(seen.rolls), turned(seen.members), turned(seen.planes)), decide(seen.rolls, seen.members, seen.planes));
  }));
});

test('the winner is one of the claims, and no claim is for the namespace itself', () => {
  fc.assert(fc.property(world, (seen) => {
    for (const found of seen.places) {
      const claims = claimsOn(found, claimantIndex(seen.rolls.map(parseRoll), seen.members.map(parseMember))(found.metadata.name), { meshes: meshesOf(seen.planes) });
      const winner = winningClaim(claims, found.metadata.labels?.['maistra.io/member-of']);
      assert.equal(winner === undefined, claims.length === 0);
      assert.ok(claims.every((claim) => claim.mesh !== found.metadata.name));
    }
  }));
});

const list = (status: unknown, key: string): string[] => {
  const found = valueAt(status, key);
  assert.ok(Array.isArray(found));
  return found.map(String);
};

test("a roll's counts are the lengths of its lists, and each member is in exactly one of them", () => {
  fc.assert(fc.property(world, mesh, (seen, meshNamespace) => {
    const own = seen.rolls.find((object) => object.metadata.namespace === meshNamespace);
    const observed = {
      meshNamespace, misnamed: [], namespaces: seen.places, rolls: seen.rolls, members: seen.members, controlPlanes: seen.planes, ...(own === undefined ? {} : { roll: own }),
    };
    for (const { status } of memberRollStatus(observed, NOW)) {
      const [members, configured, pending, terminating] = ['members', 'configuredMembers', 'pendingMembers', 'terminatingMembers'].map((key) => list(status, key));
      assert.deepEqual([...configured ?? [], ...pending ?? [], ...terminating ?? []].toSorted(), members);
      assert.deepEqual(members, sortedUnique(members ?? []));
      assert.equal(valueAt(status, 'annotations', 'configuredMemberCount'), `${configured?.length}/${members?.length}`);
      assert.ok(!members?.includes(meshNamespace));
      const entries = valueAt(status, 'memberStatuses');
      assert.ok(Array.isArray(entries));
      assert.deepEqual(entries.map((entry: unknown) => valueAt(entry, 'namespace')), members);
      const labelled = seen.places.filter((found) => found.metadata.labels?.['maistra.io/member-of'] === meshNamespace).map((found) => found.metadata.name);
      for (const found of configured ?? []) assert.ok(labelled.includes(found), 'nobody is configured without the label');
      const view = viewOf(observed);
      assert.deepEqual(view.members.filter((found) => !isUnderWay(found, view)), configured, 'who is in can be told without saying more');
    }
  }));
});

test('status text stays small: at most 400 bytes for each member', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 300 }), fc.boolean(), (count, areIn) => {
    const names = Array.from({ length: count }, (_, i) => `member-${i}`);
    const places = areIn ? names.map((found) => namespace(found, { 'maistra.io/member-of': 'mesh-a' })) : [];
    const own = smmr('mesh-a', names);
    const [write] = memberRollStatus({ meshNamespace: 'mesh-a', misnamed: [], namespaces: places, rolls: [own], members: [], controlPlanes: [smcp('mesh-a')], roll: own }, NOW);
    assert.ok(isJsonObject(write?.status));
    assert.ok(JSON.stringify(write.status).length < 1000 + 400 * count);
  }), { numRuns: 20 });
});
