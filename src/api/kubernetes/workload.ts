import type * as z from 'zod';
import type { KubeObject } from '../../k8s/object.ts';
import { integer, looseObject, type Immutable } from '../schema/fields.ts';
import { parseSpec, parseStatus } from '../schema/parse.ts';
import { conditions } from './condition.ts';

const workloadSpecSchema = looseObject({ replicas: integer('Pods wanted.') });

const workloadStatusSchema = looseObject({
  observedGeneration: integer('Generation this status is about.'),
  replicas: integer('Pods.'),
  readyReplicas: integer('Ready pods.'),
  updatedReplicas: integer('Pods of the newest template.'),
  availableReplicas: integer('Available pods.'),
  conditions: conditions('Available and Progressing.'),
});

/** Status of a Deployment or StatefulSet: only what readiness needs. */
export type WorkloadStatus = Immutable<z.infer<typeof workloadStatusSchema>>;

/** The status of a Deployment or StatefulSet; empty when the controller manager has not written one yet. */
export function workloadStatusOf(object: KubeObject): WorkloadStatus {
  return parseStatus(workloadStatusSchema, object) ?? {};
}

/** `spec.replicas`; 1 when absent (Kubernetes API reference "DeploymentSpec"). */
export function wantedReplicasOf(object: KubeObject): number {
  const spec = parseSpec(workloadSpecSchema, object);
  return spec.ok ? spec.value.replicas ?? 1 : 1;
}
