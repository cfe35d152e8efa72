import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMember, parseRoll } from '../../../../src/domain/member-roll/claimants.ts';
import { isPlatformNamespace, isTakenIn, matchesMemberSelector, wantedMembers } from '../../../../src/domain/member-roll/members.ts';
import { meshesOf } from '../../../../src/domain/member-roll/meshes.ts';
import { namespace, smcp, smm, smmr } from '../../../build/mesh-objects.ts';

const meshes = meshesOf([smcp('mesh-a'), smcp('mesh-b')]);
const scope = { meshes, operatorNamespace: 'operators' };

function wanted(spec: { readonly members?: readonly string[]; readonly selectors?: readonly object[] }, more: { readonly smms?: readonly string[]; readonly namespaces?: readonly string[] } = {}): string[] {
  const roll = parseRoll(smmr('mesh-a', spec.members ?? [], spec.selectors === undefined ? {} : { memberSelectors: spec.selectors }));
  const members = (more.smms ?? []).map((name) => parseMember(smm(name, 'mesh-a')));
  const namespaces = (more.namespaces ?? []).map((name) => namespace(name, { team: name.slice(0, 1) }));
  return wantedMembers('mesh-a', roll, members, { ...scope, namespaces });
}

test('listed namespaces are wanted whether they exist or not, each once and sorted', () => {
  assert.deepEqual(wanted({ members: ['pay', 'buy', 'pay'] }), ['buy', 'pay']);
});

test('a ServiceMeshMember makes its namespace wanted beside the list', () => {
  assert.deepEqual(wanted({ members: ['pay'] }, { smms: ['ship', 'pay'] }), ['pay', 'ship']);
});

test('the mesh and the operator are never members, whoever names them', () => {
  assert.deepEqual(wanted({ members: ['mesh-a', 'operators', 'pay'] }, { smms: ['operators'] }), ['pay']);
});

test('* takes in every namespace but those of the platform, of control planes and of the operator', () => {
  const namespaces = ['pay', 'mesh-a', 'mesh-b', 'operators', 'kube', 'kube-system', 'openshift', 'openshift-dns', 'ibm-x', 'kubernetes-club', 'openshifty'];
  assert.deepEqual(wanted({ members: ['*'] }, { namespaces }), ['kubernetes-club', 'openshifty', 'pay']);
});

test('* beside other names has no effect', () => {
  assert.deepEqual(wanted({ members: ['*', 'pay'] }, { namespaces: ['buy', 'pay'] }), ['pay']);
});

test('a platform namespace that is listed by name is wanted: the exclusion is for * and selectors only', () => {
  assert.deepEqual(wanted({ members: ['openshift-foo'] }, { namespaces: ['openshift-foo'] }), ['openshift-foo']);
  assert.deepEqual(wanted({ selectors: [{ matchLabels: { team: 'o' } }] }, { namespaces: ['openshift-foo', 'other'] }), ['other']);
});

test('a namespace is wanted if any selector matches', () => {
  const selectors = [{ matchLabels: { team: 'a' } }, { matchExpressions: [{ key: 'team', operator: 'In', values: ['b'] }] }];
  assert.deepEqual(wanted({ selectors }, { namespaces: ['alpha', 'beta', 'gamma'] }), ['alpha', 'beta']);
});

test('an empty selector matches every namespace, as an empty list matches none', () => {
  assert.deepEqual(wanted({ selectors: [{}] }, { namespaces: ['alpha'] }), ['alpha']);
  assert.deepEqual(wanted({ selectors: [] }, { namespaces: ['alpha'] }), []);
});

test('without a roll only the ServiceMeshMembers count', () => {
  assert.deepEqual(wantedMembers('mesh-a', undefined, [parseMember(smm('pay', 'mesh-a'))], { ...scope, namespaces: [namespace('buy')] }), ['pay']);
});

test('equality in a member selector reads an absent label as "", as the old operator did', () => {
  const isIn = (values: readonly string[]): boolean => matchesMemberSelector({ matchExpressions: [{ key: 'tier', operator: 'In', values }] }, {});
  assert.equal(isIn(['']), true);
  assert.equal(isIn(['gold']), false);
  assert.equal(matchesMemberSelector({ matchLabels: { tier: '' } }, {}), true);
  assert.equal(matchesMemberSelector({ matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['gold'] }] }, {}), true);
  assert.equal(matchesMemberSelector({ matchExpressions: [{ key: 'tier', operator: 'Exists' }] }, {}), false);
  assert.equal(matchesMemberSelector({ matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] }), true);
});

test('all parts of one selector must match, and an unknown operator matches nothing', () => {
  const selector = { matchLabels: { team: 'a' }, matchExpressions: [{ key: 'tier', operator: 'In', values: ['gold', 'silver'] }] };
  assert.equal(matchesMemberSelector(selector, { team: 'a', tier: 'silver' }), true);
  assert.equal(matchesMemberSelector(selector, { team: 'a', tier: 'tin' }), false);
  assert.equal(matchesMemberSelector(selector, { team: 'b', tier: 'gold' }), false);
  assert.equal(matchesMemberSelector({ matchExpressions: [{ key: 'team', operator: 'Like', values: ['a'] }] }, { team: 'a' }), false);
});

test('only whole names and the given prefixes are of the platform', () => {
  assert.deepEqual(['kube', 'kube-x', 'openshift', 'openshift-x', 'ibm-x'].map(isPlatformNamespace), [true, true, true, true, true]);
  assert.deepEqual(['kubes', 'ibm', 'default', 'my-openshift-x'].map(isPlatformNamespace), [false, false, false, false]);
});

test('a roll without * and selectors takes nothing in, even what it lists', () => {
  assert.equal(isTakenIn(parseRoll(smmr('mesh-a', ['pay'])), namespace('pay'), scope), false);
});

test('a malformed spec reads as an empty one and throws nothing', () => {
  const hostile = { ...smmr('mesh-a'), spec: { members: ['pay', 7, null, { a: 1 }], memberSelectors: [null, 'x', { matchLabels: { a: 1, b: 'c' }, matchExpressions: [3] }] } };
  const roll = parseRoll(hostile);
  assert.deepEqual(roll.names, ['pay']);
  assert.deepEqual(roll.selectors, [{ matchLabels: { b: 'c' }, matchExpressions: [{ key: '', operator: '', values: [] }] }]);
  assert.equal(isTakenIn(roll, namespace('x', { b: 'c' }), scope), false);
  assert.deepEqual(parseRoll({ ...smmr('mesh-a'), spec: 'none' }).names, []);
  assert.equal(parseMember({ ...smm('pay', 'mesh-a'), spec: { controlPlaneRef: { name: 'basic' } } }).controlPlane, undefined);
});
