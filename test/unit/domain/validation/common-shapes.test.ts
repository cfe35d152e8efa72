import assert from 'node:assert/strict';
import { test } from 'node:test';
import { convertControlPlane } from '../../../../src/domain/conversion/control-plane.ts';
import { viewOf } from '../../../../src/domain/control-plane/mesh-view.ts';
import { validateControlPlane } from '../../../../src/domain/validation/control-plane.ts';
import type { Json } from '../../../../src/lib/json.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { CHARTS, controlPlane, observed, OPENSHIFT } from '../../../build/control-plane.ts';

/* Control planes of the shapes that are common in the field are accepted as they are, and their meshes can be built. */

const limits = { requests: { cpu: '100m', memory: '1G' }, limits: { cpu: '500m', memory: '4G' } };

const SHAPES: readonly (readonly [title: string, version: 'v1' | 'v2', spec: Json])[] = [
  ['a full installation of 1.1', 'v1', {
    version: 'v1.1', template: 'default', threeScale: { enabled: false },
    istio: {
      global: { mtls: { enabled: false, auto: false }, disablePolicyChecks: false, multitenant: true, hub: 'registry.example.com/mesh', tag: '1.1.0-3', imagePullPolicy: 'IfNotPresent', imagePullSecrets: ['pull'], proxy: { autoInject: 'disabled', resources: limits } },
      gateways: { 'istio-egressgateway': { autoscaleEnabled: false }, 'istio-ingressgateway': { autoscaleEnabled: false, autoscaleMin: 1, autoscaleMax: 3, ior_enabled: true, type: 'LoadBalancer', serviceAnnotations: { 'service.beta.example.com/lb-internal': 'true' } } },
      mixer: { policy: { autoscaleEnabled: false }, telemetry: { autoscaleEnabled: false, resources: limits } },
      pilot: { autoscaleEnabled: false, traceSampling: 100, tolerations: [{ key: 'node.example.com/reserved', operator: 'Exists', effect: 'NoSchedule' }] },
      kiali: { enabled: true, dashboard: { viewOnlyMode: false }, ingress: { enabled: true } },
      grafana: { enabled: true }, tracing: { enabled: true, jaeger: { template: 'production-elasticsearch', elasticsearch: { nodeCount: 3, redundancyPolicy: 'ZeroRedundancy', storage: { size: '50Gi' } } } },
    },
  }],
  ['next to nothing in 1.x', 'v1', { istio: { kiali: { enabled: false }, tracing: { enabled: false }, grafana: { enabled: false }, sidecarInjectorWebhook: { enabled: false }, mixer: { enabled: false }, prometheus: { enabled: false } } }],
  ['strict mutual TLS with versions and suites in 1.x', 'v1', { istio: { global: { mtls: { enabled: true }, tls: { minProtocolVersion: 'TLSv1_2', maxProtocolVersion: 'TLSv1_3', cipherSuites: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', ecdhCurves: 'CurveP256' } } } }],
  ['the example of 2.x', 'v2', {
    version: 'v2.5', tracing: { type: 'Jaeger', sampling: 10_000 }, policy: { type: 'Istiod' }, telemetry: { type: 'Istiod' },
    addons: { jaeger: { name: 'jaeger', install: { storage: { type: 'Memory' } } }, kiali: { enabled: true, name: 'kiali' }, grafana: { enabled: true }, prometheus: { enabled: true } },
  }],
  ['one for serverless workloads', 'v2', {
    version: 'v2.6', tracing: { type: 'None' }, addons: { grafana: { enabled: false }, kiali: { name: 'kiali', enabled: false }, prometheus: { enabled: false }, jaeger: { name: 'jaeger' } },
    security: { dataPlane: { mtls: true }, identity: { type: 'ThirdParty' } }, techPreview: { meshConfig: { defaultConfig: { terminationDrainDuration: '35s' } } },
    gateways: { ingress: { service: { metadata: { labels: { knative: 'ingressgateway' } } } } }, proxy: { networking: { trafficControl: { inbound: { excludedPorts: [8444, 8022] } } } },
  }],
  ['one for production', 'v2', {
    profiles: ['small'], security: { dataPlane: { mtls: true }, controlPlane: { mtls: true }, certificateAuthority: { type: 'Istiod', istiod: { type: 'PrivateKey', privateKey: { rootCADir: '/etc/cacerts' } } } },
    gateways: {
      ingress: { runtime: { deployment: { autoScaling: { enabled: true, minReplicas: 2, maxReplicas: 5, targetCPUUtilizationPercentage: 85 } }, pod: { nodeSelector: { 'node-role.kubernetes.io/infra': '' }, tolerations: [{ effect: 'NoSchedule', key: 'node-role.kubernetes.io/infra', value: 'reserved' }] } } },
      additionalIngress: { 'partner-gateway': { enabled: true, namespace: 'far', service: { type: 'LoadBalancer', ports: [{ name: 'https', port: 443, targetPort: 8443 }] }, volumes: [{ volume: { secret: { secretName: 'ca' } }, volumeMount: { name: 'ca', mountPath: '/etc/ca' } }] } },
    },
    runtime: { components: { pilot: { deployment: { replicas: 2 }, pod: { affinity: { podAntiAffinity: { preferredDuringScheduling: [{ key: 'istio', operator: 'In', values: ['pilot'], topologyKey: 'kubernetes.io/hostname' }] } } }, container: { resources: limits } } } },
    addons: { jaeger: { install: { storage: { type: 'Elasticsearch', elasticsearch: { nodeCount: 3, storage: { size: '50Gi', storageClassName: 'fast' } } } } }, kiali: { install: { dashboard: { viewOnly: true }, service: { ingress: { hosts: ['kiali.apps.example.com'] } } } } },
    meshConfig: { extensionProviders: [{ name: 'otel', opentelemetry: { port: 4317, service: 'otel-collector.istio-system.svc.cluster.local' } }] },
  }],
];

for (const [title, version, spec] of SHAPES) {
  test(`${title} is accepted as it is`, () => {
    const object: KubeObject = { apiVersion: `maistra.io/${version}`, kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace: 'istio-system' }, spec };
    assert.deepEqual(validateControlPlane(object, { others: [] }).problems, []);
    const converted = convertControlPlane(object, 'maistra.io/v2');
    assert.ok(converted.ok);
    const view = viewOf(observed({ ...controlPlane(), spec: converted.value['spec'] }, { facts: OPENSHIFT, members: ['far'] }), CHARTS);
    assert.deepEqual(view.state === 'refused' ? view.problems : [], []);
    assert.equal(view.state, 'buildable');
  });
}
