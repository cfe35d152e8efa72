import type { JsonObject } from '../../../src/lib/json.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';

type Words = Readonly<Record<string, string>>;
interface Shape {
  readonly annotations?: Words;
  readonly labels?: Words;
  readonly containers?: readonly JsonObject[];
  readonly spec?: JsonObject;
  readonly isBare?: boolean;
}

const APP: JsonObject = {
  name: 'app', image: 'app', ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }, { containerPort: 9090, protocol: 'UDP' }],
  readinessProbe: { httpGet: { path: '/ready', port: 8080 } }, livenessProbe: { tcpSocket: { port: 8080 } },
};

/** A pod as a ReplicaSet of Deployment `shop` makes it, or a bare one. */
function pod({ annotations = {}, labels = {}, containers = [APP], spec = {}, isBare = false }: Shape): KubeObject {
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'shop-5d4f8', uid: 'uid', controller: true };
  const metadata = isBare ? { name: 'bare' } : { name: '', generateName: 'shop-5d4f8-', ownerReferences: [owner] };
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: {
      ...metadata, namespace: 'shop', annotations: { 'sidecar.istio.io/inject': 'true', ...annotations },
      labels: { app: 'shop', 'pod-template-hash': '5d4f8', ...labels },
    },
    spec: { serviceAccountName: 'shop', containers: [...containers], ...spec },
  };
}

const traffic = (words: Words): Words => Object.fromEntries(Object.entries(words).map(([name, value]) => [`traffic.sidecar.istio.io/${name}`, value]));

/** Pods that get a sidecar: each uses one thing that the template knows. */
export const SIDECAR_PODS: Readonly<Record<string, KubeObject>> = {
  'of a Deployment': pod({}),
  bare: pod({ isBare: true }),
  'two containers, one without ports': pod({ containers: [APP, { name: 'helper', image: 'helper' }] }),
  'with init containers': pod({ spec: { initContainers: [{ name: 'setup', image: 'setup' }] } }),
  'canonical names': pod({ labels: { 'app.kubernetes.io/name': 'checkout', 'app.kubernetes.io/version': 'v2', version: 'v3' } }),
  'canonical names of its own': pod({ labels: { 'service.istio.io/canonical-name': 'till', 'service.istio.io/canonical-revision': 'r1', 'service.istio.io/workload-name': 'tills' } }),
  'a name too long for a label': pod({ labels: { app: '' }, isBare: true }),
  'resources: requests': pod({ annotations: { 'sidecar.istio.io/proxyCPU': '200m', 'sidecar.istio.io/proxyMemory': '300Mi' } }),
  'resources: one limit': pod({ annotations: { 'sidecar.istio.io/proxyMemoryLimit': '1Gi' } }),
  'waits for the proxy': pod({ annotations: { 'proxy.istio.io/config': '{"holdApplicationUntilProxyStarts": true, "concurrency": 3}' } }),
  'proxy metadata': pod({ annotations: { 'proxy.istio.io/config': 'proxyMetadata: {ISTIO_META_DNS_CAPTURE: "true", OTHER: "a b"}' } }),
  'ports and ranges': pod({ annotations: traffic({ includeInboundPorts: '80,81', excludeInboundPorts: '9', includeOutboundIPRanges: '10.0.0.0/8', excludeOutboundIPRanges: '10.1.0.0/16', includeOutboundPorts: '443', excludeOutboundPorts: '3306' }) }),
  interfaces: pod({ annotations: { ...traffic({ excludeInterfaces: 'net1' }), 'istio.io/reroute-virtual-interfaces': 'tap0' } }),
  'interfaces by their old name': pod({ annotations: traffic({ kubevirtInterfaces: 'tap1' }) }),
  'interception TPROXY': pod({ annotations: { 'sidecar.istio.io/interceptionMode': 'TPROXY' } }),
  'interception NONE': pod({ annotations: { 'sidecar.istio.io/interceptionMode': 'NONE' } }),
  'native sidecar': pod({ annotations: { 'sidecar.istio.io/nativeSidecar': 'true' } }),
  'native sidecar without interception': pod({ annotations: { 'sidecar.istio.io/nativeSidecar': 'true', 'sidecar.istio.io/interceptionMode': 'NONE' } }),
  'no status port': pod({ annotations: { 'status.sidecar.istio.io/port': '0' } }),
  'status port': pod({ annotations: { 'status.sidecar.istio.io/port': '15999' } }),
  probes: pod({ annotations: { 'readiness.status.sidecar.istio.io/initialDelaySeconds': '9', 'readiness.status.sidecar.istio.io/periodSeconds': '8', 'readiness.status.sidecar.istio.io/failureThreshold': '7' } }),
  'log levels': pod({ annotations: { 'sidecar.istio.io/logLevel': 'debug', 'sidecar.istio.io/componentLogLevel': 'http:info', 'sidecar.istio.io/agentLogLevel': 'all:debug' } }),
  'image of its own': pod({ annotations: { 'sidecar.istio.io/proxyImage': 'mirror/proxy:1' } }),
  bootstrap: pod({ annotations: { 'sidecar.istio.io/bootstrapOverride': 'my-bootstrap' } }),
  'volumes of its own': pod({ annotations: { 'sidecar.istio.io/userVolume': '{"extra":{"emptyDir":{}}}', 'sidecar.istio.io/userVolumeMount': '{"extra":{"mountPath":"/extra","readOnly":true}}' } }),
  'metrics of its own': pod({ annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '8080', 'prometheus.io/path': '/m' } }),
  'a network of its own': pod({ annotations: { 'k8s.v1.cni.cncf.io/networks': 'shop/storage' } }),
  'its own words about the sidecar': pod({ containers: [APP, { name: 'istio-proxy', image: 'auto', resources: { requests: { cpu: '7m' } }, env: [{ name: 'MINE', value: '1' }] }] }),
};

const GATEWAY = { 'inject.istio.io/templates': 'gateway' };
const PROXY: JsonObject = { name: 'istio-proxy', image: 'auto', ports: [{ containerPort: 8080, protocol: 'TCP' }] };

/** Gateways that users run themselves. */
export const GATEWAY_PODS: Readonly<Record<string, KubeObject>> = {
  gateway: pod({ annotations: GATEWAY, labels: { istio: 'mine' }, containers: [PROXY] }),
  'gateway with settings': pod({ annotations: { ...GATEWAY, 'sidecar.istio.io/logLevel': 'debug', 'proxy.istio.io/config': '{"proxyMetadata": {"A": "b"}}', 'sidecar.istio.io/proxyImage': 'mirror/proxy:1' }, containers: [PROXY] }),
  'gateway with a helper and a bootstrap': pod({ annotations: { ...GATEWAY, 'sidecar.istio.io/bootstrapOverride': 'my-bootstrap' }, containers: [PROXY, { name: 'helper', image: 'helper' }] }),
};
