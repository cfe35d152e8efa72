import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isProfileSource, profileLibrary } from '../../../../src/domain/control-plane/profile-library.ts';
import { resolveProfiles } from '../../../../src/domain/control-plane/profiles.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';

function configMap(data: unknown, name = 'smcp-templates', labels: Readonly<Record<string, string>> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'operators', labels }, data };
}

const plane = (spec: string, version = 'v2'): string => `apiVersion: maistra.io/${version}\nkind: ServiceMeshControlPlane\nspec: ${spec}\n`;

const messagesFor = (names: readonly string[], ...maps: readonly KubeObject[]): string[] =>
  resolveProfiles({ profiles: [...names] }, profileLibrary(maps)).problems.map(({ message }) => message);

test('each key of the ConfigMap is a profile, of either version, and its own version does not count', () => {
  const library = profileLibrary([configMap({ big: plane('{version: v2.5, proxy: {concurrency: 7}, profiles: [small]}'), old: plane('{template: big, istio: {global: {mtls: {enabled: true}}}}', 'v1') })]);
  assert.deepEqual(library.faults, {});
  const { spec, problems } = resolveProfiles({ profiles: ['old'] }, library);
  assert.deepEqual(problems, []);
  assert.deepEqual(spec['proxy'], { concurrency: 7, runtime: { container: { resources: { requests: { cpu: '10m', memory: '128Mi' } } } } });
  assert.deepEqual(spec['security'], { dataPlane: { mtls: true } });
  assert.equal(spec['version'], undefined);
});

test('a profile of the installation goes before a built-in one of its name', () => {
  const { spec } = resolveProfiles({}, profileLibrary([configMap({ default: plane('{tracing: {type: None}}') })]));
  assert.deepEqual(spec, { tracing: { type: 'None' }, profiles: ['default'] });
});

test('a circle through several ConfigMaps is named link by link', () => {
  const maps = [configMap({ a: plane('{profiles: [b]}') }), configMap({ b: plane('{profiles: [a]}') }, 'more')];
  assert.match(messagesFor(['a'], ...maps).join(), /a -> b -> a/);
});

test('an unknown profile is told with all known ones, those of the installation among them', () => {
  assert.match(messagesFor(['nobody'], configMap({ big: plane('{}') })).join(), /"nobody" is not known; known are base, big, default, maistra, servicemesh, small/);
});

const FAULTS: readonly (readonly [string, unknown, RegExp])[] = [
  ['text that is no YAML', { x: 'a: [' }, /profile "x" in ConfigMap operators\/smcp-templates is not YAML \(.*\); correct it/],
  ['another kind', { x: 'kind: Pod\napiVersion: v1\n' }, /is not a ServiceMeshControlPlane with kind and apiVersion/],
  ['another version', { x: plane('{}', 'v3') }, /neither maistra\.io\/v1 nor maistra\.io\/v2; use maistra\.io\/v1/],
  ['nothing', { x: '' }, /is not a ServiceMeshControlPlane/],
];
for (const [what, data, message] of FAULTS) {
  test(`${what} as a profile is told to who uses it, and to nobody else`, () => {
    assert.match(messagesFor(['x'], configMap(data)).join(), message);
    assert.deepEqual(messagesFor(['default'], configMap(data)), []);
  });
}

test('a profile that two ConfigMaps have is not guessed', () => {
  const maps = [configMap({ x: plane('{}') }, 'one'), configMap({ x: plane('{}') }, 'two')];
  assert.match(messagesFor(['x'], ...maps).join(), /profile "x" is in ConfigMap operators\/one and in ConfigMap operators\/two; remove one of them/);
});

test('whatever is in a ConfigMap, reading it does not throw', () => {
  for (const data of [undefined, null, 'text', { x: 7 }, { __proto__: plane('{}') }, { x: plane('7') }, { x: plane('[1]') }, { x: 'a: &a [*a]' }]) assert.ok(profileLibrary([configMap(data)]));
});

test('the old name and the label say that a ConfigMap holds profiles', () => {
  assert.ok(isProfileSource(configMap({})));
  assert.ok(isProfileSource(configMap({}, 'mine', { 'tmesh.maistra.io/profiles': 'true' })));
  assert.ok(!isProfileSource(configMap({}, 'mine')));
});
