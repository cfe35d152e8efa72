import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseControlPlane, parseControlPlaneStatus } from '../../../src/api/maistra-v2/control-plane.ts';
import { parseMember } from '../../../src/api/maistra-v1/member.ts';
import { parseMemberRoll } from '../../../src/api/maistra-v1/member-roll.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import type { Problem } from '../../../src/k8s/plan.ts';
import type { Result } from '../../../src/lib/result.ts';

function smcp(spec: unknown, status?: unknown): KubeObject {
  return { apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace: 'mesh' }, ...(spec === undefined ? {} : { spec }), ...(status === undefined ? {} : { status }) };
}

function valueOf<T>(result: Result<T, Problem[]>): T {
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

function problemsOf<T>(result: Result<T, Problem[]>): Problem[] {
  assert.ok(!result.ok, 'the object was accepted');
  return result.error;
}

test('a control plane without a spec, or with an empty one, is a control plane with defaults', () => {
  assert.deepEqual(valueOf(parseControlPlane(smcp(undefined))).spec, {});
  assert.deepEqual(valueOf(parseControlPlane(smcp(null))).spec, {});
  assert.deepEqual(valueOf(parseControlPlane(smcp({}))).spec, {});
});

test('known fields are typed and unknown fields survive at every depth', () => {
  const spec = { tracing: { type: 'Jaeger', sampling: 10_000, colour: 'red' }, proxy: { networking: { dns: { x: 1 } } }, wish: ['y'] };
  const parsed = valueOf(parseControlPlane(smcp(spec)));
  assert.equal(parsed.spec.tracing?.sampling, 10_000);
  assert.deepEqual(parsed.spec, spec);
  assert.equal(parsed.metadata.name, 'basic');
});

test('a null counts as absent where the schema has a type, and is kept where it has none', () => {
  const parsed = valueOf(parseControlPlane(smcp({ proxy: null, security: { dataPlane: { mtls: null } }, techPreview: { a: null }, wish: null })));
  assert.deepEqual(parsed.spec, { security: { dataPlane: {} }, techPreview: { a: null }, wish: null });
});

test('nulls inside lists of known things are taken out as well', () => {
  const parsed = valueOf(parseControlPlane(smcp({ meshConfig: { extensionProviders: [{ name: 'otel', prometheus: null, x: null }] } })));
  assert.deepEqual(parsed.spec.meshConfig?.extensionProviders, [{ name: 'otel', x: null }]);
});

const WRONG: readonly [string, unknown, string, RegExp][] = [
  ['a text where a boolean belongs', { security: { dataPlane: { mtls: 'yes' } } }, 'spec.security.dataPlane.mtls', /must be true or false, without quotes/],
  ['a word that is not among the words', { mode: 'Everywhere' }, 'spec.mode', /must be one of MultiTenant, ClusterWide/],
  ['a number above its bound', { tracing: { sampling: 10_001 } }, 'spec.tracing.sampling', /must be at most 10000/],
  ['a number below its bound', { tracing: { sampling: -1 } }, 'spec.tracing.sampling', /must be at least 0/],
  ['a fraction where a whole number belongs', { proxy: { concurrency: 1.5 } }, 'spec.proxy.concurrency', /must be a whole number/],
  ['a duration that is none', { proxy: { networking: { dns: { refreshRate: '5 minutes' } } } }, 'spec.proxy.networking.dns.refreshRate', /for example 10s/],
  ['a quantity that is none', { proxy: { runtime: { container: { resources: { limits: { cpu: 'much' } } } } } }, 'spec.proxy.runtime.container.resources.limits.cpu', /100m, 128Mi/],
  ['a list where a map belongs', { gateways: [] }, 'spec.gateways', /must be a map of fields/],
  ['a map where a list belongs', { profiles: {} }, 'spec.profiles', /must be a list/],
  ['a number where a text belongs', { version: 1.31 }, 'spec.version', /must be a string; put it in quotes/],
  ['a wrong item of a list', { profiles: ['default', 3] }, 'spec.profiles[1]', /must be a string/],
  ['a wrong value under a strange key', { gateways: { additionalIngress: { 'a b': { enabled: 1 } } } }, 'spec.gateways.additionalIngress["a b"].enabled', /true or false/],
];

for (const [title, spec, path, message] of WRONG) {
  test(`${title} is a problem with path, value and remedy`, () => {
    const [problem] = problemsOf(parseControlPlane(smcp(spec)));
    assert.equal(problem?.path, path);
    assert.match(problem?.message ?? '', message);
    assert.equal(problem?.reason, 'ValidationError');
  });
}

test('every wrong field is reported, not only the first', () => {
  const problems = problemsOf(parseControlPlane(smcp({ mode: 1, profiles: 2, tracing: { sampling: 'a' } })));
  assert.deepEqual(problems.map(({ path }) => path).toSorted(), ['spec.mode', 'spec.profiles', 'spec.tracing.sampling']);
});

test('a value as long as a book is cut in the problem', () => {
  const [problem] = problemsOf(parseControlPlane(smcp({ mode: 'x'.repeat(1_000_000) })));
  assert.ok((problem?.value.length ?? 0) <= 80);
  assert.ok((problem?.message.length ?? 0) < 300);
});

test('a spec that is no map at all is a problem', () => {
  for (const spec of ['text', 3, true, ['list']]) {
    assert.equal(problemsOf(parseControlPlane(smcp(spec)))[0]?.path, 'spec');
  }
});

test('a status that cannot be read counts as none and never stops the spec', () => {
  const parsed = valueOf(parseControlPlane(smcp({}, { conditions: 'none', chartVersion: 7 })));
  assert.equal(parsed.status, undefined);
  assert.equal(parseControlPlaneStatus(smcp({}, { chartVersion: '1.31.1' }))?.chartVersion, '1.31.1');
});

test('old conditions without reason and message are read', () => {
  const status = parseControlPlaneStatus(smcp({}, { conditions: [{ type: 'Reconciled', status: 'True' }], readiness: { components: { ready: null, unready: ['x'] } } }));
  assert.equal(status?.conditions?.[0]?.type, 'Reconciled');
  assert.deepEqual(status?.readiness?.components, { ready: null, unready: ['x'] });
});

function roll(spec: unknown): KubeObject {
  return { apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMemberRoll', metadata: { name: 'default', namespace: 'mesh' }, spec };
}

test('a roll has members, selectors, or nothing; null members are no members', () => {
  assert.deepEqual(valueOf(parseMemberRoll(roll({ members: ['a', 'b-1'] }))).spec.members, ['a', 'b-1']);
  assert.equal(valueOf(parseMemberRoll(roll({ members: null }))).spec.members ?? undefined, undefined);
  assert.deepEqual(valueOf(parseMemberRoll(roll({ memberSelectors: [{ matchLabels: { a: 'b' } }] }))).spec.memberSelectors, [{ matchLabels: { a: 'b' } }]);
  assert.deepEqual(valueOf(parseMemberRoll(roll({}))).spec, {});
});

test('a member must be the name of a namespace or *', () => {
  for (const name of ['Upper', '-a', 'a-', 'a.b', '', 'x'.repeat(64), '**', 'a\nb']) {
    assert.equal(problemsOf(parseMemberRoll(roll({ members: ['ok', name] })))[0]?.path, 'spec.members[1]', JSON.stringify(name));
  }
  assert.deepEqual(valueOf(parseMemberRoll(roll({ members: ['*'] }))).spec.members, ['*']);
});

function smm(spec: unknown): KubeObject {
  return { apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMember', metadata: { name: 'default', namespace: 'pay' }, spec };
}

test('a member names a control plane and its namespace, both', () => {
  assert.deepEqual(valueOf(parseMember(smm({ controlPlaneRef: { name: 'basic', namespace: 'mesh' } }))).spec.controlPlaneRef, { name: 'basic', namespace: 'mesh' });
  assert.equal(problemsOf(parseMember(smm({ controlPlaneRef: { name: 'basic' } })))[0]?.path, 'spec.controlPlaneRef.namespace');
  assert.equal(problemsOf(parseMember(smm({ controlPlaneRef: { name: '', namespace: 'mesh' } })))[0]?.path, 'spec.controlPlaneRef.name');
  assert.equal(problemsOf(parseMember(smm({})))[0]?.path, 'spec.controlPlaneRef');
});
