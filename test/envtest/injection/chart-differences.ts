import type { Deliberate } from './deliberate-differences.ts';

/** What of a control plane is compared with upstream's charts. */
export type Part =
  | 'Deployment istiod' | 'Service istiod' | 'mesh configuration' | 'injector values' | 'injector configuration'
  | 'injection webhook' | 'validation webhook' | 'Service of a gateway' | 'Deployment of a gateway';

const OF_HELM: Deliberate = {
  where: /\/labels\/(app\.kubernetes\.io\/(name|instance|managed-by|part-of|version)|helm\.sh\/chart|install\.operator\.istio\.io\/owning-resource|operator\.istio\.io\/component|release): - \| /,
  why: 'labels of the release; ours are added to every object by decorate.ts',
};
const STATED: Deliberate = { where: /^\/spec\/(replicas: 1|strategy\/type: "RollingUpdate"|type: "ClusterIP") \| -$/, why: 'the server\'s default, stated, so that drift from it is seen' };
const RESTRICTED: Deliberate = { where: /\/securityContext\/(runAsNonRoot: true|seccompProfile\/type: "RuntimeDefault") \| -$/, why: 'Pod Security "restricted"' };
const AMBIENT: Deliberate = { where: /\/labels\/istio\.io\/dataplane-mode: - \| "none"$/, why: 'there is no ambient mode to stay out of' };

const WEBHOOKS: readonly Deliberate[] = [
  { where: /^\/clientConfig\/caBundle: ".*" \| -$/, why: 'upstream\'s istiod writes it itself; ours may not (docs/adr/0010)' },
  { where: /^\/(matchPolicy: "Equivalent"|timeoutSeconds: 10|clientConfig\/service\/port: 443) \| -$/, why: 'the server\'s default, stated' },
  { where: /^\/namespaceSelector\/matchExpressions: .*"maistra\.io\/member-of"/, why: 'the members of this mesh instead of a revision label' },
  { where: /^\/rules: /, why: 'scope stated; validation asks for whole groups, so that new kinds are checked too' },
];

/** Ours | upstream's, with the reason. A row that explains nothing any more fails the test. */
export const CHART_DIFFERENCES: Readonly<Record<Part, readonly Deliberate[]>> = {
  'Deployment istiod': [
    { where: /(env\[KUBECONFIG\]|volumeMounts\[\/var\/run\/secrets\/remote\]|volumes\[istio-kubeconfig\])\/[\w/]+: - \| /, why: 'leads to the scoped API, from a ConfigMap, and is there once its authority is known' },
    OF_HELM, STATED, RESTRICTED,
    { where: /\/args\/--grpcAddr: "127\.0\.0\.1:15010" \| -$|\/ports\[15010\]\//, why: 'port 15010 serves whoever asks; it is closed (istio-upstream, multi-tenancy)' },
    { where: /\/env\[XDS_AUTH_PLAINTEXT\]\//, why: 'what comes without TLS must show a token as well' },
    { where: /\/env\[(INJECTION|VALIDATION)_WEBHOOK_CONFIG_NAME\]\//, why: 'the operator writes the webhooks; istiod may not (docs/adr/0010)' },
    { where: /\/env\[PILOT_ENABLE_(GATEWAY_API|IP_AUTOALLOCATE|WORKLOAD_ENTRY_AUTOREGISTRATION)\w*\]\//, why: 'these write to the cluster, or need a CRD that may be absent; istiod\'s rights end at its mesh' },
    { where: /\/env\[ENABLE_NATIVE_SIDECARS\]\//, why: 'the same pods on all three minors, whose defaults differ' },
    { where: /\/env\[GOMEMLIMIT\]\//, why: 'the limit of memory reaches Go\'s collector' },
    { where: /\/env\[CA_TRUSTED_NODE_ACCOUNTS\]\//, why: 'no ztunnel asks for certificates of others' },
    { where: /\/env\[PLATFORM\]\//, why: 'empty outside of the platforms that upstream knows' },
    { where: /\/env\[PILOT_TRACE_SAMPLING\]\/value: "0" \| "1"$/, why: 'tracing is off in the spec of this test' },
    { where: /\/fieldRef\/apiVersion: - \| "v1"$|\/configMap\/defaultMode: - \| 420$/, why: 'the server\'s default, not stated' },
    { where: /\/resources\/requests\/(cpu|memory): /, why: 'small as in OpenShift Service Mesh; runtime.components.pilot sets more' },
    { where: /\/spec\/tolerations: - \| \[\{"key":"cni\.istio\.io\/not-ready","operator":"Exists"\}\]$/, why: 'our node plug-in taints no nodes' },
  ],
  'Service istiod': [
    OF_HELM, STATED,
    { where: /^\/spec\/ports\[grpc-xds\]\//, why: 'port 15010 is closed' },
    { where: /^\/spec\/ports\[(http-monitoring|https-dns|https-webhook)\]\/targetPort: "/, why: 'ports of the pod by their names' },
  ],
  'mesh configuration': [
    { where: /^\/discoverySelectors: .*"maistra\.io\/member-of"/, why: 'the members of this mesh' },
    { where: /^\/(enableAutoMtls: true|enableTracing: false|outboundTrafficPolicy\/mode: "ALLOW_ANY") \| -$/, why: 'from the spec, always stated' },
    { where: /^\/extensionProviders: \[\] \| -$/, why: 'from the spec; upstream\'s built-in ones are for log files' },
    { where: /^\/ingressControllerMode: "OFF" \| -$/, why: 'Ingress objects are for gateways that ask for them' },
  ],
  'injector values': [
    { where: /^\/global\/(caAddress|multiCluster\/clusterName|podDNSSearchNamespaces|trustBundleName|trustDomain|proxy_init\/(env|imagePullPolicy|resources)|proxy\/holdApplicationUntilProxyStarts): /, why: 'what our templates read is always stated' },
    { where: /^\/global\/(proxy|proxy_init)\/image: "docker\.io\/istio\/proxyv2:1\.31\.1" \| "proxyv2"$/, why: 'the whole image, with the user\'s registry, name and tag' },
    { where: /^\/global\/proxy\/(readiness\w+|resources\/(requests|limits)\/\w+): /, why: 'numbers of OpenShift Service Mesh (spec.proxy.runtime)' },
    { where: /^\/gateways\/(securityContext|seccompProfile)/, why: 'gateways of users pass Pod Security "restricted"' },
    {
      where: /^\/global\/(certSigners|configCluster|configValidation|default\w+\/.*|externalIstiod|istiod\/enableAnalysis|meshNetworks|nativeNftables|networkPolicy\/enabled|omitSidecarInjectorConfigMap|operatorManageWebhooks|priorityClassName|proxy\/(outlierLogPath|seccompProfile|startupProbe\/\w+|tracer)|proxy_init\/forceApplyIptables|remotePilotAddress|resourceScope|waypoint\/.*): - \| /,
      why: 'read by upstream\'s charts, or by upstream\'s templates, not by ours',
    },
    { where: /^\/sidecarInjectorWebhook\/(alwaysInjectSelector|defaultTemplates|enableNamespacesByDefault|injectedAnnotations|neverInjectSelector|reinvocationPolicy|templates): - \| /, why: 'the charts\' way to the other key of the same ConfigMap' },
  ],
  'injector configuration': [
    { where: /^\/injectedAnnotations(: - \| null|\/tmesh\.maistra\.io\/sidecar: "[^"]+" \| -)$/, why: 'the mark by which outdated sidecars are known' },
    { where: /^\/template: - \| /, why: 'a sentinel for istiods that are older than templates by name' },
  ],
  'injection webhook': [
    ...WEBHOOKS,
    { where: /^\/name: /, why: 'one webhook per way of asking; upstream has one per label' },
    { where: /^\/matchConditions\[asks-for-a-sidecar\]\//, why: 'only pods that ask are sent, by annotation too, so that a dead istiod blocks no others' },
    { where: /^\/objectSelector\/matchExpressions: /, why: 'the condition above says it; istiod itself stays out' },
  ],
  'validation webhook': [
    ...WEBHOOKS,
    { where: /^\/name: /, why: 'without the revision, which is in the name of the configuration' },
    { where: /^\/objectSelector\/matchExpressions: /, why: 'the operator\'s own objects are written before istiod serves' },
    { where: /^\/failurePolicy: "Fail" \| "Ignore"$/, why: 'upstream\'s istiod turns it to Fail once it serves; here the operator does' },
  ],
  'Service of a gateway': [
    OF_HELM, AMBIENT,
    { where: /^\/spec\/type: "ClusterIP" \| "LoadBalancer"$/, why: 'Routes lead to it; spec.gateways asks for a load balancer' },
    { where: /^\/spec\/ports\[https?2?\]\/targetPort: 8(080|443) \| (80|443)$/, why: 'no port below 1024, so no sysctl and no privilege' },
  ],
  'Deployment of a gateway': [
    OF_HELM, AMBIENT, STATED, RESTRICTED,
    { where: /^\/metadata\/annotations: - \| \{\}$/, why: 'nothing, not written' },
    { where: /^\/spec\/strategy\/rollingUpdate\//, why: 'the old pod serves until the new one does' },
    { where: /^\/spec\/template\/metadata\/(annotations\/(inject\.istio\.io|proxy\.istio\.io|sidecar\.istio\.io)|labels\/sidecar\.istio\.io\/inject)/, why: 'ours is not injected, and says so (docs/adr/0009)' },
    { where: /\/labels\/service\.istio\.io\/canonical-revision: /, why: 'upstream takes the version of its chart' },
    { where: /\/env\[ISTIO_META_(APP_CONTAINERS|OWNER)\]\/value: /, why: 'an empty value is not written by the injector; the owner is found on a server' },
    { where: /\/env\[PROXY_CONFIG\]\/value\/terminationDrainDuration: "15s" \| -$/, why: 'it serves on until routers have heard that it ends (docs/adr/0055)' },
    { where: /\/env\[ISTIO_META_UNPRIVILEGED_POD\]\/|\/sysctls\[net\.ipv4\.ip_unprivileged_port_start\]\//, why: 'it binds no port below 1024, instead of a sysctl that allows it' },
    { where: /\/env\[ISTIO_META_POD_PORTS\]\/value\[\d+\]\/|\/containers\[istio-proxy\]\/ports\[(8080|8443|15021)\]\//, why: 'its ports have names, for Services' },
    { where: /\/containers\[istio-proxy\]\/(readinessProbe|resources)\//, why: 'numbers of OpenShift Service Mesh' },
    { where: /\/securityContext\/(fsGroup|runAsUser|runAsGroup): /, why: 'the user is said for the whole pod; on OpenShift the platform says it' },
    { where: /ingressgateway-(ca-)?certs/, why: 'Secrets with files, as v1 mounted them' },
    { where: /\/serviceAccountName: "istio-ingressgateway-service-account" \| /, why: 'the name that users\' policies have' },
    { where: /\/terminationGracePeriodSeconds: - \| 30$/, why: 'the server\'s default' },
    { where: /\/volumes\[workload-socket\]\/emptyDir: \{\} \| -$/, why: 'upstream writes no source, which the API server takes for an empty directory' },
  ],
};
