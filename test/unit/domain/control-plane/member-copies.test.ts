import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SHARED_ROLES } from '../../../../src/domain/cluster-resources/shared-roles.ts';
import { memberCopies, memberCopyOptions } from '../../../../src/domain/control-plane/member-copies.ts';
import { valueAt } from '../../../../src/lib/json.ts';
import { controlPlane, MESH, NAME, objectsOf, CHARTS, valuesInput } from '../../../build/control-plane.ts';
import { renderMesh } from '../../../../src/domain/control-plane/render.ts';

const namesOf = (spec: Parameters<typeof controlPlane>[0], facts = {}): string[] =>
  memberCopies(memberCopyOptions(controlPlane(spec), facts), 'shop').map(({ object }) => `${object.kind} ${object.metadata.name}`);

test('a member gets the rights of istiod, Prometheus and Kiali, and two NetworkPolicies', () => {
  assert.deepEqual(namesOf({}), [
    `RoleBinding istiod-${NAME}-${MESH}`, `RoleBinding prometheus-${MESH}`, `RoleBinding kiali-${MESH}`,
    `NetworkPolicy istio-mesh-${NAME}`, `NetworkPolicy istio-expose-route-${NAME}`,
  ]);
});

test('what the mesh does without is not copied', () => {
  assert.deepEqual(namesOf({ addons: { prometheus: { enabled: false }, kiali: { enabled: false } }, security: { manageNetworkPolicy: false } }), [`RoleBinding istiod-${NAME}-${MESH}`]);
});

test('the Kiali operator binds its Kiali itself', () => {
  assert.ok(!namesOf({}, { servesKiali: true }).includes(`RoleBinding kiali-${MESH}`));
});

test('copies carry the mesh in the label that finds them, and no owner, who lives in another namespace', () => {
  for (const { object } of memberCopies(memberCopyOptions(controlPlane()), 'shop')) {
    assert.equal(object.metadata.namespace, 'shop');
    assert.equal(object.metadata.labels?.['maistra.io/member-of'], MESH);
    assert.equal(object.metadata.labels?.['maistra.io/owner'], undefined);
    assert.equal(object.metadata.ownerReferences, undefined);
  }
});

test('bindings refer to shared roles, and their subjects are accounts of the control-plane namespace', () => {
  const bindings = memberCopies(memberCopyOptions(controlPlane()), 'shop').filter(({ object }) => object.kind === 'RoleBinding');
  for (const { object } of bindings) {
    assert.ok(Object.hasOwn(SHARED_ROLES, String(valueAt(object, 'roleRef', 'name'))));
    assert.equal(valueAt(object, 'roleRef', 'kind'), 'ClusterRole');
    const subjects = valueAt(object, 'subjects');
    assert.ok(Array.isArray(subjects) && subjects.every((subject) => valueAt(subject, 'namespace') === MESH));
  }
});

test('the policies of members let the same in as those of the mesh namespace, where istiod alone has a policy of its own', () => {
  const own = objectsOf(renderMesh(valuesInput(), CHARTS)).filter(({ object }) => object.kind === 'NetworkPolicy');
  for (const copy of memberCopies(memberCopyOptions(controlPlane()), 'shop').filter(({ object }) => object.kind === 'NetworkPolicy')) {
    const mesh = own.find(({ object }) => object.metadata.name === copy.object.metadata.name)?.object;
    assert.deepEqual(valueAt(copy.object, 'spec', 'ingress'), valueAt(mesh, 'spec', 'ingress'));
    assert.deepEqual(valueAt(copy.object, 'spec', 'policyTypes'), valueAt(mesh, 'spec', 'policyTypes'));
  }
});

test('an administrator may name another peer for exposed pods', () => {
  const exposeRoute = { namespaceSelector: { matchLabels: { role: 'edge' } } };
  const policy = memberCopies(memberCopyOptions(controlPlane(), { exposeRoute }), 'shop').at(-1);
  assert.deepEqual(valueAt(policy?.object, 'spec', 'ingress'), [{ from: [exposeRoute] }]);
});
