import { flag, freeForm, integer, section, text } from '../schema/fields.ts';

/* Addons that live outside the mesh. */

/** `spec.addons.stackdriver`. */
export const stackdriver = section('Google Cloud operations.', {
  tracer: section('Spans.', {
    debug: flag('Write spans to standard output too.'),
    maxNumberOfAttributes: integer('Attributes per span.'),
    maxNumberOfAnnotations: integer('Annotations per span.'),
    maxNumberOfMessageEvents: integer('Message events per span.'),
  }),
  telemetry: section('Metrics and logs.', {
    enabled: flag('Send metrics and logs.'),
    auth: section('Credentials.', { appCredentials: flag('Use application credentials.'), apiKey: text('API key.'), serviceAccountPath: text('Path of a service account file.') }),
    enableContextGraph: flag('Send the context graph.'),
    enableLogging: flag('Send logs.'),
    enableMetrics: flag('Send metrics.'),
    accessLogging: section('Access logs.', { enabled: flag('Send access logs.'), logWindowDuration: text('Time between log entries.') }),
    configOverride: freeForm('Overrides of the filter configuration.'),
  }),
});

/** `spec.addons.3scale`; refused by the old operator from 2.1 on (spec/webhooks.md 3, rule 14). */
export const threeScale = section('The 3scale adapter of old versions; has no effect.', {
  enabled: flag('Install the adapter.'),
  listen_addr: integer('Port it listens on.'),
  log_grpc: flag('Log gRPC.'),
  log_json: flag('Write JSON lines.'),
  log_level: text('Log level.'),
  metrics: section('Metrics.', { port: integer('Port.'), report: flag('Report metrics.') }),
  system: section('Cache of system calls.', {
    cache_max_size: integer('Entries.'),
    cache_refresh_retries: integer('Retries.'),
    cache_refresh_interval: integer('Seconds between refreshes.'),
    cache_ttl: integer('Seconds an entry lives.'),
  }),
  client: section('HTTP client.', { allow_insecure_connections: flag('Do not check certificates.'), timeout: integer('Seconds.') }),
  grpc: section('gRPC server.', { max_conn_timeout: integer('Seconds.') }),
  backend: section('Cache of backend calls.', {
    enable_cache: flag('Use a cache.'),
    cache_flush_interval: integer('Seconds between flushes.'),
    policy_fail_closed: flag('Refuse requests when the backend cannot be reached.'),
  }),
});
