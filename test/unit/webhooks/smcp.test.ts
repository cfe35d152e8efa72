import assert from 'node:assert/strict';
import { test } from 'node:test';
import { err, ok } from '../../../src/lib/result.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import type { Problem } from '../../../src/k8s/plan.ts';
import { controlPlaneDecision, type ControlPlaneRules } from '../../../src/webhooks/smcp.ts';
import type { AdmissionAnswer } from '../../../src/webhooks/review.ts';
import { contextOf, NO_DEADLINE, refusalOf, requestFor, smcp, withMetadata, worldOf } from './admission-world.ts';

const fine: ControlPlaneRules = {
  convert: (object, apiVersion) => ok({ ...object, apiVersion }),
  review: () => ({ problems: [], warnings: [] }),
};
const problem = (path: string, value: string, message: string): Problem => ({ path, value, message, reason: 'Invalid' });

async function decide(object: KubeObject, options: { objects?: readonly KubeObject[]; rules?: Partial<ControlPlaneRules>; old?: KubeObject } = {}): Promise<AdmissionAnswer> {
  const { objects = [], rules = {}, old } = options;
  return controlPlaneDecision({ ...fine, ...rules })(requestFor(object, old), contextOf(worldOf(...objects)), NO_DEADLINE);
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
  assert.match(message, /^metadata\.namespace "istio-a" already has the ServiceMeshControlPlane "first"; change that one/);
});

test('while the first is being deleted the message says to wait', async () => {
  const leaving = withMetadata(smcp('istio-a', 'first'), { deletionTimestamp: '2030-01-01T00:00:00Z' });
  assert.match(refusalOf(await decide(smcp('istio-a', 'second'), { objects: [leaving] })), /it is being deleted; wait until it is gone/);
});

test('one in another namespace, or the cached copy of itself, is no second one', async () => {
  assert.equal((await decide(smcp('istio-a'), { objects: [smcp('istio-b'), smcp('istio-a')] })).allowed, true);
});

test('two that raced can both still be edited', async () => {
  const objects = [smcp('istio-a', 'first'), smcp('istio-a', 'second')];
  assert.equal((await decide(smcp('istio-a', 'second', { a: 1 }), { objects, old: smcp('istio-a', 'second') })).allowed, true);
});

test('no control plane beside the operator', async () => {
  assert.match(refusalOf(await decide(smcp('mesh-operator'))), /metadata\.namespace "mesh-operator": this is the operator's own namespace; create the ServiceMeshControlPlane in another one/);
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

test('v1 is judged as the v2 that it becomes, old object and new', async () => {
  const v1 = (spec: object): KubeObject => ({ ...smcp('istio-a', 'basic', spec), apiVersion: 'maistra.io/v1' });
  const seen: (string | undefined)[] = [];
  const review: ControlPlaneRules['review'] = (object, oldObject) => {
    seen.push(object.apiVersion, oldObject?.apiVersion);
    return { problems: [], warnings: [] };
  };
  await decide(v1({ a: 1 }), { old: v1({ a: 2 }), rules: { review } });
  assert.deepEqual(seen, ['maistra.io/v2', 'maistra.io/v2']);
});

test('v1 that cannot become v2 is refused with the reason', async () => {
  const v1: KubeObject = { ...smcp('istio-a'), apiVersion: 'maistra.io/v1' };
  assert.equal(refusalOf(await decide(v1, { rules: { convert: () => err('spec.istio "x": is not a map') } })), 'spec.istio "x": is not a map');
});

test('an old object that cannot be read does not keep its correction out', async () => {
  const broken: KubeObject = { ...smcp('istio-a', 'basic', { a: 'broken' }), apiVersion: 'maistra.io/v1' };
  const answer = await decide(smcp('istio-a', 'basic', { a: 'mended' }), { old: broken, rules: { convert: () => err('no') } });
  assert.equal(answer.allowed, true);
});
