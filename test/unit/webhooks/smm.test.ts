import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../../../src/runtime/rest.ts';
import { decideMember } from '../../../src/webhooks/smm.ts';
import type { AdmissionAnswer } from '../../../src/webhooks/review.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { ALICE, contextOf, everything, namespace, NO_DEADLINE, nothing, refusalOf, requestFor, Rights, smcp, smm, smmr, withMetadata, worldOf } from './admission-world.ts';

const mesh = [namespace('istio-a'), smcp('istio-a'), namespace('pay')];

async function decide(object: KubeObject, objects: readonly KubeObject[] = mesh, rights: Rights = everything(), old?: KubeObject): Promise<AdmissionAnswer> {
  return decideMember(requestFor(object, old), contextOf(worldOf(...objects), rights), NO_DEADLINE);
}

test('a member of an existing control plane that the user may use goes in without a word', async () => {
  assert.deepEqual(await decide(smm('pay', 'istio-a')), { allowed: true, warnings: [] });
});

test('the question is whether this user may use this control plane, with all that is known about the user', async () => {
  const rights = everything();
  await decide(smm('pay', 'istio-a'), mesh, rights);
  assert.deepEqual(rights.asked, [{ user: ALICE, access: { verb: 'use', group: 'maistra.io', resource: 'servicemeshcontrolplanes', namespace: 'istio-a', name: 'basic' } }]);
});

test('without that right the refusal is the old operator\'s sentence', async () => {
  const answer = await decide(smm('pay', 'istio-a'), mesh, nothing());
  assert.deepEqual(answer, { allowed: false, code: 403, message: 'user "alice" does not have permission to use ServiceMeshControlPlane istio-a/basic', warnings: [] });
});

test('an API server that cannot say is a refusal to try again, not a yes', async () => {
  const answer = await decide(smm('pay', 'istio-a'), mesh, new Rights(() => { throw new ApiError(503, '', 'overloaded'); }));
  assert.equal(answer.allowed || answer.code, 500);
  assert.match(refusalOf(answer), /"alice" could not be checked \(overloaded\); try again/);
});

test('a bug is thrown, so that it is logged as one', async () => {
  await assert.rejects(decide(smm('pay', 'istio-a'), mesh, new Rights(() => { throw new TypeError('x is not a function'); })), TypeError);
});

test('a change of labels or finalizers asks nobody, even when the control plane is gone', async () => {
  const rights = nothing();
  const old = smm('pay', 'istio-a');
  assert.equal((await decide(withMetadata(old, { labels: { a: 'b' }, finalizers: [] }), [], rights, old)).allowed, true);
  assert.deepEqual(rights.asked, []);
});

test('a member on its way out is let go', async () => {
  const old = smm('pay', 'istio-a');
  const leaving = { ...withMetadata(smm('pay', 'elsewhere'), { deletionTimestamp: '2030-01-01T00:00:00Z' }) };
  assert.equal((await decide(leaving, [], nothing(), old)).allowed, true);
});

test('the reference cannot change, and the message says from where, to where and what to do instead', async () => {
  const answer = await decide(smm('pay', 'istio-b'), mesh, everything(), smm('pay', 'istio-a'));
  assert.match(refusalOf(answer), /spec\.controlPlaneRef "istio-b\/basic" cannot be changed; it was istio-a\/basic\. Delete .* and create a new one/);
});

test('a member with another name than default is refused', async () => {
  assert.match(refusalOf(await decide(withMetadata(smm('pay', 'istio-a'), { name: 'mine' }))), /metadata\.name "mine" must be default: a namespace is in one mesh only/);
});

test('a member without a usable reference is refused', async () => {
  for (const spec of [undefined, {}, { controlPlaneRef: {} }, { controlPlaneRef: { namespace: 'a' } }, { controlPlaneRef: { namespace: 7, name: 'x' } }]) {
    assert.match(refusalOf(await decide({ ...smm('pay', 'istio-a'), spec })), /^spec(?:\.controlPlaneRef(?:\.\w+)?)? .*must be /);
  }
});

test('nothing joins from the operator\'s own namespace', async () => {
  assert.match(refusalOf(await decide(smm('mesh-operator', 'istio-a'))), /metadata\.namespace "mesh-operator" is the namespace of the operator, which cannot be in a mesh/);
});

test('a member for a control plane that is not there yet goes in with a warning', async () => {
  const answer = await decide(smm('pay', 'istio-a'), [namespace('pay')]);
  assert.equal(answer.allowed, true);
  assert.match(answer.warnings.join(), /spec\.controlPlaneRef "istio-a\/basic": there is no such ServiceMeshControlPlane; the namespace joins as soon as it is created/);
});

test('the warning names the control plane that is there instead', async () => {
  assert.match((await decide(smm('pay', 'istio-a', 'bsaic'))).warnings.join(), /no such ServiceMeshControlPlane \(there is "basic"\)/);
});

test('a member in a control plane\'s namespace goes in with a warning that it has no effect', async () => {
  assert.match((await decide(smm('istio-a', 'istio-a'))).warnings.join(), /this is the namespace of the control plane itself; it is in the mesh anyway/);
  const others = [...mesh, namespace('istio-b'), smcp('istio-b')];
  assert.match((await decide(smm('istio-b', 'istio-a'), others)).warnings.join(), /"istio-b" has a ServiceMeshControlPlane of its own/);
});

const meshB = [...mesh, namespace('istio-b'), smcp('istio-b')];
const rivals: readonly (readonly [string, KubeObject])[] = [
  ['by name', smmr('istio-b', ['pay'])],
  ['by *', smmr('istio-b', ['*'])],
  ['by a selector', smmr('istio-b', [], { memberSelectors: [{ matchLabels: { team: 'pay' } }] })],
];
for (const [way, rival] of rivals) {
  test(`a namespace that another roll holds ${way} cannot join a second mesh, and the refusal names the roll`, async () => {
    const objects = [...meshB.filter((object) => object.metadata.name !== 'pay'), namespace('pay', { team: 'pay' }), rival];
    assert.match(refusalOf(await decide(smm('pay', 'istio-a'), objects)), /^namespace "pay" already belongs to mesh istio-b \(ServiceMeshMemberRoll istio-b\/default\); /);
  });
}

test('a roll of the same mesh is no rival', async () => {
  assert.equal((await decide(smm('pay', 'istio-a'), [...mesh, smmr('istio-a', ['pay'])])).allowed, true);
});

test('a roll that is being deleted holds nothing', async () => {
  const leaving = withMetadata(smmr('istio-b', ['pay']), { deletionTimestamp: '2030-01-01T00:00:00Z' });
  assert.equal((await decide(smm('pay', 'istio-a'), [...meshB, leaving])).allowed, true);
});

test('who may not use the mesh does not learn who else has the namespace', async () => {
  const message = refusalOf(await decide(smm('pay', 'istio-a'), [...meshB, smmr('istio-b', ['pay'])], nothing()));
  assert.ok(!message.includes('istio-b'), message);
});
