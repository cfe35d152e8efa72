import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appliedSpecOf, BUILT_IN_PROFILES, resolveProfiles, type ProfileLibrary } from '../../../../src/domain/control-plane/profiles.ts';
import { valueAt } from '../../../../src/lib/json.ts';

const PROFILES: ProfileLibrary = { faults: {}, specs: {
  default: { a: 'default' },
  parent: { p: 'parent', q: 'parent', n: { x: 'parent', y: 'parent' } },
  child: { profiles: ['parent'], p: 'child', n: { x: 'child' } },
  other: { p: 'other', q: 'other', r: 'other' },
  loop: { profiles: ['pool'] },
  pool: { profiles: ['loop'], p: 'pool' },
} };

test('a spec without profiles gets the profile default, and says so', () => {
  assert.deepEqual(resolveProfiles({}, PROFILES), { spec: { a: 'default', profiles: ['default'] }, problems: [] });
});

test('the built-in default fills in what the old operator filled in', () => {
  const { spec, problems } = resolveProfiles({});
  assert.deepEqual(problems, []);
  assert.deepEqual(valueAt(spec, 'addons', 'prometheus', 'enabled'), true);
  assert.deepEqual(valueAt(spec, 'gateways', 'openshiftRoute', 'enabled'), true);
  assert.deepEqual(valueAt(spec, 'tracing', 'type'), 'Jaeger');
  assert.deepEqual(valueAt(spec, 'security', 'dataPlane', 'mtls'), false);
  assert.deepEqual(valueAt(spec, 'proxy', 'runtime', 'container', 'resources', 'requests', 'cpu'), '10m');
});

test('the user wins over every profile, map by map', () => {
  const { spec } = resolveProfiles({ profiles: ['child'], n: { x: 'user' } }, PROFILES);
  assert.deepEqual(spec, { profiles: ['child'], p: 'child', q: 'parent', n: { x: 'user', y: 'parent' } });
});

test('the last named profile wins, and its parents win over profiles named before it', () => {
  const { spec } = resolveProfiles({ profiles: ['other', 'child'] }, PROFILES);
  assert.deepEqual([spec['p'], spec['q'], spec['r']], ['child', 'parent', 'other']);
});

test('profiles that build on each other in a circle are a problem, not an endless recursion', () => {
  const { problems } = resolveProfiles({ profiles: ['loop'] }, PROFILES);
  assert.equal(problems.length, 1);
  assert.match(problems[0]?.message ?? '', /loop -> pool -> loop/);
});

test('an unknown profile is a problem that lists the known ones, also for names that every object has', () => {
  for (const name of ['nobody', '__proto__', 'constructor', '../base']) {
    const { problems } = resolveProfiles({ profiles: [name] });
    assert.equal(problems.length, 1, name);
    assert.match(problems[0]?.message ?? '', /known are base, default, maistra, servicemesh, small/);
  }
});

test('a null in the spec counts as absent and does not take a default away', () => {
  const { spec } = resolveProfiles({ tracing: { type: null }, addons: null });
  assert.equal(valueAt(spec, 'tracing', 'type'), 'Jaeger');
  assert.equal(valueAt(spec, 'addons', 'kiali', 'enabled'), true);
});

test('resolving is idempotent and leaves its input alone', () => {
  const input = Object.freeze({ profiles: ['default'], tracing: Object.freeze({ sampling: 1 }) });
  const once = resolveProfiles(input).spec;
  assert.deepEqual(resolveProfiles(once).spec, once);
  assert.ok(Object.keys(BUILT_IN_PROFILES).includes('small'));
});

test('an object without a readable spec has the default spec', () => {
  assert.deepEqual(appliedSpecOf({ spec: 'text' }), appliedSpecOf({}));
});

test('the names of the files that the default was made from are profiles too', () => {
  for (const name of ['maistra', 'servicemesh']) assert.deepEqual({ ...resolveProfiles({ profiles: [name] }).spec, profiles: [] }, { ...resolveProfiles({}).spec, profiles: [] });
});

test('where a profile is missing, what was applied last stands in for it, and the spec still goes before it', () => {
  const smcp = { spec: { profiles: ['gone'], tracing: { type: 'None' } }, status: { appliedSpec: { profiles: ['gone'], tracing: { type: 'Jaeger' }, security: { manageNetworkPolicy: false } } } };
  assert.deepEqual(appliedSpecOf(smcp), { profiles: ['gone'], tracing: { type: 'None' }, security: { manageNetworkPolicy: false } });
});
