import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ApiError } from '../../../src/runtime/rest.ts';
import type { Access } from '../../../src/webhooks/access.ts';
import { decideMemberRoll } from '../../../src/webhooks/smmr.ts';
import type { AdmissionAnswer } from '../../../src/webhooks/review.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { contextOf, everything, namespace, NO_DEADLINE, nothing, refusalOf, requestFor, Rights, smcp, smm, smmr, withMetadata, worldOf } from './admission-world.ts';

const mesh = [namespace('istio-a'), smcp('istio-a'), namespace('pay'), namespace('shop', { team: 'shop' })];

interface Setting {
  readonly objects?: readonly KubeObject[];
  readonly rights?: Rights;
  readonly old?: KubeObject;
  readonly deadline?: AbortSignal;
}

async function decide(object: KubeObject, { objects = mesh, rights = everything(), old, deadline = NO_DEADLINE }: Setting = {}): Promise<AdmissionAnswer> {
  return decideMemberRoll(requestFor(object, old), contextOf(worldOf(...objects), rights), deadline);
}

const inNamespaces = (...names: readonly string[]): Rights => new Rights(({ namespace }) => namespace !== undefined && names.includes(namespace));
const namespacesAsked = (rights: Rights): (string | undefined)[] => rights.asked.map(({ access }) => access.namespace);

test('a roll of existing namespaces by somebody with all rights goes in without a word', async () => {
  assert.deepEqual(await decide(smmr('istio-a', ['pay', 'shop'])), { allowed: true, warnings: [] });
});

test('a roll for a control plane that is not there yet goes in with a warning', async () => {
  const answer = await decide(smmr('istio-z', ['pay']));
  assert.equal(answer.allowed, true);
  assert.match(answer.warnings.join(), /"istio-z": there is no ServiceMeshControlPlane in this namespace; the members join as soon as one is created/);
});

test('a member that does not exist yet is no mistake', async () => {
  assert.deepEqual(await decide(smmr('istio-a', ['later'])), { allowed: true, warnings: [] });
});

test('entries without effect go in with a warning each', async () => {
  const objects = [...mesh, smcp('istio-b')];
  const { allowed, warnings } = await decide(smmr('istio-a', ['istio-a', 'mesh-operator', 'istio-b']), { objects });
  assert.equal(allowed, true);
  assert.equal(warnings.length, 3);
  assert.match(warnings[0] ?? '', /istio-a is the namespace of the control plane; it needs no entry/);
  assert.match(warnings[1] ?? '', /"mesh-operator" is the operator's namespace/);
  assert.match(warnings[2] ?? '', /"istio-b" has a ServiceMeshControlPlane of its own/);
});

test('the roll that a mesh for the whole cluster gets anyway needs no right, and no other does without', async () => {
  const wide: KubeObject = { ...smcp('istio-a', 'basic', { mode: 'ClusterWide' }), status: { observedGeneration: 1, appliedSpec: { mode: 'ClusterWide' } } };
  const labelled = [namespace('istio-a'), namespace('pay', { 'istio-injection': 'enabled' }), smcp('istio-b'), smmr('istio-b', ['pay'])];
  const roll = (labels: object): KubeObject => ({ ...smmr('istio-a'), spec: { memberSelectors: [{ matchLabels: labels }] } });
  const rights = nothing();
  assert.deepEqual(await decide(roll({ 'istio-injection': 'enabled' }), { objects: [...labelled, wide], rights }), { allowed: true, warnings: [] });
  assert.deepEqual(rights.asked, []);
  for (const [object, plane, old] of [[roll({ team: 'shop' }), wide], [roll({ 'istio-injection': 'enabled' }), smcp('istio-a')], [roll({ 'istio-injection': 'enabled' }), wide, smmr('istio-a', ['shop'])]] as const) {
    const answer = await decide(object, { objects: [...labelled, plane], rights: nothing(), ...(old === undefined ? {} : { old }) });
    assert.match(refusalOf(answer), /does not have permission to update pods in all namespaces/);
  }
});

// Form

const badForms: readonly (readonly [string, KubeObject, RegExp])[] = [
  ['another name than default', withMetadata(smmr('istio-a'), { name: 'mine' }), /metadata\.name "mine" must be default: there is one roll per mesh/],
  ['members and selectors together', smmr('istio-a', ['pay'], { memberSelectors: [{}] }), /spec\.memberSelectors "\[\{\}\]" cannot be used together with members; /],
  ['* beside names', smmr('istio-a', ['*', 'pay']), /spec\.members "\*" .*must stand alone; remove/],
  ['an entry twice', smmr('istio-a', ['pay', 'shop', 'pay']), /spec\.members\[2\] "pay" is listed twice; remove one/],
  ['a name that no namespace can have', smmr('istio-a', ['Pay_ment']), /spec\.members\[0\] "Pay_ment" must be the name of a namespace/],
  ['a number as a name', smmr('istio-a', [7]), /spec\.members\[0\] "7" must be a string/],
];
for (const [what, object, message] of badForms) {
  test(`a roll with ${what} is refused, and the message names field, value and remedy`, async () => {
    const answer = await decide(object);
    assert.equal(answer.allowed || answer.code, 400);
    assert.match(refusalOf(answer), message);
  });
}

test('several mistakes are told at once', async () => {
  const message = refusalOf(await decide(withMetadata(smmr('istio-a', ['A', 'B']), { name: 'x' })));
  for (const field of ['metadata.name "x"', 'spec.members[0] "A"', 'spec.members[1] "B"']) assert.ok(message.includes(field), message);
});

test('a hostile value is shown cut and quoted, never raw', async () => {
  const message = refusalOf(await decide(smmr('istio-a', [`a\n"{{${'x'.repeat(1_000_000)}`])));
  assert.ok(message.length < 400, `${message.length}`);
  assert.ok(!message.includes('\n'));
});

test('whatever is in the members, the answer is an answer', async () => {
  await fc.assert(fc.asyncProperty(fc.jsonValue(), fc.jsonValue(), async (members, memberSelectors) => {
    const answer = await decide({ ...smmr('istio-a'), spec: { members, memberSelectors } });
    assert.equal(typeof answer.allowed, 'boolean');
  }), { numRuns: 300 });
});

test('no roll in the operator\'s own namespace', async () => {
  assert.match(refusalOf(await decide(smmr('mesh-operator', []))), /metadata\.namespace "mesh-operator" is the namespace of the operator/);
});

// Rights

test('whoever may update pods everywhere is asked about once, however many namespaces there are', async () => {
  const rights = everything();
  await decide(smmr('istio-a', Array.from({ length: 300 }, (_, index) => `ns-${index}`)), { rights });
  assert.deepEqual(rights.asked.map(({ access }) => access), [{ verb: 'update', group: '', resource: 'pods' }]);
});

test('others need the right in each namespace that they add', async () => {
  assert.equal((await decide(smmr('istio-a', ['pay', 'shop']), { rights: inNamespaces('pay', 'shop') })).allowed, true);
  const answer = await decide(smmr('istio-a', ['pay', 'shop']), { rights: inNamespaces('pay') });
  assert.equal(answer.allowed || answer.code, 403);
  assert.match(refusalOf(answer), /spec\.members: user "alice" does not have permission to update pods in "shop"; /);
});

test('what was in the roll before is not asked about again', async () => {
  const rights = inNamespaces('shop');
  assert.equal((await decide(smmr('istio-a', ['pay', 'shop']), { rights, old: smmr('istio-a', ['pay']) })).allowed, true);
  assert.deepEqual(namespacesAsked(rights), [undefined, 'shop']);
});

test('taking a namespace out needs no right in it', async () => {
  const rights = nothing();
  assert.equal((await decide(smmr('istio-a', ['pay']), { rights, old: smmr('istio-a', ['pay', 'shop']) })).allowed, true);
  assert.deepEqual(rights.asked, []);
});

test('an empty roll, or one with entries that have no effect, needs no right at all', async () => {
  for (const members of [[], ['istio-a'], ['mesh-operator']]) {
    const rights = nothing();
    assert.equal((await decide(smmr('istio-a', members), { rights })).allowed, true);
    assert.deepEqual(rights.asked, []);
  }
});

const selecting = (team: string): KubeObject => smmr('istio-a', [], { memberSelectors: [{ matchLabels: { team } }] });
const openChanges: readonly (readonly [string, KubeObject, KubeObject | undefined])[] = [
  ['* in a new roll', smmr('istio-a', ['*']), undefined],
  ['* instead of names', smmr('istio-a', ['*']), smmr('istio-a', ['pay'])],
  ['names instead of *', smmr('istio-a', ['pay']), smmr('istio-a', ['*'])],
  ['selectors in a new roll', selecting('a'), undefined],
  ['other selectors', selecting('b'), selecting('a')],
  ['no selectors any more', smmr('istio-a'), selecting('a')],
];
for (const [what, object, old] of openChanges) {
  test(`${what}: the right is needed in the whole cluster`, async () => {
    const setting = old === undefined ? {} : { old };
    const answer = await decide(object, { rights: inNamespaces('pay', 'shop'), ...setting });
    assert.equal(answer.allowed || answer.code, 403);
    assert.match(refusalOf(answer), /update pods in all namespaces/);
    assert.equal((await decide(object, setting)).allowed, true);
  });
}

test('a right that could not be checked is no right', async () => {
  for (const rule of [(): boolean => { throw new ApiError(0, '', 'unreachable'); }, ({ namespace }: Access): boolean => { if (namespace !== undefined) throw new ApiError(500, '', 'oops'); return false; }]) {
    const answer = await decide(smmr('istio-a', ['pay']), { rights: new Rights(rule) });
    assert.equal(answer.allowed || answer.code, 500);
    assert.match(refusalOf(answer), /could not be checked/);
  }
});

test('of a long list at most sixteen questions are open at a time', async () => {
  let open = 0;
  let most = 0;
  const rights = new Rights(async ({ namespace }) => {
    open += 1;
    most = Math.max(most, open);
    await new Promise((resolve) => { setImmediate(resolve); });
    open -= 1;
    return namespace !== undefined;
  });
  assert.equal((await decide(smmr('istio-a', Array.from({ length: 100 }, (_, index) => `ns-${index}`)), { rights })).allowed, true);
  assert.equal(most, 16);
});

test('when time runs out the message says how many were checked', async () => {
  const controller = new AbortController();
  let asked = 0;
  const rights = new Rights(({ namespace }) => {
    if (namespace === undefined) return false;
    asked += 1;
    if (asked === 40) controller.abort();
    return true;
  });
  const answer = await decide(smmr('istio-a', Array.from({ length: 100 }, (_, index) => `ns-${index}`)), { rights, deadline: controller.signal });
  assert.match(refusalOf(answer), /time to check the permission of user "alice" in \d+ of 100 new namespaces only; add fewer at once, or as a cluster admin/);
});

test('of very many refused namespaces the message names ten', async () => {
  const message = refusalOf(await decide(smmr('istio-a', Array.from({ length: 30 }, (_, index) => `ns-${index}`)), { rights: nothing() }));
  assert.match(message, /"ns-9" and 20 more/);
});

// Overlap

const meshB = [...mesh, namespace('istio-b'), smcp('istio-b')];
const rivals: readonly (readonly [string, KubeObject, string])[] = [
  ['named in another roll', smmr('istio-b', ['shop']), 'ServiceMeshMemberRoll istio-b/default'],
  ['taken by another roll\'s *', smmr('istio-b', ['*']), 'ServiceMeshMemberRoll istio-b/default'],
  ['selected by another roll', smmr('istio-b', [], { memberSelectors: [{ matchLabels: { team: 'shop' } }] }), 'ServiceMeshMemberRoll istio-b/default'],
  ['joined by a member', smm('shop', 'istio-b'), 'ServiceMeshMember shop/default'],
];
const claims: readonly (readonly [string, KubeObject])[] = [
  ['by name', smmr('istio-a', ['shop'])],
  ['by *', smmr('istio-a', ['*'])],
  ['by a selector', smmr('istio-a', [], { memberSelectors: [{ matchExpressions: [{ key: 'team', operator: 'Exists' }] }] })],
];
for (const [held, rival, name] of rivals) {
  for (const [way, object] of claims) {
    test(`a namespace ${held} cannot be claimed ${way}`, async () => {
      const message = refusalOf(await decide(object, { objects: [...meshB, rival] }));
      assert.ok(message.includes(`namespace "shop" already belongs to mesh istio-b (${name})`), message);
    });
  }
}

test('a namespace that does not exist yet and is named elsewhere cannot be named again', async () => {
  assert.match(refusalOf(await decide(smmr('istio-a', ['later']), { objects: [...meshB, smmr('istio-b', ['later'])] })), /namespace "later" already belongs to mesh istio-b/);
});

test('a conflict that was there before does not hold up a change of something else', async () => {
  const objects = [...meshB, smmr('istio-b', ['shop'])];
  assert.equal((await decide(smmr('istio-a', ['shop', 'pay']), { objects, old: smmr('istio-a', ['shop']) })).allowed, true);
});

test('labels of a roll can be changed whatever it holds and whoever asks', async () => {
  const old = smmr('istio-a', ['shop', 'shop', '*']);
  const answer = await decide(withMetadata(old, { labels: { a: 'b' } }), { objects: [...meshB, smmr('istio-b', ['shop'])], rights: nothing(), old });
  assert.equal(answer.allowed, true);
});

test('a roll on its way out is let go', async () => {
  const leaving = withMetadata(smmr('istio-a', ['A A']), { deletionTimestamp: '2030-01-01T00:00:00Z' });
  assert.equal((await decide(leaving, { rights: nothing(), old: smmr('istio-a') })).allowed, true);
});

test('of many conflicts the message names five', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `ns-${index}`);
  assert.match(refusalOf(await decide(smmr('istio-a', names), { objects: [...meshB, smmr('istio-b', names)] })), /; and 7 more$/);
});

test('the namespaces of other control planes and of the platform are left out of *', async () => {
  const objects = [...meshB, namespace('kube-system'), namespace('openshift-x'), smmr('istio-b', ['kube-system', 'openshift-x'])];
  assert.equal((await decide(smmr('istio-a', ['*']), { objects })).allowed, true);
});

test('the object of a CREATE need not carry its namespace', async () => {
  const { namespace: _left, ...metadata } = smmr('istio-a', ['istio-a']).metadata;
  const request = { ...requestFor(smmr('istio-a', ['istio-a'])), object: { ...smmr('istio-a', ['istio-a']), metadata } };
  const answer = await decideMemberRoll(request, contextOf(worldOf(...mesh), nothing()), NO_DEADLINE);
  assert.match(answer.warnings.join(), /istio-a is the namespace of the control plane/);
});
