import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CUSTOM_RESOURCE_DEFINITION } from '../../../../src/api/kinds.ts';
import { ANNOTATION_CONTENT, CLUSTER_ROLE_ISTIOD_SOFT, LABEL_MANAGED_BY } from '../../../../src/api/names.ts';
import { SHARED_ROLE_NAMES } from '../../../../src/controllers/permissions.ts';
import { isNewer, isOurs, markedDefinition, planClusterResources } from '../../../../src/domain/cluster-resources/plan.ts';
import { SHARED_ROLES, sharedRoles } from '../../../../src/domain/cluster-resources/shared-roles.ts';
import { objectOf } from '../../../../src/k8s/resource.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';

const gateways = (spec: object = { group: 'networking.istio.io' }): KubeObject => objectOf(CUSTOM_RESOURCE_DEFINITION, { name: 'gateways.networking.istio.io' }, { spec });
const installs = (existing: KubeObject | undefined, wanted: KubeObject): string[] =>
  planClusterResources({ wanted: [wanted], definitions: new Map(existing === undefined ? [] : [[existing.metadata.name, existing]]) })
    .stages.flat().flatMap((step) => (step.do === 'apply' && step.type === CUSTOM_RESOURCE_DEFINITION ? [step.object.metadata.name] : []));

test('a CRD that nobody has is installed', () => {
  assert.deepEqual(installs(undefined, markedDefinition(gateways(), '1.31.1')), ['gateways.networking.istio.io']);
});

test('a CRD of another owner is left alone', () => {
  const helm = { ...gateways(), metadata: { name: 'gateways.networking.istio.io', labels: { [LABEL_MANAGED_BY]: 'Helm' } } };
  assert.deepEqual(installs(helm, markedDefinition(gateways(), '1.31.1')), []);
  assert.deepEqual(installs(gateways(), markedDefinition(gateways(), '1.31.1')), []);
});

test('our own CRD is upgraded, never downgraded, and not written again when it is the same', () => {
  const ours = markedDefinition(gateways(), '1.31.0');
  assert.ok(isOurs(ours));
  assert.deepEqual(installs(ours, ours), []);
  assert.equal(installs(ours, markedDefinition(gateways({ changed: true }), '1.31.1')).length, 1);
  assert.deepEqual(installs(markedDefinition(gateways(), '1.32.0'), markedDefinition(gateways({ old: true }), '1.31.1')), []);
});

test('a release is compared by its numbers, not by its text', () => {
  assert.ok(isNewer('1.31.1-x', '1.9.9-y'));
  assert.ok(!isNewer('1.9.9-x', '1.31.1-y'));
  assert.ok(!isNewer('1.31.1-x', '1.31.1-y'));
});

test('the mark names the release and changes with the content', () => {
  const mark = (spec: object): string | undefined => markedDefinition(gateways(spec), '1.31.1').metadata.annotations?.[ANNOTATION_CONTENT];
  assert.match(mark({ a: 1 }) ?? '', /^1\.31\.1-[0-9a-f]{16}$/);
  assert.notEqual(mark({ a: 1 }), mark({ a: 2 }));
});

test('the shared roles are those the operator may hand out, and none uses a wildcard', () => {
  assert.deepEqual(sharedRoles().map((role) => role.metadata.name).toSorted(), [...SHARED_ROLE_NAMES].toSorted());
  const words = Object.values(SHARED_ROLES).flat().flatMap((rule) => [...rule.apiGroups, ...rule.resources, ...rule.verbs]);
  assert.ok(words.length > 50);
  assert.ok(!words.includes('*'));
});

test('the one role that is bound for the whole cluster writes nothing but questions', () => {
  const writes = (SHARED_ROLES[CLUSTER_ROLE_ISTIOD_SOFT] ?? []).filter((rule) => rule.verbs.some((verb) => !['get', 'list', 'watch'].includes(verb)));
  assert.deepEqual(writes.flatMap((rule) => rule.resources).toSorted(), ['subjectaccessreviews', 'tokenreviews']);
});
