import { millisecondsOf } from '../../../lib/go-duration.ts';
import type { JsonObject } from '../../../lib/json.ts';
import { addonImage } from './images.ts';
import type { ValuesInput } from './input.ts';
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

/** A duration as Prometheus reads it. In: one as Go writes it; fractions, microseconds and units in any order are Go's only. */
export function prometheusDuration(duration: string): string {
  if (/^(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$/.test(duration)) return duration;
  return `${Math.round(millisecondsOf(duration))}ms`;
}

/** Metadata of a pod that relabelling reads; gone once a target is made. Source: Prometheus, kubernetes_sd_config. */
const POD = {
  namespace: '__meta_kubernetes_namespace', name: '__meta_kubernetes_pod_name', ip: '__meta_kubernetes_pod_ip', phase: '__meta_kubernetes_pod_phase',
  portName: '__meta_kubernetes_pod_container_port_name', app: '__meta_kubernetes_pod_label_app', revision: '__meta_kubernetes_pod_label_istio_io_rev',
  scrape: '__meta_kubernetes_pod_annotation_prometheus_io_scrape', port: '__meta_kubernetes_pod_annotation_prometheus_io_port',
  path: '__meta_kubernetes_pod_annotation_prometheus_io_path',
} as const;

/** A rule over the values of some fields, joined by `;`. The expression has to match all of it. */
function rule(action: 'keep' | 'drop', fields: readonly (keyof typeof POD)[], regex: string): JsonObject {
  return { action, source_labels: fields.map((field) => POD[field]), separator: ';', regex };
}

/** Sets a label of the target. In: the fields it is made from, how they look when they are there, and what becomes of them. */
function set(label: string, fields: readonly (keyof typeof POD)[], regex = '(.+)', replacement = '$1'): JsonObject {
  return { action: 'replace', source_labels: fields.map((field) => POD[field]), separator: ';', regex, target_label: label, replacement };
}

const POD_LABELS: readonly JsonObject[] = [
  { action: 'labelmap', regex: '__meta_kubernetes_pod_label_(.+)' }, set('namespace', ['namespace']), set('pod', ['name']),
];

/** The port that a pod asks for; an IPv6 address stands in brackets. */
const ANNOTATED_ADDRESS: readonly JsonObject[] = [
  set('__address__', ['port', 'ip'], String.raw`(\d+);([^:]+)`, '$2:$1'), set('__address__', ['port', 'ip'], String.raw`(\d+);(.*:.*)`, '[$2]:$1'),
];

/** Every job looks at pods of the mesh, and at those that run: the others have no address, or somebody else's. */
function podJob(name: string, namespaces: readonly string[], rules: readonly JsonObject[], path?: string): JsonObject {
  return {
    job_name: name, ...(path === undefined ? {} : { metrics_path: path }), kubernetes_sd_configs: [{ role: 'pod', namespaces: { names: namespaces } }],
    relabel_configs: [rule('drop', ['phase'], 'Pending|Succeeded|Failed'), ...rules, ...POD_LABELS],
  };
}

/**
 * Scrape configuration: istiod, every proxy of the mesh, and pods that ask for it by annotation (application and proxy metrics merged).
 * It names its namespaces, because this Prometheus has rights nowhere else. Source: spec/istio-upstream.md 5.3.
 * Law: a process is scraped by one job only, or every sum over its metrics would count it twice.
 */
export function scrapeConfig(input: ValuesInput): JsonObject {
  const namespaces = [...new Set([input.namespace, ...input.members])];
  const interval = prometheusDuration(input.spec.addons?.prometheus?.install?.scrapeInterval ?? '15s');
  return {
    global: { scrape_interval: interval },
    scrape_configs: [
      podJob('istiod', [input.namespace], [rule('keep', ['app', 'revision', 'portName'], `istiod;${input.name};http-monitoring`)]),
      // A proxy whose agent merges its metrics with the application's is left to the job below.
      podJob('envoy-stats', namespaces, [rule('keep', ['portName'], '.*-envoy-prom'), rule('drop', ['scrape', 'port'], 'true;15020')], '/stats/prometheus'),
      podJob('kubernetes-pods', namespaces, [
        rule('keep', ['scrape'], 'true'), rule('drop', ['namespace', 'app', 'revision'], `${input.namespace};istiod;${input.name}`),
        set('__metrics_path__', ['path']), ...ANNOTATED_ADDRESS,
      ]),
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
