import * as z from 'zod';
import { choice, flag, integer, list, map, section, text, textMap, texts } from '../schema/fields.ts';
import { duration } from '../schema/scalars.ts';
import { labelSelectors } from '../kubernetes/label-selector.ts';
import { LOG_LEVELS } from './general.ts';
import { container } from './runtime.ts';

const envoyServiceShape = {
  enabled: flag('Use the service.'),
  address: text('host:port of the service.'),
  tcpKeepalive: section('TCP keepalive to the service.', {
    probes: integer('Probes without answer before the connection is dropped.'),
    time: duration('Idle time before the first probe.'),
    interval: duration('Time between probes.'),
  }),
  tlsSettings: section('TLS to the service.', {
    mode: choice('Kind of TLS.', ['DISABLE', 'SIMPLE', 'MUTUAL', 'ISTIO_MUTUAL']),
    clientCertificate: text('Path of the client certificate.'),
    privateKey: text('Path of the private key.'),
    caCertificates: text('Path of the root certificates.'),
    sni: text('Server name.'),
    subjectAltNames: texts('Names the server certificate may have.'),
  }),
};

const trafficControl = section('Which traffic goes through the proxy.', {
  inbound: section('Traffic to the workload.', {
    interceptionMode: choice('How traffic is redirected.', ['REDIRECT', 'TPROXY']),
    includedPorts: texts('Ports that are redirected; * means all.'),
    excludedPorts: list('Ports that are not.', z.int32()),
  }),
  outbound: section('Traffic from the workload.', {
    includedIPRanges: texts('Address ranges that are redirected; * means all.'),
    excludedIPRanges: texts('Address ranges that are not.'),
    excludedPorts: list('Ports that are not.', z.int32()),
    policy: choice('What happens to traffic to unknown hosts. Default: ALLOW_ANY.', ['ALLOW_ANY', 'REGISTRY_ONLY']),
  }),
});

const networking = section('Network settings of the proxies.', {
  clusterDomain: text('DNS domain of the cluster. Default: cluster.local.'),
  connectionTimeout: duration('How long a connection to another workload may take to be made. Default: 10s.'),
  maxConnectionAge: duration('Longest life of a connection to istiod.'),
  initialization: section('How redirection is set up.', {
    type: choice('CNI: by the node plugin. InitContainer: by an init container.', ['CNI', 'InitContainer']),
    initContainer: section('The init container.', { runtime: container('Image and resources.') }),
  }),
  trafficControl,
  protocol: section('Protocol detection.', {
    autoDetect: section('Detection of protocols.', {
      timeout: duration('How long the proxy waits for the first bytes.'),
      inbound: flag('Detect on inbound traffic.'),
      outbound: flag('Detect on outbound traffic.'),
    }),
  }),
  dns: section('DNS.', { searchSuffixes: texts('Search suffixes added to pods.'), refreshRate: duration('How often names are looked up. Default: 300s.') }),
});

const injection = section('Sidecar injection.', {
  autoInject: flag('Inject into every pod of a member that does not say no. Default: false, pods ask by annotation.'),
  alwaysInjectSelector: labelSelectors('Pods that always get a sidecar.'),
  neverInjectSelector: labelSelectors('Pods that never get one.'),
  injectedAnnotations: textMap('Annotations added to injected pods.'),
});

/** `spec.proxy`. */
export const proxy = section('The sidecar proxies.', {
  adminPort: integer('Port of the Envoy admin interface. Default: 15000.'),
  concurrency: integer('Worker threads; 0 means one per CPU. Default: 2.', { min: 0 }),
  logging: section('Logs of the proxies.', {
    level: choice('Level. Default: warning.', LOG_LEVELS),
    componentLevels: map('Level per Envoy component.', z.enum(LOG_LEVELS)),
  }),
  accessLogging: section('Access logs.', {
    file: section('Access log file.', {
      name: text('Path, usually /dev/stdout.'),
      encoding: choice('TEXT or JSON.', ['TEXT', 'JSON']),
      format: text('Format string.'),
    }),
    envoyService: section('Access log service (gRPC).', envoyServiceShape),
  }),
  envoyMetricsService: section('Metrics service (gRPC).', envoyServiceShape),
  injection,
  networking,
  runtime: section('Container and probes of the sidecar.', {
    container: container('Image and resources of the sidecar.'),
    readiness: section('Readiness probe.', {
      rewriteApplicationProbes: flag('Send the application probes through the proxy agent.'),
      statusPort: integer('Port of the proxy agent. Default: 15020.'),
      initialDelaySeconds: integer('Seconds before the first probe.'),
      periodSeconds: integer('Seconds between probes.'),
      failureThreshold: integer('Failures before the pod is not ready.'),
    }),
  }),
});
