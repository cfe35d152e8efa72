import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VALUES_WITHOUT_EFFECT } from '../../../../src/api/maistra-v1/values-without-effect.ts';
import { SPEC } from '../../../../src/domain/conversion/spec.ts';
import { set } from '../../../../src/domain/conversion/tree.ts';
import { validateControlPlane } from '../../../../src/domain/validation/control-plane.ts';
import type { Findings } from '../../../../src/domain/validation/findings.ts';
import type { Json, JsonObject } from '../../../../src/lib/json.ts';

/*
 * Every Helm value of spec/conversion-v1-v2.md, with a value that users give it: none is ignored without a word. Either a field of v2 stands for it
 * (and of each of these every-field.test.ts knows what it does, or that a row says why not), or the table of values without effect has a row.
 */

const VALUES: readonly (readonly [value: Json, paths: string])[] = [
  [true, `global.clusterScoped global.clusterWide global.multiCluster.enabled global.meshExpansion.enabled global.meshExpansion.useILB galley.enableAnalysis global.istiod.enableAnalysis global.logAsJson
    istio_cni.enabled pilot.enableProtocolSniffingForInbound pilot.enableProtocolSniffingForOutbound sidecarInjectorWebhook.enableNamespacesByDefault meshConfig.enableEnvoyAccessLogService
    sidecarInjectorWebhook.rewriteAppHTTPProbe global.mtls.enabled global.mtls.auto meshConfig.enableAutoMtls global.controlPlaneSecurityEnabled security.selfSigned global.manageNetworkPolicy mixer.policy.enabled
    global.istioRemote global.disablePolicyChecks global.policyCheckFailOpen mixer.policy.sessionAffinityEnabled mixer.policy.adapters.useAdapterCRDs mixer.policy.adapters.kubernetesenv.enabled
    mixer.adapters.useAdapterCRDs mixer.adapters.kubernetesenv.enabled global.createRemoteSvcEndpoints telemetry.enabled telemetry.v1.enabled telemetry.v2.enabled mixer.telemetry.enabled mixer.telemetry.sessionAffinityEnabled
    mixer.adapters.stdio.enabled mixer.adapters.stdio.outputAsJson tracing.enabled global.enableTracing meshConfig.enableTracing gateways.enabled gateways.istio-ingressgateway.enabled gateways.istio-egressgateway.enabled
    gateways.mine.enabled gateways.istio-ingressgateway.ior_enabled gateways.istio-ingressgateway.routeConfig.enabled gateways.istio-ingressgateway.sds.enabled global.k8sIngress.enabled global.k8sIngress.enableHttps
    prometheus.enabled mixer.adapters.prometheus.enabled telemetry.v2.prometheus.enabled meshConfig.enablePrometheusMerge prometheus.security.enabled prometheus.provisionPrometheusCert grafana.enabled grafana.persist
    kiali.enabled kiali.dashboard.viewOnlyMode kiali.dashboard.enableGrafana kiali.dashboard.enablePrometheus kiali.dashboard.enableTracing kiali.service.nodePort.enabled kiali.ingress.enabled tracing.ingress.enabled
    telemetry.v2.stackdriver.enabled telemetry.v2.stackdriver.topology telemetry.v2.stackdriver.logging telemetry.v2.stackdriver.monitoring telemetry.v2.accessLogPolicy.enabled global.tracer.stackdriver.debug
    global.defaultPodDisruptionBudget.enabled gateways.istio-ingressgateway.autoscaleEnabled`],
  ['7', `global.proxy.concurrency meshConfig.concurrency global.proxy.adminPort meshConfig.defaultConfig.proxyAdminPort global.proxy.excludeInboundPorts global.proxy.excludeOutboundPorts global.proxy.includeInboundPorts
    global.proxy.statusPort global.proxy.readinessInitialDelaySeconds global.proxy.readinessPeriodSeconds global.proxy.readinessFailureThreshold pilot.traceSampling tracing.jaeger.memory.max_traces
    tracing.jaeger.elasticsearch.nodeCount pilot.replicaCount pilot.autoscaleMin pilot.autoscaleMax pilot.cpu.targetAverageUtilization pilot.rollingMaxSurge mixer.telemetry.reportBatchMaxEntries
    global.tracer.stackdriver.maxNumberOfAttributes`],
  ['10s', `global.proxy.connectionTimeout pilot.keepaliveMaxServerConnectionAge meshConfig.protocolDetectionTimeout global.proxy.protocolDetectionTimeout global.proxy.dnsRefreshRate meshConfig.dnsRefreshRate
    pilot.env.DEFAULT_WORKLOAD_CERT_TTL pilot.env.MAX_WORKLOAD_CERT_TTL security.workloadCertTtl pilot.env.CITADEL_SELF_SIGNED_CA_CERT_TTL security.env.CITADEL_SELF_SIGNED_CA_CERT_TTL
    pilot.env.CITADEL_SELF_SIGNED_ROOT_CERT_CHECK_INTERVAL mixer.telemetry.loadshedding.latencyThreshold mixer.telemetry.reportBatchMaxTime mixer.adapters.prometheus.metricsExpiryDuration prometheus.scrapeInterval`],
  ['words', `global.multiCluster.clusterName global.network global.proxy.clusterDomain global.proxy.accessLogFile meshConfig.accessLogFile meshConfig.accessLogFormat global.proxy.image global.proxy.hub global.proxy.tag
    global.proxy_init.image global.trustDomain meshConfig.trustDomain pilot.env.TOKEN_ISSUER global.sds.token.aud pilot.jwksResolverExtraRootCA global.remotePolicyAddress global.remoteTelemetryAddress
    mixer.telemetry.loadshedding.mode global.tracer.zipkin.address gateways.istio-ingressgateway.name gateways.mine.gatewayType gateways.istio-ingressgateway.env.ANY global.k8sIngress.gatewayName grafana.storageClassName
    grafana.security.secretName grafana.security.usernameKey grafana.security.passphraseKey kiali.resourceName kiali.contextPath tracing.jaeger.resourceName tracing.jaeger.elasticsearch.redundancyPolicy
    tracing.jaeger.agentImage tracing.jaeger.allInOneImage tracing.jaeger.collectorImage tracing.jaeger.queryImage telemetry.v2.accessLogPolicy.logWindowDuration global.priorityClassName global.hub global.tag
    pilot.priorityClassName pilot.image pilot.hub pilot.tag global.multiCluster.addedLocalNetwork kiali.jaegerInClusterURL gateways.istio-ingressgateway.namespace global.proxy.envoyAccessLogService.host`],
  ['host:80', 'global.caAddress meshConfig.defaultConfig.envoyAccessLogService.address meshConfig.defaultConfig.envoyMetricsService.address'],
  ['http://host:80', 'kiali.prometheusAddr kiali.dashboard.grafanaURL'],
  ['default:warn,x:debug', 'global.logging.level global.proxy.componentLogLevel'],
  ['debug', 'global.proxy.logLevel'], ['REDIRECT', 'global.proxy.interceptionMode'], ['CNI', 'global.proxy.initType'], ['enabled', 'global.proxy.autoInject'], ['TEXT', 'global.proxy.accessLogEncoding meshConfig.accessLogEncoding'],
  ['10.0.0.0/8,10.1.0.0/16', 'global.proxy.includeIPRanges global.proxy.excludeIPRanges'], ['REGISTRY_ONLY', 'global.outboundTrafficPolicy.mode meshConfig.outboundTrafficPolicy.mode'],
  ['istiod', 'global.pilotCertProvider'], ['CurveP256,P-384', 'global.tls.ecdhCurves'], ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'global.tls.cipherSuites'], ['TLSv1_2', 'global.tls.minProtocolVersion global.tls.maxProtocolVersion'], ['Istiod', 'pilot.ca.implementation'],
  ['20%', 'pilot.env.CITADEL_SELF_SIGNED_ROOT_CERT_GRACE_PERIOD_PERCENTILE pilot.rollingMaxUnavailable global.defaultPodDisruptionBudget.minAvailable global.defaultPodDisruptionBudget.maxUnavailable'],
  ['true', 'pilot.env.CITADEL_ENABLE_JITTER_FOR_ROOT_CERT_ROTATOR'], ['/etc/keys', 'pilot.env.ROOT_CA_DIR'], ['third-party-jwt', 'global.jwtPolicy'], ['None', 'policy.implementation telemetry.implementation'],
  ['zipkin', 'tracing.provider global.proxy.tracer'], ['standard', 'gateways.istio-ingressgateway.env.ISTIO_META_ROUTER_MODE'], ['a,b', 'gateways.istio-egressgateway.env.ISTIO_META_REQUESTED_NETWORK_VIEW'],
  ['LoadBalancer', 'gateways.istio-ingressgateway.type'], ['10.0.0.1', 'gateways.istio-ingressgateway.loadBalancerIP'], ['Always', 'global.imagePullPolicy pilot.imagePullPolicy global.proxy.imagePullPolicy'],
  ['ReadWriteOnce', 'grafana.accessMode'], ['6h', 'prometheus.retention'], ['all-in-one', 'tracing.jaeger.template'],
  [30_000, 'kiali.service.nodePort.port'],
  [['word'], 'global.podDNSSearchNamespaces global.trustDomainAliases meshConfig.trustDomainAliases global.imagePullSecrets pilot.imagePullSecrets global.multiCluster.addedSearchSuffixes pilot.extraArgs'],
  [['10.0.0.1'], 'gateways.istio-ingressgateway.externalIPs'], [['kiali.example.com'], 'kiali.ingress.hosts'],
  [[{ name: 'http2', port: 80 }], 'gateways.istio-ingressgateway.ports gateways.istio-ingressgateway.meshExpansionPorts'],
  [[{ name: 'a', secretName: 'a', mountPath: '/a' }], 'gateways.istio-ingressgateway.secretVolumes pilot.extraVolumes pilot.extraVolumeMounts'], [[{ name: 'a', configMapName: 'a', mountPath: '/a' }], 'gateways.istio-ingressgateway.configVolumes'],
  [[{ matchLabels: { a: 'b' } }], 'sidecarInjectorWebhook.alwaysInjectSelector sidecarInjectorWebhook.neverInjectSelector'], [[{ operator: 'Exists' }], 'global.defaultTolerations pilot.tolerations kiali.deployment_tolerations'],
  [[{ key: 'a', operator: 'In', values: ['b'] }], 'pilot.podAntiAffinityLabelSelector pilot.podAntiAffinityTermLabelSelector'], [[{ name: 'p', prometheus: {} }], 'meshConfig.extensionProviders'],
  [{ a: 'b' }, `sidecarInjectorWebhook.injectedAnnotations meshConfig.defaultConfig.proxyMetadata gateways.istio-ingressgateway.labels gateways.istio-ingressgateway.serviceAnnotations grafana.env grafana.envSecrets kiali.service.annotations
    kiali.service.labels kiali.ingress.annotations kiali.ingress.labels tracing.ingress.annotations tracing.ingress.labels tracing.jaeger.annotations global.defaultNodeSelector pilot.podAnnotations pilot.podLabels pilot.nodeSelector
    kiali.deployment_nodeSelector pilot.env tracing.jaeger.esIndexCleaner tracing.jaeger.elasticsearch.storage telemetry.v2.stackdriver.configOverride global.multiCluster.multiClusterOverrides mixer.adapters.stackdriver`],
  [{ requests: { cpu: '10m' } }, 'global.proxy.resources global.defaultResources pilot.resources kiali.deployment_resources grafana.persistenceResources'],
  [{ mode: 'SIMPLE' }, 'global.proxy.envoyAccessLogService.tlsSettings meshConfig.defaultConfig.envoyAccessLogService.tlsSettings'],
  [{ far: { endpoints: [{ fromRegistry: 'far' }] } }, 'global.meshNetworks'],
];

/** What conversion and validation need beside a value, to see in it what users see. */
const BESIDE: Readonly<Record<string, JsonObject>> = {
  'gateways.mine.gatewayType': { gateways: { mine: { enabled: true } } }, 'global.proxy.envoyAccessLogService.host': { global: { proxy: { envoyAccessLogService: { port: 80 } } } },
};

function check(istio: JsonObject): Findings {
  return validateControlPlane({ apiVersion: 'maistra.io/v1', kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace: 'mesh' }, spec: { istio } }, { others: [] });
}

test('no Helm value of the mapping is ignored without a word', () => {
  let count = 0;
  for (const [value, paths] of VALUES) {
    for (const path of paths.split(/\s+/)) {
      count += 1;
      const istio = set(BESIDE[path] ?? {}, path.split('.'), value);
      const { techPreview, gateways: _gateways, ...fields } = SPEC.toV2({ istio });
      const { problems, warnings } = check(istio);
      const isSaid = warnings.some((warning) => warning.startsWith(`spec.istio.${path}`) && warning.includes(' has no effect, because '));
      assert.ok(isSaid || techPreview === undefined || Object.keys(fields).length > 0, `${path}: ${JSON.stringify(warnings)}`);
      assert.ok(!warnings.some((warning) => warning.includes('is not a known field')), `${path}: ${JSON.stringify(warnings)}`);
      // A switch alone may ask for more: an address, a Secret.
      assert.deepEqual(problems.filter(({ path: at }) => at === `spec.istio.${path}`), [], path);
    }
  }
  assert.ok(count > 220, `${count} values`);
});

test('a value of the wrong kind is refused at its path, with what it must be', () => {
  const cases: readonly (readonly [string, Json, RegExp])[] = [
    ['global.proxy.concurrency', 'many', /must be a (whole )?number/],
    ['global.proxy.accessLogFile', { a: 1 }, /must be a string/],
    ['gateways.istio-ingressgateway.replicaCount', [1], /must be a (whole )?number/],
    ['global.logging.level', 'default:loud', /must be one of trace, debug/],
    ['global.jwtPolicy', 'no-jwt', /the words of v1 for one of Kubernetes, ThirdParty/],
    ['gateways.mine.enabled', 'perhaps', /must be true or false/],
    ['pilot.keepaliveMaxServerConnectionAge', 'an hour', /must be a duration/],
  ];
  for (const [path, value, remedy] of cases) {
    const { problems, warnings } = check(set({}, path.split('.'), value));
    assert.ok(problems[0]?.path.startsWith(`spec.istio.${path}`), `${path}: ${JSON.stringify({ problems, warnings })}`);
    assert.match(problems[0]?.message ?? '', remedy);
    assert.ok(!warnings.some((warning) => warning.includes('not a known field')), warnings.join());
  }
});

test('lists and maps as v2 has them are read in v1 too', () => {
  const { proxy, general } = SPEC.toV2({ istio: { global: { proxy: { includeInboundPorts: ['80'], excludeOutboundPorts: [22] }, logging: { level: { default: 'info' } } } } });
  assert.deepEqual(proxy, { networking: { trafficControl: { inbound: { includedPorts: ['80'] }, outbound: { excludedPorts: [22] } } } });
  assert.deepEqual(general, { logging: { componentLevels: { default: 'info' } } });
});

test('no row is about a value that a field of v2 stands for', () => {
  for (const { path } of VALUES_WITHOUT_EFFECT.filter(({ path: [head] }) => !['mixer', 'galley', 'security'].includes(head ?? ''))) {
    const at = path.map((step) => (step === '*' ? 'istio-ingressgateway' : step));
    const { techPreview, ...fields } = SPEC.toV2({ istio: set({}, at, 'anything') });
    assert.ok(techPreview !== undefined && fields['gateways'] === undefined, at.join('.'));
  }
});
