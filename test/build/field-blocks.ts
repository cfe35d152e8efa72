import type { Json } from '../../src/lib/json.ts';

/** Fields that make sense only together: the path of what holds them, and values that set all of them between them. */
export interface FieldBlock {
  readonly at: RegExp;
  readonly variants: readonly Json[];
}

const PORT = { name: 'http2', port: 80, targetPort: 8080, protocol: 'TCP', appProtocol: 'http' };
const METADATA = { labels: { example: 'value' }, annotations: { example: 'value' } };
const PROXY_PROVIDER = {
  service: 'authz.far.svc.cluster.local', port: 9000, timeout: '1s', failOpen: true, statusOnError: '403',
  includeRequestBodyInCheck: { maxRequestBytes: 1024, allowPartialMessage: true, packAsBytes: true },
};
const TERM = { key: 'app', operator: 'In', values: ['example'], topologyKey: 'kubernetes.io/hostname' };
const NATIVE = { labelSelector: { matchLabels: { app: 'example' } }, topologyKey: 'kubernetes.io/hostname' };

export const FIELD_BLOCKS: readonly FieldBlock[] = [
  {
    at: /^(cluster\.meshExpansion\.ilbGateway|gateways\.(ingress|egress|additional(In|E)gress\.[\w-]+))\.service$/,
    variants: [
      { type: 'LoadBalancer', metadata: METADATA, ports: [{ ...PORT, nodePort: 30_080 }], loadBalancerIP: '192.0.2.1', loadBalancerSourceRanges: ['192.0.2.0/24'], externalTrafficPolicy: 'Local', healthCheckNodePort: 30_900 },
      { type: 'ClusterIP', ports: [PORT], clusterIP: 'None', publishNotReadyAddresses: true, sessionAffinity: 'None', externalIPs: ['192.0.2.2'] },
      { type: 'ClusterIP', ports: [PORT], sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } } },
      { type: 'ExternalName', ports: [PORT], externalName: 'gateway.example.com' },
      { selector: { example: 'value' }, ports: [PORT] },
    ],
  },
  {
    at: /\.volumes$/,
    variants: [[
      { volume: { configMap: { name: 'extra' } }, volumeMount: { name: 'extra', mountPath: '/extra' } },
      { volume: { secret: { secretName: 'hidden' } }, volumeMount: { name: 'hidden', mountPath: '/hidden' } },
    ]],
  },
  {
    at: /\.pod\.affinity$/,
    variants: [
      { podAntiAffinity: { requiredDuringScheduling: [TERM], preferredDuringScheduling: [TERM] } },
      {
        nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator: 'Exists' }] }] } },
        podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [NATIVE] },
        podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [NATIVE], preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: NATIVE }] },
      },
    ],
  },
  { at: /^addons\.kiali\.install\.deployment\.affinity$/, variants: [{ podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [NATIVE] } }] },
  { at: /^runtime\.defaults\.deployment\.podDisruption$/, variants: [{ enabled: true, minAvailable: 1 }, { enabled: true, maxUnavailable: '25%' }] },
  { at: /\.tolerations$/, variants: [[{ key: 'dedicated', operator: 'Equal', value: 'mesh', effect: 'NoExecute', tolerationSeconds: 60 }]] },
  { at: /\.deployment\.strategy$/, variants: [{ type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: '25%' } }] },
  { at: /\.resources$/, variants: [{ requests: { cpu: '20m', memory: '64Mi' }, limits: { cpu: '2', memory: '1Gi' } }] },
  {
    at: /^meshConfig\.extensionProviders$/,
    variants: [[
      { name: 'metrics', prometheus: {} },
      { name: 'zipkin', zipkin: { service: 'zipkin.far.svc.cluster.local', port: 9411, maxTagLength: 64, enable64bitTraceId: true } },
      { name: 'otel', opentelemetry: { service: 'otel.far.svc.cluster.local', port: 4317, maxTagLength: 64 } },
      { name: 'als', envoyOtelAls: { service: 'otel.far.svc.cluster.local', port: 4317, logName: 'access' } },
      {
        name: 'http', envoyExtAuthzHttp: {
          ...PROXY_PROVIDER, pathPrefix: '/check', includeRequestHeadersInCheck: ['x-user'], includeAdditionalHeadersInCheck: { 'x-mesh': 'here' },
          headersToUpstreamOnAllow: ['x-user'], headersToDownstreamOnDeny: ['x-why'], headersToDownstreamOnAllow: ['x-ok'],
        },
      },
      { name: 'grpc', envoyExtAuthzGrpc: PROXY_PROVIDER },
    ]],
  },
  {
    at: /^cluster\.multiCluster\.meshNetworks$/,
    variants: [{ far: {
      endpoints: [{ fromRegistry: 'east' }, { fromCIDR: '192.0.2.0/24' }],
      gateways: [{ address: 'gateway.example.com', port: 15_443 }, { registryServiceName: 'gateway.far.svc.cluster.local', service: 'gateway', port: 15_443 }],
    } }],
  },
  { at: /^meshConfig\.discoverySelectors$/, variants: [[{ matchLabels: { example: 'value' }, matchExpressions: [{ key: 'example', operator: 'In', values: ['value'] }] }]] },
  { at: /^proxy\.injection\.(always|never)InjectSelector$/, variants: [[{ matchLabels: { example: 'value' }, matchExpressions: [{ key: 'example', operator: 'In', values: ['value'] }] }]] },
  { at: /^proxy\.(accessLogging\.envoyService|envoyMetricsService)\.address$/, variants: ['collector.far.svc.cluster.local:9000'] },
  { at: /^proxy\.networking\.trafficControl\.inbound\.includedPorts$/, variants: [['8080', '8443']] },
  { at: /^proxy\.networking\.trafficControl\.outbound\.(in|ex)cludedIPRanges$/, variants: [['192.0.2.0/24']] },
  { at: /^security\.controlPlane\.tls\.(min|max)ProtocolVersion$/, variants: ['TLSv1_3'] },
  {
    at: /^security\.certificateAuthority$/,
    variants: [
      { type: 'Istiod', istiod: { type: 'SelfSigned', selfSigned: { ttl: '87600h', gracePeriod: '20%', checkPeriod: '1h', enableJitter: true }, workloadCertTTLDefault: '24h', workloadCertTTLMax: '2160h' } },
      { type: 'Istiod', istiod: { type: 'PrivateKey', privateKey: { rootCADir: '/etc/cacerts' } } },
      { type: 'Custom', custom: { address: 'ca.example.com:443' } },
      { type: 'cert-manager', 'cert-manager': { address: 'cert-manager-istio-csr.cert-manager.svc:443', pilotSecretName: 'istiod-tls', rootCAConfigMapName: 'istio-ca-root-cert' } },
    ],
  },
  { at: /^updateStrategy\.canary$/, variants: [{ version: '1.29.6', namespaces: ['far'] }] },
  { at: /^gateways\.ingress\.meshExpansionPorts$/, variants: [[{ name: 'tcp-istiod', port: 15_012, targetPort: 15_012, protocol: 'TCP' }]] },
];
