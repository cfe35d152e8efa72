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
