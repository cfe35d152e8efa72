import { numeric, plain, textMap, truth, words } from './codec.ts';
import { ISTIO, rows, type Row } from './row.ts';

/* spec/conversion-v1-v2.md 2, "addons". */

/** `<addon>.install.service` and the addon's Helm values for Service and Ingress. */
function serviceRows(addon: string): Row[] {
  return rows({ field: ['addons', addon, 'install', 'service'], path: ['istio', addon] }, [
    ['metadata.labels', 'service.labels', textMap],
    ['metadata.annotations', 'service.annotations', textMap],
    ['nodePort', 'service.nodePort.port', numeric],
    ['ingress.enabled', 'ingress.enabled', truth],
    ['ingress.hosts', 'ingress.hosts'],
    ['ingress.contextPath', ['ingress.contextPath', 'contextPath']],
    ['ingress.tls', 'ingress.tls'],
    ['ingress.metadata.labels', 'ingress.labels', textMap],
    ['ingress.metadata.annotations', 'ingress.annotations', textMap],
  ]);
}

const PROMETHEUS = rows(ISTIO, [
  ['addons.prometheus.enabled', 'prometheus.enabled', truth],
  ['addons.prometheus.scrape', 'meshConfig.enablePrometheusMerge', truth],
  ['addons.prometheus.metricsExpiryDuration', 'mixer.adapters.prometheus.metricsExpiryDuration'],
  ['addons.prometheus.address', 'kiali.prometheusAddr'],
  ['addons.prometheus.install.retention', 'prometheus.retention'],
  ['addons.prometheus.install.scrapeInterval', 'prometheus.scrapeInterval'],
  ['addons.prometheus.install.useTLS', ['prometheus.security.enabled', 'prometheus.provisionPrometheusCert'], truth],
]);

const GRAFANA = rows(ISTIO, [
  ['addons.grafana.enabled', 'grafana.enabled', truth],
  ['addons.grafana.address', 'kiali.dashboard.grafanaURL'],
  ['addons.grafana.install.config.env', 'grafana.env', textMap],
  ['addons.grafana.install.config.envSecrets', 'grafana.envSecrets', textMap],
  ['addons.grafana.install.persistence.enabled', 'grafana.persist', truth],
  ['addons.grafana.install.persistence.storageClassName', 'grafana.storageClassName'],
  ['addons.grafana.install.persistence.accessMode', 'grafana.accessMode'],
  ['addons.grafana.install.persistence.capacity', 'grafana.persistenceResources'],
  ['addons.grafana.install.security.enabled', 'grafana.security.enabled', truth],
  ['addons.grafana.install.security.secretName', 'grafana.security.secretName'],
  ['addons.grafana.install.security.usernameKey', 'grafana.security.usernameKey'],
  ['addons.grafana.install.security.passphraseKey', 'grafana.security.passphraseKey'],
]);

const KIALI = rows(ISTIO, [
  ['addons.kiali.enabled', 'kiali.enabled', truth],
  ['addons.kiali.name', 'kiali.resourceName'],
  ['addons.kiali.install.dashboard.viewOnly', 'kiali.dashboard.viewOnlyMode', truth],
  ['addons.kiali.install.dashboard.enableGrafana', 'kiali.dashboard.enableGrafana', truth],
  ['addons.kiali.install.dashboard.enablePrometheus', 'kiali.dashboard.enablePrometheus', truth],
  ['addons.kiali.install.dashboard.enableTracing', 'kiali.dashboard.enableTracing', truth],
  ['addons.kiali.install.deployment.resources', 'kiali.deployment_resources'],
  ['addons.kiali.install.deployment.affinity', 'kiali.deployment_affinity'],
  ['addons.kiali.install.deployment.nodeSelector', 'kiali.deployment_nodeSelector', textMap],
  ['addons.kiali.install.deployment.tolerations', 'kiali.deployment_tolerations'],
]);

const STORAGE = 'addons.jaeger.install.storage';

const JAEGER = rows(ISTIO, [
  ['addons.jaeger.name', 'tracing.jaeger.resourceName'],
  [`${STORAGE}.type`, 'tracing.jaeger.template', words({ 'all-in-one': 'Memory', 'production-elasticsearch': 'Elasticsearch' })],
  [`${STORAGE}.memory.maxTraces`, 'tracing.jaeger.memory.max_traces', numeric],
  [`${STORAGE}.elasticsearch.nodeCount`, 'tracing.jaeger.elasticsearch.nodeCount', numeric],
  [`${STORAGE}.elasticsearch.storage`, 'tracing.jaeger.elasticsearch.storage'],
  [`${STORAGE}.elasticsearch.redundancyPolicy`, 'tracing.jaeger.elasticsearch.redundancyPolicy'],
  [`${STORAGE}.elasticsearch.indexCleaner`, 'tracing.jaeger.esIndexCleaner'],
  ['addons.jaeger.install.ingress.enabled', 'tracing.ingress.enabled', truth],
  ['addons.jaeger.install.ingress.metadata.annotations', 'tracing.ingress.annotations', textMap],
  ['addons.jaeger.install.ingress.metadata.labels', 'tracing.ingress.labels', textMap],
]);

const STACKDRIVER = rows(ISTIO, [
  ['addons.stackdriver.tracer.debug', 'global.tracer.stackdriver.debug', truth],
  ['addons.stackdriver.tracer.maxNumberOfAttributes', 'global.tracer.stackdriver.maxNumberOfAttributes', numeric],
  ['addons.stackdriver.tracer.maxNumberOfAnnotations', 'global.tracer.stackdriver.maxNumberOfAnnotations', numeric],
  ['addons.stackdriver.tracer.maxNumberOfMessageEvents', 'global.tracer.stackdriver.maxNumberOfMessageEvents', numeric],
  ['addons.stackdriver.telemetry.enabled', ['telemetry.v2.stackdriver.enabled', 'mixer.adapters.stackdriver.enabled'], truth],
  ['addons.stackdriver.telemetry.auth.appCredentials', 'mixer.adapters.stackdriver.auth.appCredentials', truth],
  ['addons.stackdriver.telemetry.auth.apiKey', 'mixer.adapters.stackdriver.auth.apiKey'],
  ['addons.stackdriver.telemetry.auth.serviceAccountPath', 'mixer.adapters.stackdriver.auth.serviceAccountPath'],
  ['addons.stackdriver.telemetry.enableContextGraph', ['telemetry.v2.stackdriver.topology', 'mixer.adapters.stackdriver.contextGraph.enabled'], truth],
  ['addons.stackdriver.telemetry.enableLogging', ['telemetry.v2.stackdriver.logging', 'mixer.adapters.stackdriver.logging.enabled'], truth],
  ['addons.stackdriver.telemetry.enableMetrics', ['telemetry.v2.stackdriver.monitoring', 'mixer.adapters.stackdriver.metrics.enabled'], truth],
  ['addons.stackdriver.telemetry.configOverride', 'telemetry.v2.stackdriver.configOverride'],
  ['addons.stackdriver.telemetry.accessLogging.enabled', 'telemetry.v2.accessLogPolicy.enabled', truth],
  ['addons.stackdriver.telemetry.accessLogging.logWindowDuration', 'telemetry.v2.accessLogPolicy.logWindowDuration'],
]);

const PARAM = 'PARAM_THREESCALE_';

// Values of 3scale do not live under `istio`.
const THREE_SCALE = rows({ field: ['addons', '3scale'], path: ['threeScale'] }, [
  ['enabled', 'enabled', truth],
  ['listen_addr', `${PARAM}LISTEN_ADDR`, numeric],
  ['log_grpc', `${PARAM}LOG_GRPC`, truth],
  ['log_json', `${PARAM}LOG_JSON`, truth],
  ['log_level', `${PARAM}LOG_LEVEL`, plain],
  ['metrics.port', `${PARAM}METRICS_PORT`, numeric],
  ['metrics.report', `${PARAM}REPORT_METRICS`, truth],
  ['system.cache_max_size', `${PARAM}CACHE_ENTRIES_MAX`, numeric],
  ['system.cache_refresh_retries', `${PARAM}CACHE_REFRESH_RETRIES`, numeric],
  ['system.cache_refresh_interval', `${PARAM}CACHE_REFRESH_SECONDS`, numeric],
  ['system.cache_ttl', `${PARAM}CACHE_TTL_SECONDS`, numeric],
  ['client.allow_insecure_connections', `${PARAM}ALLOW_INSECURE_CONN`, truth],
  ['client.timeout', `${PARAM}CLIENT_TIMEOUT_SECONDS`, numeric],
  ['grpc.max_conn_timeout', `${PARAM}GRPC_CONN_MAX_SECONDS`, numeric],
  ['backend.enable_cache', `${PARAM}USE_CACHED_BACKEND`, truth],
  ['backend.cache_flush_interval', `${PARAM}BACKEND_CACHE_FLUSH_INTERVAL_SECONDS`, numeric],
  ['backend.policy_fail_closed', `${PARAM}BACKEND_CACHE_POLICY_FAIL_CLOSED`, truth],
]);

/** Rows of `spec.addons`. */
export const ADDON_ROWS: readonly Row[] = [
  ...PROMETHEUS, ...GRAFANA, ...KIALI, ...JAEGER, ...STACKDRIVER, ...THREE_SCALE,
  ...['prometheus', 'grafana', 'kiali'].flatMap(serviceRows),
];
