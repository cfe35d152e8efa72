import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../src/k8s/object.ts';
import type { Problem } from '../../../src/k8s/plan.ts';
import { CONTROL_PLANE_RULES, controlPlaneDecision, type ControlPlaneRules } from '../../../src/webhooks/smcp.ts';
import type { AdmissionAnswer } from '../../../src/webhooks/review.ts';
import { ALICE, contextOf, everything, NO_DEADLINE, nothing, refusalOf, requestFor, smcp, withMetadata, worldOf, type Rights } from './admission-world.ts';

const problem = (path: string, value: string, message: string): Problem => ({ path, value, message, reason: 'Invalid' });

async function decide(object: KubeObject, options: { objects?: readonly KubeObject[]; rules?: Partial<ControlPlaneRules>; old?: KubeObject; rights?: Rights } = {}): Promise<AdmissionAnswer> {
  const { objects = [], rules = {}, old, rights = everything() } = options;
  return controlPlaneDecision({ ...CONTROL_PLANE_RULES, ...rules })(requestFor(object, old), contextOf(worldOf(...objects), rights), NO_DEADLINE);
}

test('a control plane without mistakes goes in without a word', async () => {
  assert.deepEqual(await decide(smcp('istio-a')), { allowed: true, warnings: [] });
});

test('what its author should know goes in as a warning, also beside a refusal', async () => {
  assert.deepEqual(await decide(smcp('istio-a'), { rules: { review: () => ({ problems: [], warnings: ['spec.foo: unknown'] }) } }), { allowed: true, warnings: ['spec.foo: unknown'] });
  const both = await decide(smcp('istio-a'), { rules: { review: () => ({ problems: [problem('spec.a', 'b', 'is wrong')], warnings: ['w'] }) } });
  assert.deepEqual(both, { allowed: false, code: 400, message: 'spec.a "b": is wrong', warnings: ['w'] });
});

test('all mistakes are told at once', async () => {
  const problems = [problem('spec.a', 'x', 'is wrong'), problem('spec.b', '', 'is missing; add it')];
  assert.equal(refusalOf(await decide(smcp('istio-a'), { rules: { review: () => ({ problems, warnings: [] }) } })), 'spec.a "x": is wrong; spec.b: is missing; add it');
});

test('a second control plane in a namespace is refused, and the message names the first', async () => {
  const message = refusalOf(await decide(smcp('istio-a', 'second'), { objects: [smcp('istio-a', 'first')] }));
  assert.match(message, /^metadata\.name "second" cannot be a second ServiceMeshControlPlane in namespace istio-a: there is first already; change that one/);
});

test('while the first is being deleted the message says to wait', async () => {
  const leaving = withMetadata(smcp('istio-a', 'first'), { deletionTimestamp: '2030-01-01T00:00:00Z' });
  assert.match(refusalOf(await decide(smcp('istio-a', 'second'), { objects: [leaving] })), /istio-a\/first is still being deleted; wait until it is gone/);
});

test('one in another namespace, or the cached copy of itself, is no second one', async () => {
  assert.equal((await decide(smcp('istio-a'), { objects: [smcp('istio-b'), smcp('istio-a')] })).allowed, true);
});

test('two that raced can both still be edited', async () => {
  const objects = [smcp('istio-a', 'first'), smcp('istio-a', 'second')];
  assert.equal((await decide(smcp('istio-a', 'second', { a: 1 }), { objects, old: smcp('istio-a', 'second') })).allowed, true);
});

test('no control plane beside the operator', async () => {
  assert.match(refusalOf(await decide(smcp('mesh-operator'))), /metadata\.namespace "mesh-operator" is the namespace of the operator; create the ServiceMeshControlPlane in a namespace of its own/);
});

test('without conversion a v1 object is not stored, not even with another label: its spec would be lost', async () => {
  const v1: KubeObject = { ...smcp('istio-a', 'basic', { istio: {} }), apiVersion: 'maistra.io/v1' };
  const decideUnconverted = (object: KubeObject, old?: KubeObject): Promise<AdmissionAnswer> =>
    controlPlaneDecision(CONTROL_PLANE_RULES)(requestFor(object, old), contextOf({ ...worldOf(), isConverting: () => false }), NO_DEADLINE);
  for (const old of [undefined, v1]) {
    const answer = await decideUnconverted(withMetadata(v1, { labels: { a: 'b' } }), old);
    assert.equal(answer.allowed ? 0 : answer.code, 503);
    assert.match(refusalOf(answer), /^apiVersion maistra\.io\/v1 cannot be written at the moment: the conversion into maistra\.io\/v2 is being set up; try again in a few seconds, or write maistra\.io\/v2$/);
  }
  assert.equal((await decideUnconverted(smcp('istio-a'))).allowed, true, 'v2 is what is stored');
  assert.equal((await decideUnconverted(withMetadata(v1, { deletionTimestamp: '2030-01-01T00:00:00Z', finalizers: [] }), v1)).allowed, true, 'finalizers come off');
});

test('a change of labels is let through by an operator that has learned new rules', async () => {
  const old = smcp('istio-a', 'basic', { old: 'ways' });
  const answer = await decide(withMetadata(old, { labels: { a: 'b' } }), { old, rules: { review: () => ({ problems: [problem('spec.old', 'ways', 'is wrong now')], warnings: [] }) } });
  assert.equal(answer.allowed, true);
});

test('a control plane on its way out is let go', async () => {
  const leaving = withMetadata(smcp('mesh-operator', 'basic', { a: 1 }), { deletionTimestamp: '2030-01-01T00:00:00Z' });
  assert.equal((await decide(leaving, { old: smcp('mesh-operator') })).allowed, true);
});

const v1 = (spec: object): KubeObject => ({ ...smcp('istio-a', 'basic', spec), apiVersion: 'maistra.io/v1' });

test('a field that nobody knows goes in with a warning, in either version', async () => {
  for (const object of [smcp('istio-a', 'basic', { proxi: {} }), v1({ istioo: {} })]) {
    const answer = await decide(object);
    assert.equal(answer.allowed, true, refusalOf(answer));
    assert.ok(answer.warnings.length > 0, object.apiVersion);
  }
});

test('a wrong type is refused with field, value and remedy, in either version', async () => {
  assert.match(refusalOf(await decide(smcp('istio-a', 'basic', { addons: { kiali: { enabled: 'yes' } } }))), /spec\.addons\.kiali\.enabled "yes" must be true or false/);
  assert.match(refusalOf(await decide(v1({ istio: 'nothing' }))), /spec\.istio "nothing" must be a map/);
});

test('a version that cannot be installed is refused, one of the old operator goes in with a warning', async () => {
  assert.match(refusalOf(await decide(smcp('istio-a', 'basic', { version: 'v9.9' }))), /^spec\.version: this operator has no Istio "v9\.9"; choose one of/);
  const old = await decide(smcp('istio-a', 'basic', { version: 'v2.5' }));
  assert.equal(old.allowed, true);
  assert.match(old.warnings.join(), /v2\.5/);
});

test('an object that was wrong before can be corrected', async () => {
  const answer = await decide(smcp('istio-a', 'basic', { version: 'v1.31' }), { old: smcp('istio-a', 'basic', { version: 'v9.9' }) });
  assert.equal(answer.allowed, true);
});

test('hostile values come back quoted on one line and cut, whatever they are', async () => {
  for (const value of ['"{{', 'a\nb: c', '*/', 'x'.repeat(200_000), '__proto__']) {
    const message = refusalOf(await decide(smcp('istio-a', 'basic', { version: value })));
    assert.match(message, /^spec\.version.*: this operator has no Istio "/);
    assert.ok(!message.includes('\n') && message.length < 1000, message.slice(0, 200));
  }
});

const CLUSTER_WIDE: readonly (readonly [string, KubeObject])[] = [
  ['spec.mode', smcp('istio-a', 'basic', { mode: 'ClusterWide' })],
  ['the switch of version 2.3', smcp('istio-a', 'basic', { techPreview: { controlPlaneMode: 'ClusterScoped' } })],
  ['a Helm value in a v2 object', smcp('istio-a', 'basic', { istio: { global: { clusterWide: true } } })],
  ['the Helm value of v1', v1({ istio: { global: { clusterWide: true } } })],
];

for (const [how, object] of CLUSTER_WIDE) {
  test(`the whole cluster is for those who may create control planes everywhere, on CREATE and on UPDATE: ${how}`, async () => {
    for (const old of [undefined, smcp('istio-a', 'basic', { mode: 'MultiTenant' })]) {
      const rights = nothing();
      const answer = await decide(object, { rights, ...(old === undefined ? {} : { old }) });
      assert.match(refusalOf(answer), /^user "alice" does not have permission to create ServiceMeshControlPlanes in all namespaces, which spec\.mode: ClusterWide asks for; use MultiTenant/);
      assert.deepEqual(rights.asked, [{ user: ALICE, access: { verb: 'create', group: 'maistra.io', resource: 'servicemeshcontrolplanes' } }]);
      assert.equal((await decide(object, old === undefined ? {} : { old })).allowed, true);
    }
  });
}

test('a profile for the whole cluster asks for the same right', async () => {
  const profile: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'smcp-templates', namespace: 'mesh-operator' }, data: { wide: 'apiVersion: maistra.io/v2\nkind: ServiceMeshControlPlane\nmetadata:\n  name: wide\nspec:\n  mode: ClusterWide\n' } };
  const rights = nothing();
  const answer = await decide(smcp('istio-a', 'basic', { profiles: ['wide'] }), { rights, objects: [profile] });
  assert.match(refusalOf(answer), /does not have permission to create ServiceMeshControlPlanes in all namespaces/);
  assert.equal(rights.asked.length, 1);
});

test('whoever edits a mesh that is cluster-wide already, or makes it smaller, asks for nothing new', async () => {
  const old = smcp('istio-a', 'basic', { mode: 'ClusterWide' });
  for (const spec of [{ mode: 'ClusterWide', tracing: { type: 'None' } }, {}]) {
    const rights = nothing();
    assert.equal((await decide(smcp('istio-a', 'basic', spec), { old, rights })).allowed, true);
    assert.deepEqual(rights.asked, []);
  }
});

test('a mesh that runs is not moved over a minor, in either direction; a new mesh may be of any', async () => {
  const running = (version: string): KubeObject => ({ ...smcp('istio-a'), status: { chartVersion: version } });
  assert.match(refusalOf(await decide(smcp('istio-a', 'basic', { version: 'v1.31' }), { old: running('1.29.6') })), /spec\.version.*1\.29\.6, and 1\.31\.1 is 2 minors away; set v1\.30 first/);
  assert.match(refusalOf(await decide(smcp('istio-a', 'basic', { version: 'v1.29' }), { old: running('1.31.1') })), /set v1\.30 first/);
  assert.equal((await decide(smcp('istio-a', 'basic', { version: 'v1.30' }), { old: running('1.29.6') })).allowed, true);
  assert.equal((await decide(smcp('istio-a', 'basic', { version: 'v1.29' }))).allowed, true);
  assert.equal((await decide(smcp('istio-a', 'basic', { version: 'v2.5' }), { old: running('1.29.6') })).allowed, true, 'an old version chooses nothing');
});

test('a profile that is not there yet is a warning, not a refusal: files come in any order', async () => {
  const house = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'smcp-templates', namespace: 'mesh-operator' }, data: { house: 'apiVersion: maistra.io/v2\nkind: ServiceMeshControlPlane\nspec: {}\n' } };
  const answer = await decide(smcp('istio-a', 'basic', { profiles: ['house'] }));
  assert.ok(answer.allowed);
  assert.match(answer.warnings.join(), /^spec\.profiles: profile "house" is not known; known are base, default, maistra, servicemesh, small; until then the mesh stays as it is$/);
  assert.deepEqual(await decide(smcp('istio-a', 'basic', { profiles: ['house'] }), { objects: [house] }), { allowed: true, warnings: [] });
});
