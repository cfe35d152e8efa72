import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONFIG_MAP, DEPLOYMENT, KIALI } from '../../../../src/api/kinds.ts';
import { LAST_WAVE } from '../../../../src/domain/control-plane/components.ts';
import { deploymentObstacle, isAvailable, readinessHeldBack, readinessOf, readinessOnceWritten } from '../../../../src/domain/control-plane/readiness.ts';
import type { RenderedComponent } from '../../../../src/domain/control-plane/render.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';

const GENERATION = { 'maistra.io/mesh-generation': '0.1.0-1' };
const healthy = { observedGeneration: 2, readyReplicas: 2, updatedReplicas: 2, conditions: [{ type: 'Available', status: 'True' }] };

function deployment(status?: object, more: { readonly replicas?: number; readonly annotations?: Readonly<Record<string, string>> } = {}): KubeObject {
  return {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd', generation: 2, annotations: more.annotations ?? GENERATION },
    spec: { replicas: more.replicas ?? 2 }, ...(status === undefined ? {} : { status }),
  };
}
const config: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } };

function component(more: Partial<RenderedComponent> = {}): RenderedComponent {
  return { name: 'istio-discovery', wave: 0, objects: [{ type: CONFIG_MAP, object: config }, { type: DEPLOYMENT, object: deployment() }], unservedKinds: [], lacking: [], absentGateways: [], ...more };
}
const among = (...live: readonly KubeObject[]) => (object: KubeObject) => live.find(({ kind }) => kind === object.kind);

test('a Deployment is ready when all pods are, of its present generation, and it is available', () => {
  assert.equal(deploymentObstacle(deployment(healthy), true), '');
});

test('a status of an older generation says nothing about what was just applied', () => {
  assert.match(deploymentObstacle(deployment({ ...healthy, observedGeneration: 1 }), false), /last change is being rolled out/);
});

test('missing pods, old pods and missing availability are each named', () => {
  assert.equal(deploymentObstacle(deployment(), true), 'Deployment d: 0 of 2 pods are ready');
  assert.equal(deploymentObstacle(deployment({ ...healthy, readyReplicas: 1 }), true), 'Deployment d: 1 of 2 pods are ready');
  assert.equal(deploymentObstacle(deployment({ ...healthy, updatedReplicas: 1 }), true), 'Deployment d: 1 of 2 pods are of the new version');
  assert.equal(deploymentObstacle(deployment({ ...healthy, updatedReplicas: 1 }), false), '', 'only what gates a wave must be rolled out');
  assert.equal(deploymentObstacle(deployment({ ...healthy, conditions: [] }), true), 'Deployment d: not available');
});

test('an add-on that serves is ready while its pods change, unless they cannot', () => {
  const rolling = { ...healthy, observedGeneration: 1, updatedReplicas: 0 };
  const of = (wave: number, status: object): string => readinessOf(component({ wave, objects: [{ type: DEPLOYMENT, object: deployment() }] }), among(deployment(status))).reason;
  assert.match(of(0, rolling), /being rolled out/);
  assert.equal(of(LAST_WAVE, rolling), '');
  assert.match(of(LAST_WAVE, { ...rolling, conditions: [] }), /being rolled out/);
  const stuck = [{ type: 'Available', status: 'True' }, { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'timed out' }];
  assert.match(of(LAST_WAVE, { ...rolling, observedGeneration: 2, readyReplicas: 1, conditions: stuck }), /1 of 2 pods are ready \(ProgressDeadlineExceeded: timed out\)/);
});

test('new pods that are not ready yet do not hide behind old ones that are', () => {
  const surge = { ...healthy, replicas: 4, updatedReplicas: 2, readyReplicas: 2 };
  assert.equal(deploymentObstacle(deployment(surge), true), 'Deployment d: pods of the old version that still run: 2');
  assert.equal(deploymentObstacle(deployment(surge), false), '');
  assert.equal(deploymentObstacle(deployment({ ...surge, replicas: 2 }), true), '');
});

test('a Deployment that wants no pods needs none', () => {
  assert.equal(deploymentObstacle(deployment({ observedGeneration: 2, conditions: healthy.conditions }, { replicas: 0 }), true), '');
});

test("the reason is in the Deployment's own words: a quota, Pod Security, a deadline", () => {
  const failing = { observedGeneration: 2, conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota' }] };
  assert.equal(deploymentObstacle(deployment(failing), true), 'Deployment d: 0 of 2 pods are ready (FailedCreate: exceeded quota)');
  const late = { observedGeneration: 2, conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: '' }] };
  assert.equal(deploymentObstacle(deployment(late), true), 'Deployment d: 0 of 2 pods are ready (ProgressDeadlineExceeded)');
});

test('availability is what serves, of whatever template', () => {
  assert.equal(isAvailable(deployment({ ...healthy, observedGeneration: 1 })), true);
  assert.equal(isAvailable(deployment({ conditions: 'rubbish' })), false);
});

test('a component is pending while an object is missing, unready while a workload is, then ready', () => {
  assert.deepEqual(readinessOf(component(), among()), { name: 'istio-discovery', state: 'pending', reason: 'ConfigMap c is not there yet', isGate: true, hasWorkload: true });
  assert.equal(readinessOf(component(), among(config, deployment())).state, 'unready');
  assert.deepEqual(readinessOf(component(), among(config, deployment(healthy))), { name: 'istio-discovery', state: 'ready', reason: '', isGate: false, hasWorkload: true });
});

test('once this pass has written what is missing, only pods are missing', () => {
  assert.deepEqual(readinessOnceWritten(component(), among()), { name: 'istio-discovery', state: 'unready', reason: 'Deployment d: 0 of 2 pods are ready', isGate: true, hasWorkload: true });
  assert.equal(readinessOnceWritten(component({ objects: [{ type: CONFIG_MAP, object: config }] }), among()).state, 'ready');
});

test('a workload that this pass changes is not ready, however well the old one runs', () => {
  const old = deployment(healthy, { annotations: { 'maistra.io/mesh-generation': '0.1.0-0' } });
  assert.equal(readinessOf(component(), among(config, old)).reason, 'Deployment d: its last change is being rolled out');
});

test('what is held back says whom it waits for; what runs of it goes on', () => {
  assert.equal(readinessHeldBack(component(), among(), ['prometheus']).reason, 'waits for prometheus');
  assert.equal(readinessHeldBack(component(), among(config, deployment(healthy)), ['prometheus']).state, 'ready');
});

test('kinds that are not served hold the later waves up; a gateway that waits for a namespace does not', () => {
  const unserved = readinessOf(component({ unservedKinds: ['Telemetry'] }), among(config, deployment(healthy)));
  assert.deepEqual([unserved.state, unserved.isGate, unserved.reason], ['unready', true, 'kind Telemetry is not served yet']);
  const absent = readinessOf(component({ absentGateways: ['gateway g waits'] }), among(config, deployment(healthy)));
  assert.deepEqual([absent.state, absent.isGate], ['unready', false]);
});

test('a Kiali resource is ready when its operator says so', () => {
  const kiali = (conditions: readonly object[]): KubeObject => ({ apiVersion: 'kiali.io/v1alpha1', kind: 'Kiali', metadata: { name: 'kiali', annotations: GENERATION }, status: { conditions } });
  const rendered = component({ objects: [{ type: KIALI, object: kiali([]) }] });
  assert.match(readinessOf(rendered, among(kiali([]))).reason, /operator has not finished/);
  assert.match(readinessOf(rendered, among(kiali([{ type: 'Failure', status: 'True', message: 'no image' }]))).reason, /no image/);
  assert.equal(readinessOf(rendered, among(kiali([{ type: 'Successful', status: 'True' }]))).state, 'ready');
});
