import type { JsonObject } from '../../../lib/json.ts';
import { addonImage } from './images.ts';
import { istiodName, type ValuesInput } from './input.ts';
import { oauthProxy } from './oauth-proxy.ts';
import { addonAccess, podSecurity, type AddonValues } from './addon-access.ts';
import { yamlText } from './yaml-text.ts';

/** `prometheus` of the values. */
export interface PrometheusValues extends AddonValues {
  readonly roleBinding: string;
  readonly config: string;
  readonly args: readonly string[];
}

/** Name of its settings in `runtime.components`. */
export const PROMETHEUS_RUNTIME_NAMES: readonly string[] = ['prometheus'];

/** True unless the user switched it off, or another Prometheus is named. */
export function isPrometheus(input: Pick<ValuesInput, 'spec'>): boolean {
  const prometheus = input.spec.addons?.prometheus;
  return prometheus?.enabled !== false && prometheus?.install?.selfManaged !== true;
}

const KEEP = (sourceLabel: string, regex: string): JsonObject => ({ source_labels: [sourceLabel], action: 'keep', regex });

function discovery(role: 'pod' | 'endpointslice', namespaces: readonly string[]): JsonObject {
  return { role, namespaces: { names: namespaces } };
}

const POD_LABELS: readonly JsonObject[] = [
  { action: 'labelmap', regex: '__meta_kubernetes_pod_label_(.+)' },
  { source_labels: ['__meta_kubernetes_namespace'], target_label: 'namespace' },
  { source_labels: ['__meta_kubernetes_pod_name'], target_label: 'pod' },
];

/** Address and port of a pod: brackets around IPv6. */
function targetAt(port: string | undefined, annotation: string): JsonObject {
  const wanted = port === undefined ? [`__meta_kubernetes_pod_annotation_${annotation}`] : [];
  return {
    source_labels: [...wanted, '__meta_kubernetes_pod_ip'], action: 'replace', target_label: '__address__', separator: ';',
    regex: port === undefined ? String.raw`(\d+);(.+)` : '(.+)', replacement: port === undefined ? '$2:$1' : `$1:${port}`,
  };
}

/**
 * Scrape configuration: istiod, every proxy of the mesh, and pods that ask for it by annotation (application and proxy metrics merged).
 * It names its namespaces, because this Prometheus has rights nowhere else. Source: spec/istio-upstream.md 5.3.
 */
export function scrapeConfig(input: ValuesInput): JsonObject {
  const namespaces = [...new Set([input.namespace, ...input.members])];
  const interval = input.spec.addons?.prometheus?.install?.scrapeInterval ?? '15s';
  return {
    global: { scrape_interval: interval, scrape_timeout: '10s' },
    scrape_configs: [
      {
        job_name: 'istiod', kubernetes_sd_configs: [discovery('endpointslice', [input.namespace])],
        relabel_configs: [KEEP('__meta_kubernetes_service_name', istiodName(input)), KEEP('__meta_kubernetes_endpointslice_port_name', 'http-monitoring')],
      },
      {
        job_name: 'envoy-stats', metrics_path: '/stats/prometheus', kubernetes_sd_configs: [discovery('pod', namespaces)],
        relabel_configs: [KEEP('__meta_kubernetes_pod_container_port_name', '.*-envoy-prom'), targetAt('15090', ''), ...POD_LABELS],
      },
      {
        job_name: 'kubernetes-pods', kubernetes_sd_configs: [discovery('pod', namespaces)],
        relabel_configs: [
          KEEP('__meta_kubernetes_pod_annotation_prometheus_io_scrape', 'true'),
          { source_labels: ['__meta_kubernetes_pod_annotation_prometheus_io_path'], action: 'replace', target_label: '__metrics_path__', regex: '(.+)' },
          targetAt(undefined, 'prometheus_io_port'), ...POD_LABELS,
        ],
      },
    ],
  };
}

function args(input: ValuesInput): string[] {
  const address = input.facts.servesRoutes ? '127.0.0.1:9090' : ':9090';
  return [
    '--config.file=/etc/prometheus/prometheus.yml', '--storage.tsdb.path=/prometheus',
    `--storage.tsdb.retention.time=${input.spec.addons?.prometheus?.install?.retention ?? '6h'}`,
    `--web.listen-address=${address}`, '--enable-feature=auto-reload-config',
  ];
}

/** The Prometheus of the mesh. */
export function prometheusValues(input: ValuesInput): PrometheusValues {
  return {
    enabled: isPrometheus(input),
    roleBinding: `prometheus-${input.namespace}`,
    image: addonImage(input, 'prometheus', PROMETHEUS_RUNTIME_NAMES),
    config: yamlText(scrapeConfig(input)),
    args: args(input),
    podSecurity: podSecurity(input, 65_534),
    oauthProxy: oauthProxy(input, { name: 'prometheus', upstreamPort: 9090, healthPath: '/-/ready' }),
    ...addonAccess(input, 'prometheus', input.spec.addons?.prometheus?.install?.service),
  };
}
