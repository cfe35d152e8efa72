import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validateMember } from '../../../../src/domain/validation/member.ts';
import { validateMemberRoll, type MemberRollContext } from '../../../../src/domain/validation/member-roll.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';

function roll(spec: unknown, metadata: object = {}): KubeObject {
  return { apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMemberRoll', metadata: { name: 'default', namespace: 'mesh', ...metadata }, spec };
}

function paths(object: KubeObject, context?: MemberRollContext): string[] {
  return validateMemberRoll(object, context).problems.map(({ path }) => path);
}

test('a plain roll has nothing wrong', () => {
  assert.deepEqual(validateMemberRoll(roll({ members: ['a', 'b'] })), { problems: [], warnings: [] });
  assert.deepEqual(validateMemberRoll(roll({})), { problems: [], warnings: [] });
});

test('a roll must be named default', () => {
  const [problem] = validateMemberRoll(roll({}, { name: 'mine' })).problems;
  assert.deepEqual([problem?.path, problem?.value, problem?.reason], ['metadata.name', 'mine', 'ErrInvalidName']);
});

test('a roll may not live with the operator', () => {
  assert.deepEqual(paths(roll({}, { namespace: 'operators' }), { operatorNamespace: 'operators' }), ['metadata.namespace']);
});

test('a member listed twice, * beside others, and members beside selectors are refused', () => {
  assert.deepEqual(paths(roll({ members: ['a', 'b', 'a'] })), ['spec.members[2]']);
  assert.deepEqual(paths(roll({ members: ['*', 'a'] })), ['spec.members']);
  assert.deepEqual(paths(roll({ members: ['a'], memberSelectors: [{}] })), ['spec.memberSelectors']);
  assert.deepEqual(paths(roll({ members: [], memberSelectors: [{}] })), []);
  assert.deepEqual(paths(roll({ members: ['*'] })), []);
});

test('a namespace of another mesh is refused, and the mesh is named', () => {
  const claims = new Map([['pay', 'mesh-b']]);
  const [problem] = validateMemberRoll(roll({ members: ['shop', 'pay'] }), { claims }).problems;
  assert.equal(problem?.path, 'spec.members[1]');
  assert.match(problem?.message ?? '', /mesh of namespace mesh-b already/);
  assert.deepEqual(paths(roll({ members: ['*'] }), { claims }), ['spec.members']);
  assert.deepEqual(paths(roll({ members: ['*'] }), { claims: new Map() }), []);
});

test('a mesh that takes every namespace leaves none for another', () => {
  assert.deepEqual(paths(roll({ members: ['a'] }), { claimsAll: 'mesh-b' }), ['spec.members']);
  assert.deepEqual(paths(roll({ members: [] }), { claimsAll: 'mesh-b' }), []);
});

test('the namespace of the control plane in its own roll is only mentioned', () => {
  const { problems, warnings } = validateMemberRoll(roll({ members: ['mesh', 'a'] }));
  assert.deepEqual(problems, []);
  assert.match(warnings[0] ?? '', /mesh is the namespace of the control plane/);
});

test('unknown fields of a roll are mentioned, with what was meant', () => {
  assert.match(validateMemberRoll(roll({ member: ['a'] })).warnings[0] ?? '', /spec\.member is not a known field \(did you mean members\?\)/);
});

test('wrong types of a roll are refused', () => {
  assert.deepEqual(paths(roll({ members: 'a' })), ['spec.members']);
  assert.deepEqual(paths(roll({ memberSelectors: [{ matchExpressions: [{ key: 'a', operator: 'Like' }] }] })), ['spec.memberSelectors[0].matchExpressions[0].operator']);
});

function member(ref: unknown, metadata: object = {}): KubeObject {
  return { apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMember', metadata: { name: 'default', namespace: 'pay', ...metadata }, spec: { controlPlaneRef: ref } };
}

const REF = { name: 'basic', namespace: 'mesh' };

test('a plain member has nothing wrong', () => {
  assert.deepEqual(validateMember(member(REF)), { problems: [], warnings: [] });
});

test('a member must be named default, and not live with the operator', () => {
  assert.equal(validateMember(member(REF, { name: 'mine' })).problems[0]?.reason, 'InvalidName');
  assert.equal(validateMember(member(REF, { namespace: 'operators' }), { operatorNamespace: 'operators' }).problems[0]?.path, 'metadata.namespace');
});

test('the control plane of a member cannot be changed', () => {
  const before = member(REF);
  assert.deepEqual(validateMember(member(REF), { before }).problems, []);
  const [problem] = validateMember(member({ name: 'basic', namespace: 'mesh-b' }), { before }).problems;
  assert.match(problem?.message ?? '', /it was mesh\/basic\. Delete the ServiceMeshMember/);
});

test('a member that was never readable may be repaired', () => {
  assert.deepEqual(validateMember(member(REF), { before: member(undefined) }).problems, []);
});

test('a member beside its control plane is only mentioned', () => {
  assert.match(validateMember(member(REF, { namespace: 'mesh' })).warnings[0] ?? '', /in the mesh anyway/);
});

test('a member without a complete reference is refused', () => {
  assert.equal(validateMember(member({ name: 'basic' })).problems[0]?.path, 'spec.controlPlaneRef.namespace');
});

test('rolls and members on their way out are never refused', () => {
  const gone = { deletionTimestamp: '2029-01-01T00:00:00Z', name: 'mine' };
  assert.deepEqual(validateMemberRoll(roll({ members: 3 }, gone)), { problems: [], warnings: [] });
  assert.deepEqual(validateMember(member(3, gone)), { problems: [], warnings: [] });
});
