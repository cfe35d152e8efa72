import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOtherMesh, otherMeshFor } from '../../../../src/domain/neighbours/other-mesh.ts';
import { planMember } from '../../../../src/domain/member/plan.ts';
import { memberStatuses } from '../../../../src/domain/member/status.ts';
import { memberRollStatus } from '../../../../src/domain/member-roll/status.ts';
import { NOTHING_DONE } from '../../../../src/k8s/plan.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { namespace, NOW, smcp, smm, smmr, withMeta } from '../../../build/mesh-objects.ts';
import { copiesOf, observed } from '../member/observed-objects.ts';

/** An Istio of the Sail operator; without selectors it serves every namespace. */
function istio(name: string, selectors?: readonly object[], kind = 'Istio'): KubeObject {
  return { apiVersion: 'sailoperator.io/v1', kind, metadata: { name }, spec: { namespace: `${name}-system`, ...(selectors === undefined ? {} : { values: { meshConfig: { discoverySelectors: selectors } } }) } };
}
const SELECTS = istio('other', [{ matchLabels: { tenant: 'x' } }]);
const pay = namespace('pay', { tenant: 'x' });

const CASES: readonly (readonly [string, KubeObject, KubeObject, boolean])[] = [
  ['a selector finds it', SELECTS, pay, true],
  ['a selector does not find it', SELECTS, namespace('pay'), false],
  ['its istiod lives there', istio('other', [{ matchLabels: { a: 'b' } }]), namespace('other-system'), true],
  ['it has no selectors: it asks for nothing in particular', istio('all'), pay, false],
  ['one of its selectors is empty: the same', istio('all', [{}, { matchLabels: { tenant: 'x' } }]), pay, false],
];
for (const [what, mesh, place, asks] of CASES) test(`${what}: ${asks ? 'asked for' : 'left alone'}`, () => { assert.equal(otherMeshFor(place, [mesh]) !== undefined, asks); });

test('a revision that an Istio made is that Istio; one of its own is a mesh', () => {
  const revision = istio('other', [], 'IstioRevision');
  assert.deepEqual([isOtherMesh(revision), isOtherMesh(withMeta(revision, { ownerReferences: [{ apiVersion: 'sailoperator.io/v1', kind: 'Istio', name: 'other', uid: 'x' }] }))], [true, false]);
});

const A = smcp('mesh-a');
function told(place: KubeObject, others: readonly KubeObject[]): { readonly steps: number; readonly conditions: string[] } {
  const seen = { ...observed(A, smm('pay', 'mesh-a'), place, ...(place.metadata.labels?.['maistra.io/member-of'] === undefined ? [] : copiesOf(A))), otherMeshes: others };
  const plan = planMember(seen);
  const status = memberStatuses(seen, plan, NOTHING_DONE, NOW)[0]?.status['conditions'] as { type: string; status: string; reason: string }[];
  return { steps: plan.stages.flat().filter((step) => step.do === 'patch').length, conditions: status.filter(({ type }) => !['Reconciled', 'Stalled'].includes(type)).map((found) => `${found.type}=${found.status}/${found.reason}`) };
}

test('a namespace that another istiod serves stays outside, untouched, and says why', () => {
  assert.deepEqual(told(pay, [SELECTS]), { steps: 0, conditions: ['Ready=False/ServedByOtherMesh'] });
  assert.deepEqual(told(pay, [istio('all')]), { steps: 1, conditions: ['Ready=True/Configured'] });
});

test('one that is in stays in, and is told', () => {
  assert.deepEqual(told(namespace('pay', { 'maistra.io/member-of': 'mesh-a', 'tenant': 'x' }), [SELECTS]), { steps: 0, conditions: ['Ready=True/Configured', 'ServedByOtherMesh=True/ServedByOtherMesh'] });
});

test('the roll says that an istiod without selectors serves its members too', () => {
  const roll = smmr('mesh-a');
  const world = { meshNamespace: 'mesh-a', misnamed: [], namespaces: [], rolls: [roll], members: [], controlPlanes: [A], roll };
  const conditions = (otherMeshes: readonly KubeObject[]): unknown => memberRollStatus({ ...world, otherMeshes }, NOW)[0]?.status['conditions'];
  assert.match(JSON.stringify(conditions([istio('one'), istio('all', [{}]), SELECTS])), /"ServedByOtherMesh","status":"True","reason":"ServesAllNamespaces","message":"Istio\/all, Istio\/one have no discovery selectors/);
  assert.doesNotMatch(JSON.stringify(conditions([SELECTS])), /ServedByOtherMesh/);
});
