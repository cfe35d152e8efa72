import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ControlPlaneObserved } from '../../../../src/domain/control-plane/observed.ts';
import { firstOf, viewOf } from '../../../../src/domain/control-plane/mesh-view.ts';
import { planControlPlane } from '../../../../src/domain/control-plane/plan.ts';
import { EMPTY_PLAN, type Plan, type Step } from '../../../../src/k8s/plan.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { available, CHARTS, controlPlane, inPlace, live, MESH, NAME, observed, OPENSHIFT, PLAIN, ROOT, SUPPORTED_DAY } from '../../../build/control-plane.ts';

const planOf = (state: ControlPlaneObserved): Plan => planControlPlane(state, viewOf(state, CHARTS), SUPPORTED_DAY);
const shown = (step: Step): string => {
  if (step.do === 'patch' || step.do === 'remove') return `${step.do} ${step.ref.type.kind} ${step.ref.name}`;
  return `${step.do} ${step.type.kind} ${(step.do === 'apply' ? step.object : step.request.object).metadata.name}`;
};
const stepsOf = (plan: Plan): string[] => plan.stages.flat().map(shown);
const rootCert: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'istio-ca-root-cert', namespace: MESH }, data: { 'root-cert.pem': ROOT } };
const kindsOf = (objects: readonly KubeObject[], kind: string): KubeObject[] => objects.filter((object) => object.kind === kind);

test('a new mesh: finalizer, label of the namespace, first wave', () => {
  const namespaceObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: MESH, uid: 'u' } };
  const plan = planOf(observed(controlPlane(), { namespaceObject }));
  assert.equal(plan.finalizer, 'ensure');
  assert.equal(plan.primary?.uid, 'uid-smcp');
  assert.equal(stepsOf(plan)[0], `patch Namespace ${MESH}`);
  assert.deepEqual(plan.waitingFor, ['istio-discovery']);
  assert.ok(stepsOf(plan).includes(`apply Deployment istiod-${NAME}`));
  assert.ok(!stepsOf(plan).includes('apply Deployment prometheus'));
});

test('the namespace is only ever patched, pinned to its uid, and not while it is as wanted', () => {
  const [patch] = planOf(observed(controlPlane(), { namespaceObject: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: MESH, uid: 'u', labels: { 'maistra.io/member-of': 'other' } } } })).stages[0] ?? [];
  assert.deepEqual(patch, { do: 'patch', ref: { type: (patch as Extract<Step, { do: 'patch' }>).ref.type, name: MESH, uid: 'u' }, patch: { metadata: { labels: { 'maistra.io/member-of': MESH } } } });
  assert.ok(!stepsOf(planOf(observed(controlPlane()))).some((step) => step.startsWith('patch')));
});

test('a mesh that is in place is applied whole, so that whatever drifts is repaired', () => {
  const smcp = controlPlane();
  const all = stepsOf(planOf(observed(smcp, { managed: inPlace(smcp) })));
  assert.deepEqual(planOf(observed(smcp, { managed: inPlace(smcp) })).waitingFor, []);
  assert.ok(all.length >= 40 && all.every((step) => step.startsWith('apply') || step === 'mint Secret htpasswd'), all.join('\n'));
});

test('planning again after everything was written plans the same writes', () => {
  const smcp = controlPlane();
  const state = observed(smcp, { managed: inPlace(smcp) });
  assert.deepEqual(planOf(state), planOf({ ...state, managed: inPlace(smcp) }));
});

test('webhooks are applied once istiod has published its root, and insist on an answer once it is available', () => {
  assert.ok(!stepsOf(planOf(observed(controlPlane()))).some((step) => step.includes('Webhook')));
  const policy = (managed: readonly KubeObject[]): unknown[] => planOf(observed(controlPlane(), { rootCert, managed })).stages.flat()
    .flatMap((step) => (step.do === 'apply' && step.type.kind === 'ValidatingWebhookConfiguration' ? [(step.object['webhooks'] as { failurePolicy: string }[])[0]?.failurePolicy] : []));
  assert.deepEqual(policy([]), ['Ignore']);
  const istiod = kindsOf(inPlace(controlPlane()), 'Deployment').filter(({ metadata }) => metadata.name === `istiod-${NAME}`);
  assert.deepEqual(policy(istiod), ['Fail']);
  const rolling = istiod.map((deployment) => ({ ...deployment, metadata: { ...deployment.metadata, generation: 9 } }));
  assert.deepEqual(policy(rolling), ['Fail'], 'while old pods serve, a roll-out opens no door');
});

test('webhooks wait for nobody and hold nobody up', () => {
  const stages = planOf(observed(controlPlane(), { rootCert })).stages;
  assert.ok(stages.at(-1)?.every((step) => shown(step).includes('Webhook')));
  assert.deepEqual(planOf(observed(controlPlane(), { rootCert })).waitingFor, ['istio-discovery']);
});

test('what is no longer wanted is removed, but only when every wave is in', () => {
  const before = controlPlane();
  const after = controlPlane({ addons: { grafana: { enabled: false } } }, { meta: { generation: 2 } });
  const managed = inPlace(before);
  const ready = planOf(observed(after, { managed }));
  // The console that shows Grafana changes with it, and is in the last wave.
  assert.deepEqual(stepsOf(ready).filter((step) => step.startsWith('remove')), ['remove Deployment grafana', 'remove ConfigMap istio-grafana', 'remove Service grafana']);
  const istiodDown = managed.map((object) => (object.metadata.name === `istiod-${NAME}` && object.kind === 'Deployment' ? { ...object, status: {} } : object));
  assert.ok(!stepsOf(planOf(observed(after, { managed: istiodDown }))).some((step) => step.startsWith('remove')));
});

test('webhooks that are there stay while the root is not known', () => {
  const smcp = controlPlane();
  const managed = inPlace(smcp, { rootCert });
  assert.equal(managed.filter(({ kind }) => kind.endsWith('WebhookConfiguration')).length, 2);
  assert.ok(!stepsOf(planOf(observed(smcp, { managed }))).some((step) => step.startsWith('remove')));
});

test('what only carries our labels is not ours to remove', () => {
  const smcp = controlPlane();
  const labels = { 'app.kubernetes.io/managed-by': 'maistra-istio-operator', 'maistra.io/owner': MESH, 'maistra.io/owner-name': NAME };
  const copy: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'copy', namespace: 'elsewhere', labels } };
  assert.ok(!stepsOf(planOf(observed(smcp, { managed: [...inPlace(smcp), copy] }))).some((step) => step.startsWith('remove')));
  const ours = live(copy);
  assert.deepEqual(stepsOf(planOf(observed(smcp, { managed: [...inPlace(smcp), ours] }))).filter((step) => step.startsWith('remove')), ['remove ConfigMap copy']);
});

test('an update waits for istiod before it touches a gateway', () => {
  const managed = inPlace(controlPlane({ version: 'v1.30' }));
  const plan = planOf(observed(controlPlane({ version: 'v1.31' }, { meta: { generation: 2 }, status: { chartVersion: '1.30.3' } }), { managed }));
  assert.deepEqual(plan.waitingFor, ['istio-discovery']);
  assert.ok(!stepsOf(plan).includes('apply Deployment istio-ingressgateway'));
});

test('a setting that changes no workload is carried out in one pass', () => {
  const managed = inPlace(controlPlane());
  const plan = planOf(observed(controlPlane({ security: { dataPlane: { mtls: true } } }, { meta: { generation: 2 } }), { managed }));
  assert.deepEqual(plan.waitingFor, []);
  const changed = plan.stages.flat().flatMap((step) => (step.do === 'apply' && step.object.metadata.annotations?.['maistra.io/mesh-generation'] === '0.1.0-2' ? [shown(step)] : []));
  assert.deepEqual(changed, ['apply PeerAuthentication default'], 'and rewrites nothing but what it changes');
});

test('without a choice a running mesh stays on its minor', () => {
  const plan = planOf(observed(controlPlane({}, { status: { chartVersion: '1.29.2' } })));
  const images = plan.stages.flat().flatMap((step) => (step.do === 'apply' && step.type.kind === 'Deployment' ? [JSON.stringify(step.object['spec'])] : []));
  assert.ok(images.every((text) => text.includes('docker.io/istio/pilot:1.29.6')));
});

test('mistakes of the user: nothing is written', () => {
  for (const smcp of [controlPlane({ version: 'v9' }), controlPlane({ profiles: ['x'] }), controlPlane({ tracing: { sampling: -1 } }), controlPlane({}, { meta: { name: 'a.b' } }), controlPlane({}, { meta: { name: 'x'.repeat(60) } })]) {
    const plan = planOf(observed(smcp));
    assert.deepEqual([plan.stages, plan.finalizer, plan.problems.length > 0], [[], 'leave', true]);
  }
});

test('of two SMCPs the older one wins; equally old ones by name; the order they are listed in does not matter', () => {
  const [old, young] = [controlPlane({}, { meta: { name: 'z', creationTimestamp: '2030-01-01T00:00:00Z' } }), controlPlane({}, { meta: { name: 'a', creationTimestamp: '2030-01-02T00:00:00Z' } })];
  assert.equal(firstOf([young, old])?.metadata.name, 'z');
  assert.equal(firstOf([old, young])?.metadata.name, 'z');
  const twin = controlPlane({}, { meta: { name: 'b', creationTimestamp: '2030-01-02T00:00:00Z' } });
  assert.equal(firstOf([twin, young])?.metadata.name, 'a');
  assert.equal(planOf(observed(young, { siblings: [old] })), EMPTY_PLAN);
  assert.equal(planOf(observed(old, { siblings: [young] })).finalizer, 'ensure');
});

test('deletion removes webhooks first, then the waves from the last, rights in the cluster and the label last, and releases', () => {
  const smcp = controlPlane();
  const state = observed({ ...smcp, metadata: { ...smcp.metadata, deletionTimestamp: 'now' } }, { managed: inPlace(smcp, { rootCert }), facts: PLAIN });
  const plan = planOf(state);
  assert.equal(plan.finalizer, 'release');
  const steps = stepsOf(plan);
  const at = (step: string): number => { assert.ok(steps.includes(step), step); return steps.indexOf(step); };
  assert.ok(steps.slice(0, 2).every((step) => step.includes('WebhookConfiguration')));
  const order = ['remove Deployment kiali', 'remove Service kiali', 'remove Deployment istio-ingressgateway', 'remove Deployment prometheus', `remove Deployment istiod-${NAME}`, `remove ServiceAccount istiod-${NAME}`];
  assert.deepEqual(order.map(at), order.map(at).toSorted((a, b) => a - b));
  assert.deepEqual(steps.slice(-2), [`remove ClusterRoleBinding istiod-${NAME}-${MESH}`, `patch Namespace ${MESH}`]);
  assert.equal(steps.length, state.managed.length + 1, 'everything, and nothing twice');
});

test('deleting one of two SMCPs leaves the label to the other', () => {
  const smcp = controlPlane({}, { meta: { deletionTimestamp: 'now' } });
  assert.deepEqual(planOf(observed(smcp, { siblings: [controlPlane({}, { meta: { name: 'next' } })] })).stages, []);
});

test('when the SMCP is gone, what is left of it goes as well', () => {
  const managed = inPlace(controlPlane(), { rootCert }).filter(({ metadata }) => metadata.namespace === undefined);
  const plan = planOf(observed(undefined, { managed }));
  assert.equal(plan.finalizer, 'leave');
  assert.deepEqual(stepsOf(plan).map((step) => step.split(' ')[1]), ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration', 'ClusterRoleBinding']);
});

test("a Kiali of another owner is used as it is", () => {
  const facts = { ...OPENSHIFT, servesKiali: true };
  const foreign: KubeObject = { apiVersion: 'kiali.io/v1alpha1', kind: 'Kiali', metadata: { name: 'kiali', namespace: MESH } };
  const wanted = (kialis: readonly KubeObject[]): boolean => {
    const view = viewOf(observed(controlPlane(), { facts, kialis }), CHARTS);
    return view.state === 'buildable' && view.components.some(({ objects }) => objects.some(({ type }) => type.kind === 'Kiali'));
  };
  assert.deepEqual([wanted([]), wanted([foreign])], [true, false]);
});

test('while kinds are not served the controller looks again', () => {
  assert.equal(planOf(observed(controlPlane(), { facts: { ...PLAIN, servesIstio: false } })).recheckAfterMs, 1000);
  assert.equal(planOf(observed(controlPlane())).recheckAfterMs, 86_400_000, 'else once a day, for the end of support');
});

test('a Deployment that is ready lets the next wave in', () => {
  const first = planOf(observed(controlPlane())).stages.flat().flatMap((step) => (step.do === 'apply' ? [step.object] : []));
  const managed = first.map((object) => (object.kind === 'Deployment' ? available(live(object)) : live(object)));
  assert.deepEqual(planOf(observed(controlPlane(), { managed })).waitingFor, ['prometheus']);
});
