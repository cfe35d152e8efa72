import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DASHBOARDS } from '../../../src/domain/control-plane/dashboards/index.ts';
import { brickPath } from '../../../tools/cluster/bricks.ts';
import { startParser, type PrometheusProcess } from './prometheus-process.ts';

/* Our dashboards against those who answer: Prometheus' own parser, istiod's own list of metrics, and Istio's documentation of what proxies count. */

/** istio.io, "Istio Standard Metrics": counters as they are, distributions as histograms. */
const PROXY_METRICS = new Set([
  'istio_requests_total', 'istio_request_duration_milliseconds_bucket', 'istio_request_bytes_bucket', 'istio_response_bytes_bucket', 'istio_request_messages_total', 'istio_response_messages_total',
  'istio_tcp_sent_bytes_total', 'istio_tcp_received_bytes_total', 'istio_tcp_connections_opened_total', 'istio_tcp_connections_closed_total',
]);
/** The same page, "Labels". */
const PROXY_LABELS = new Set([
  'reporter', 'source_workload', 'source_workload_namespace', 'source_principal', 'source_app', 'source_version', 'destination_workload', 'destination_workload_namespace', 'destination_principal',
  'destination_app', 'destination_version', 'destination_service', 'destination_service_name', 'destination_service_namespace', 'request_protocol', 'response_code', 'connection_security_policy',
  'response_flags', 'grpc_response_status', 'source_cluster', 'destination_cluster', 'source_canonical_service', 'destination_canonical_service',
]);

/** A query as Prometheus gets it from Grafana, with something chosen. */
function asSent(expression: string): string {
  return expression.replaceAll('$__rate_interval', '1m').replaceAll(/\$\w+/g, 'chosen');
}

const QUERIES = DASHBOARDS.flatMap(({ title, panels }) => panels.flatMap((panel) => panel.queries.map(({ expression }) => ({ where: `${title}, ${panel.title}`, expression }))));
const metricsIn = (expression: string): readonly string[] => [...expression.matchAll(/\b(?:istio|pilot|sidecar|galley|process|envoy)_\w+/g)].map(([name]) => name);

let prometheus: PrometheusProcess;
let dir = '';
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tmesh-dashboards-'));
  prometheus = await startParser(dir);
});
after(async () => {
  await prometheus.stop();
  await rm(dir, { recursive: true });
});

test('Prometheus parses every query of every dashboard', async () => {
  assert.ok(await prometheus.mistakeIn('sum(rate(x[1m])') !== undefined, 'the parser finds mistakes');
  for (const { where, expression } of QUERIES) assert.equal(await prometheus.mistakeIn(asSent(expression)), undefined, `${where}: ${expression}`);
  assert.ok(QUERIES.length > 40);
});

test('a query about proxies names metrics and labels that Istio documents', () => {
  const choices = DASHBOARDS.flatMap(({ title, variables }) => variables.map(({ values }) => ({ where: `${title}, choices`, expression: values })));
  for (const { where, expression } of [...QUERIES, ...choices].filter(({ expression }) => expression.includes('istio_'))) {
    for (const name of metricsIn(expression)) assert.ok(PROXY_METRICS.has(name), `${where}: ${name}`);
    const labels = [...expression.matchAll(/[{,](\w+)(?:=|!=|=~|!~)"/g), ...expression.matchAll(/label_values\(.*, (\w+)\)/g)].map(([, label]) => label ?? '');
    const grouped = [...expression.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list]) => (list ?? '').split(',').map((label) => label.trim())).filter((label) => label !== 'le');
    for (const label of [...labels, ...grouped]) assert.ok(PROXY_LABELS.has(label), `${where}: label ${label}`);
  }
});

test('a query about the control plane names metrics that istiod has', async () => {
  const istiod = await readFile(await brickPath('pilot-discovery'));
  const names = new Set(QUERIES.flatMap(({ expression }) => metricsIn(expression)).filter((name) => !PROXY_METRICS.has(name)));
  assert.ok(names.size > 10);
  assert.deepEqual([...names].filter((name) => !istiod.includes(name.replace(/_bucket$/, ''))), []);
  assert.ok(!istiod.includes('pilot_no_such_metric'));
});
