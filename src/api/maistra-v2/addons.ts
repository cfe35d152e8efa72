import { choice, flag, freeForm, freeFormList, integer, section, text, textMap } from '../schema/fields.ts';
import { duration } from '../schema/scalars.ts';
import { metadataConfig } from '../kubernetes/label-selector.ts';
import { componentService } from './addon-service.ts';
import { stackdriver, threeScale } from './addons-external.ts';
import { resources } from './runtime.ts';

const prometheus = section('Metrics.', {
  enabled: flag('Install Prometheus. Default: true.'),
  scrape: flag('Merge the metrics of application and proxy.'),
  metricsExpiryDuration: duration('How long a metric without update is kept.'),
  address: text('Address of a Prometheus that is already there.'),
  install: section('The Prometheus of this mesh.', {
    selfManaged: flag('Somebody else installs it.'),
    retention: text('How long data is kept. Default: 6h.'),
    scrapeInterval: duration('How often proxies are scraped. Default: 15s.'),
    useTLS: flag('Scrape over TLS.'),
    service: componentService(),
  }),
});

const grafana = section('Dashboards.', {
  enabled: flag('Install Grafana. Default: true.'),
  address: text('Address of a Grafana that is already there.'),
  install: section('The Grafana of this mesh.', {
    selfManaged: flag('Somebody else installs it.'),
    config: section('Environment.', { env: textMap('Environment variables.'), envSecrets: textMap('Environment variables from Secrets.') }),
    service: componentService(),
    persistence: section('Storage.', {
      enabled: flag('Keep data on a volume.'),
      storageClassName: text('StorageClass.'),
      accessMode: choice('Access mode.', ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany']),
      capacity: resources('Size of the volume.'),
    }),
    security: section('Login.', {
      enabled: flag('Ask for a password.'),
      secretName: text('Secret with user and password.'),
      usernameKey: text('Key of the user name.'),
      passphraseKey: text('Key of the password.'),
    }),
  }),
});

const kiali = section('The picture of the mesh.', {
  enabled: flag('Install Kiali. Default: true.'),
  name: text('Name of the Kiali. Default: kiali.'),
  install: section('The Kiali of this mesh.', {
    dashboard: section('What the console shows.', {
      viewOnly: flag('No changes from the console.'),
      enableGrafana: flag('Link to Grafana.'),
      enablePrometheus: flag('Read Prometheus.'),
      enableTracing: flag('Read Jaeger.'),
    }),
    service: componentService(),
    deployment: section('Deprecated: use runtime.components.kiali.', {
      resources: resources('Requests and limits.'),
      affinity: freeForm('corev1.Affinity.'),
      nodeSelector: textMap('Labels a node must have.'),
      tolerations: freeFormList('corev1.Toleration list.'),
    }),
  }),
});

const jaeger = section('Traces.', {
  name: text('Name of the Jaeger. Default: jaeger.'),
  install: section('The Jaeger of this mesh.', {
    storage: section('Where spans are kept.', {
      type: choice('Default: Memory.', ['Memory', 'Elasticsearch']),
      memory: section('In memory.', { maxTraces: integer('Traces that are kept. Default: 100000.', { min: 0 }) }),
      elasticsearch: section('In Elasticsearch.', {
        nodeCount: integer('Nodes. Default: 3.', { min: 1 }),
        storage: freeForm('Storage of the nodes.'),
        redundancyPolicy: text('Redundancy policy.'),
        indexCleaner: freeForm('Removal of old indexes.'),
      }),
    }),
    ingress: section('How Jaeger is reached from outside.', { enabled: flag('Create a Route.'), metadata: metadataConfig('Labels and annotations of the Route.') }),
  }),
});

/** `spec.addons`. */
export const addons = section('Prometheus, Grafana, Kiali, Jaeger and others.', { prometheus, grafana, kiali, jaeger, stackdriver, '3scale': threeScale });
