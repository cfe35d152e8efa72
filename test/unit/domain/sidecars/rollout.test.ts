import assert from 'node:assert/strict';
import { test } from 'node:test';
import { budgetObstacle } from '../../../../src/domain/sidecars/budget.ts';
import { disruptionOf, rolloutFailure, rolloutHindrance, rolloutObstacle } from '../../../../src/domain/sidecars/rollout.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { budget, deployment, podOf } from './sidecar-objects.ts';

const workload = (kind: string, spec: object, status: object, generation = 1): KubeObject => ({ apiVersion: 'apps/v1', kind, metadata: { name: 'w', namespace: 'pay', generation }, spec, status: { observedGeneration: 1, ...status } });

test('a Deployment is rolled out when all its pods are new and available and no old one is left', () => {
  const of = (status: object, generation = 1): string => rolloutObstacle(workload('Deployment', { replicas: 3 }, status, generation));
  assert.equal(of({ replicas: 3, updatedReplicas: 3, availableReplicas: 3 }), '');
  assert.equal(of({ replicas: 3, updatedReplicas: 3, availableReplicas: 3 }, 2), 'its change has not been seen yet');
  assert.equal(of({ replicas: 4, updatedReplicas: 1, availableReplicas: 3 }), '1 of 3 pods are new');
  assert.equal(of({ replicas: 3, updatedReplicas: 3, availableReplicas: 2 }), '2 of 3 pods are available');
  assert.equal(of({ replicas: 4, updatedReplicas: 3, availableReplicas: 3 }), '1 old pods still run');
  assert.equal(rolloutObstacle(workload('Deployment', {}, { replicas: 1, updatedReplicas: 1, availableReplicas: 1 })), '', 'one pod is what a Deployment has that says nothing');
});

test('StatefulSets go by their revisions, DaemonSets by the nodes that they are meant for', () => {
  const set = (status: object): string => rolloutObstacle(workload('StatefulSet', { replicas: 2 }, status));
  assert.equal(set({ readyReplicas: 2, currentRevision: 'a', updateRevision: 'a' }), '');
  assert.equal(set({ readyReplicas: 2, updatedReplicas: 1, currentRevision: 'a', updateRevision: 'b' }), '1 of 2 pods are new');
  assert.equal(set({ readyReplicas: 1, currentRevision: 'a', updateRevision: 'a' }), '1 of 2 pods are available');
  const daemon = (status: object): string => rolloutObstacle(workload('DaemonSet', {}, status));
  assert.equal(daemon({ desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 }), '');
  assert.equal(daemon({ desiredNumberScheduled: 3, updatedNumberScheduled: 2, numberAvailable: 3 }), '2 of 3 pods are new');
});

test('a changed template brings nothing where the owner rolls out by hand', () => {
  assert.match(rolloutHindrance(workload('Deployment', { paused: true }, {})), /paused/);
  assert.match(rolloutHindrance(workload('StatefulSet', { updateStrategy: { type: 'OnDelete' } }, {})), /OnDelete/);
  assert.match(rolloutHindrance(workload('StatefulSet', { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } }, {})), /below 1/);
  assert.equal(rolloutHindrance(workload('StatefulSet', { updateStrategy: { rollingUpdate: { partition: 0 } } }, {})), '');
  assert.match(rolloutFailure(workload('Deployment', {}, { conditions: [{ type: 'Progressing', status: 'False', message: 'exceeded its progress deadline' }] })), /deadline/);
  assert.equal(rolloutFailure(workload('Deployment', {}, { conditions: [{ type: 'Available', status: 'False', message: 'no' }] })), '');
});

test('what a rollout may take at once: the strategy says, percentages round as Kubernetes rounds them, and it is never less than one', () => {
  const of = (kind: string, spec: object, status: object = {}): number => disruptionOf(workload(kind, spec, status));
  assert.deepEqual([
    of('Deployment', { replicas: 10, strategy: { rollingUpdate: { maxUnavailable: '25%' } } }), of('Deployment', { replicas: 2, strategy: { rollingUpdate: { maxUnavailable: '25%' } } }),
    of('Deployment', { replicas: 9, strategy: { rollingUpdate: { maxUnavailable: 0 } } }), of('Deployment', { replicas: 4, strategy: { type: 'Recreate' } }),
    of('StatefulSet', { replicas: 5 }), of('DaemonSet', { updateStrategy: { rollingUpdate: { maxUnavailable: '10%' } } }, { desiredNumberScheduled: 11 }),
  ], [2, 1, 1, 4, 1, 2]);
});

test('a budget over any pod of the workload counts, if it allows less than the rollout may take', () => {
  const pods = [podOf(deployment('pay', 'web'), 'web-1', undefined)];
  assert.equal(budgetObstacle(pods, 1, [budget('pay', 'b', 'web', 1), budget('pay', 'other', 'db', 0)]), '');
  assert.equal(budgetObstacle(pods, 1, [budget('pay', 'a', 'web', 1), budget('pay', 'b', 'web', 0)]), 'PodDisruptionBudget b allows no disruption now, and a rollout may take 1');
  assert.equal(budgetObstacle(pods, 3, [budget('pay', 'b', 'web', 2)]), 'PodDisruptionBudget b allows 2 pods to be gone now, and a rollout may take 3');
  const stale = { ...budget('pay', 'b', 'web', 5), metadata: { name: 'b', namespace: 'pay', generation: 2 } };
  assert.match(budgetObstacle(pods, 1, [stale]), /no disruption/, 'a status of an older generation allows nothing');
  assert.equal(budgetObstacle(pods, 1, [{ ...budget('pay', 'b', 'web', 0), spec: {} }]), '', 'without a selector it speaks for none');
  assert.match(budgetObstacle(pods, 1, [{ ...budget('pay', 'b', 'web', 0), spec: { selector: {} } }]), /no disruption/, 'with an empty one for all');
});
