import { markText } from '../../../../src/domain/sidecars/mark.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { pod, withMeta } from '../../../build/mesh-objects.ts';

/** The mark of a sidecar of mesh `mesh-a`, control plane `basic`. */
export function mark(version = '1.31.1', settings = 'same', revision = 'basic', mesh = 'mesh-a'): string {
  return markText({ mesh, revision, version, settings });
}

/** A pod that istiod gave a sidecar; `undefined`: by an operator that left no mark. */
export function injected(namespace: string, name: string, given: string | undefined, labels: Readonly<Record<string, string>> = {}): KubeObject {
  const annotations = { 'sidecar.istio.io/status': '', ...(given === undefined ? {} : { 'tmesh.maistra.io/sidecar': given }) };
  return withMeta(pod(namespace, name, { 'sidecar.istio.io/inject': 'true', ...labels }), { annotations });
}

/** The injection webhook of control plane `mesh-a/basic`, with the sidecar that it gives. */
export function injector(given = mark(), namespaceSelector: object = {}, name = 'istiod-basic-mesh-a'): KubeObject {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration', metadata: { name, annotations: { 'tmesh.maistra.io/sidecar': given }, labels: { 'maistra.io/owner': 'mesh-a' } },
    webhooks: [{ namespaceSelector, matchConditions: [{ name: 'asks-for-a-sidecar' }] }],
  };
}

/** A pod of a Deployment, as its ReplicaSet makes it. */
export function podOf(deployment: KubeObject, name: string, given: string | undefined): KubeObject {
  const owner = { apiVersion: 'apps/v1', kind: deployment.kind === 'Deployment' ? 'ReplicaSet' : deployment.kind, name: deployment.kind === 'Deployment' ? `${deployment.metadata.name}-h` : deployment.metadata.name, uid: 'u', controller: true };
  return withMeta(injected(deployment.metadata.namespace ?? '', name, given, { app: deployment.metadata.name, 'pod-template-hash': 'h' }), { ownerReferences: [owner] });
}

/** A Deployment of two pods whose rollout is over. */
export function deployment(namespace: string, name: string, annotations: Readonly<Record<string, string>> = {}, spec: object = {}): KubeObject {
  return {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace, uid: `d-${name}`, generation: 1, annotations },
    spec: { replicas: 2, ...spec }, status: { observedGeneration: 1, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 },
  };
}

/** A budget over the pods of a workload. */
export function budget(namespace: string, name: string, app: string, disruptionsAllowed: number): KubeObject {
  return { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name, namespace, generation: 1 }, spec: { selector: { matchLabels: { app } } }, status: { observedGeneration: 1, disruptionsAllowed } };
}
