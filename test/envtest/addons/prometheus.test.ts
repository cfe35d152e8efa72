import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { valueAt } from '../../../src/lib/json.ts';
import { connect, type ApiClient } from '../../../tools/cluster/api-client.ts';
import { startCluster, type Cluster } from '../../../tools/cluster/cluster.ts';
import { MESH, renderedObject, valuesInput } from '../../build/control-plane.ts';
import { eventually } from '../../support/eventually.ts';
import { apply, componentObjects, namespaces, rightsIn } from './mesh-installed.ts';
import { serveMetrics, type MetricsServer } from './metrics-server.ts';
import { startPrometheus, type PrometheusProcess } from './prometheus-process.ts';
import { podTemplate, runPod, templateOf, type PodTemplate } from './running-pod.ts';

/*
 * The real Prometheus with our configuration, our flags and the rights of its account, beside a real API server. Pods are objects whose
 * addresses are loopback addresses, where small servers answer on the ports of istiod and of proxies.
 */

const SPEC = { addons: { prometheus: { install: { scrapeInterval: '500ms' } } } };
/* One address per pod, in a part of the loopback network that nobody else uses. */
const IP = { istiod: '127.77.1.1', gateway: '127.77.1.2', merged: '127.77.1.3', plain: '127.77.1.4', app: '127.77.1.5', done: '127.77.1.6', stranger: '127.77.1.7', newcomer: '127.77.1.8' };
const MERGED = { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '15020', 'prometheus.io/path': '/stats/prometheus' };
const SIDECAR = { 'http-envoy-prom': 15_090 };

const input = (...members: readonly string[]) => valuesInput(SPEC, { members });

let cluster: Cluster;
let client: ApiClient;
let prometheus: PrometheusProcess;
let dir = '';
const servers = new Map<string, MetricsServer>();

async function pod(name: keyof typeof IP, namespace: string, template: PodTemplate, phase = 'Running'): Promise<void> {
  await runPod(client, { namespace, name, address: IP[name], phase }, template);
}

async function answer(name: keyof typeof IP, port: number, metrics: string): Promise<void> {
  servers.set(`${name}:${port}`, await serveMetrics(IP[name], port, metrics));
}

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tmesh-prometheus-'));
  cluster = await startCluster({ kubelet: false });
  client = connect(cluster.server, await readFile(cluster.caFile, 'utf8'), cluster.token('admin'));
  await apply(cluster, namespaces(['member', 'newcomer'], ['stranger']));
  // The newcomer is in the configuration already, but has no RoleBinding yet.
  const objects = componentObjects(input('member', 'newcomer'), 'prometheus');
  await apply(cluster, [...rightsIn(['member']), ...objects]);
  await Promise.all([
    answer('istiod', 15_014, 'pilot_xds 7'), answer('gateway', 15_020, 'istio_requests_total{reporter="source"} 1'), answer('gateway', 15_090, 'istio_requests_total{reporter="source"} 1'),
    answer('merged', 15_020, 'istio_requests_total{reporter="destination"} 10'), answer('merged', 15_090, 'istio_requests_total{reporter="destination"} 10'),
    answer('plain', 15_090, 'istio_requests_total{reporter="destination"} 100'), answer('app', 9797, 'app_things_total 3'),
    answer('stranger', 15_020, 'istio_requests_total 1000'), answer('stranger', 15_090, 'istio_requests_total 1000'), answer('newcomer', 15_020, 'istio_requests_total 10000'),
  ]);
  await pod('istiod', MESH, templateOf(renderedObject(input(), 'Deployment', 'istiod-basic')));
  await pod('gateway', MESH, templateOf(renderedObject(input(), 'Deployment', 'istio-ingressgateway')));
  await pod('merged', 'member', podTemplate(SIDECAR, { labels: { app: 'merged', version: 'v1' }, annotations: MERGED }));
  await pod('plain', 'member', podTemplate(SIDECAR, { labels: { app: 'plain' } }));
  await pod('app', 'member', podTemplate({ web: 8080, metrics: 9797 }, { annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9797', 'prometheus.io/path': '/own/metrics' } }));
  await pod('done', 'member', podTemplate(SIDECAR, { annotations: MERGED }), 'Succeeded');
  await pod('stranger', 'stranger', podTemplate(SIDECAR, { labels: { app: 'merged' }, annotations: MERGED }));
  await pod('newcomer', 'newcomer', podTemplate(SIDECAR, { annotations: MERGED }));
  prometheus = await startPrometheus(cluster, objects, dir);
});
after(async () => {
  await prometheus.stop();
  await Promise.all([...servers.values()].map((server) => server.stop()));
  client.close();
  await cluster.stop();
  await rm(dir, { recursive: true });
});

async function urls(): Promise<readonly string[]> {
  return (await prometheus.targets()).map(({ scrapePool, scrapeUrl, health }) => `${scrapePool} ${scrapeUrl} ${health}`).toSorted();
}

const MEMBERS = [
  `envoy-stats http://${IP.plain}:15090/stats/prometheus up`,
  `istiod http://${IP.istiod}:15014/metrics up`,
  `kubernetes-pods http://${IP.gateway}:15020/stats/prometheus up`,
  `kubernetes-pods http://${IP.merged}:15020/stats/prometheus up`,
  `kubernetes-pods http://${IP.app}:9797/own/metrics up`,
].toSorted();

test('istiod, gateways and sidecars of members are scraped, each once; a member without rights yet holds up nobody', async () => {
  await eventually('all targets are up', async () => {
    const found = await urls();
    if (JSON.stringify(found) !== JSON.stringify(MEMBERS)) throw new Error(found.join('\n'));
    return true;
  });
});

test('a query sums what the proxies of the mesh count, not twice and nothing of a stranger', async () => {
  const sum = await eventually('the sum of all proxies', async () => {
    const value = await prometheus.number('sum(istio_requests_total)');
    return value === 111 ? value : undefined;
  });
  assert.equal(sum, 111);
  assert.equal(await prometheus.number('pilot_xds{app="istiod"}'), 7);
  assert.equal(await prometheus.number('app_things_total{namespace="member",pod="app"}'), 3);
  assert.equal(await prometheus.number('istio_requests_total{app="merged",version="v1",namespace="member"}'), 10);
});

test('nobody has asked a stranger, nor a port that another job asks already', () => {
  const asked = [...servers].filter(([, server]) => server.asked.length > 0).map(([name]) => name).toSorted();
  assert.deepEqual(asked, ['app:9797', 'gateway:15020', 'istiod:15014', 'merged:15020', 'plain:15090']);
});

test('who joins is scraped as soon as it has joined, and who leaves no longer', async () => {
  await apply(cluster, rightsIn(['newcomer']));
  await eventually('the newcomer counts', async () => (await prometheus.number('sum(istio_requests_total)')) === 10_111, 60);
  const next = renderedObject(input('newcomer'), 'ConfigMap', 'prometheus');
  await prometheus.configure(String(valueAt(next, 'data', 'prometheus.yml')));
  const left = [`istiod http://${IP.istiod}:15014/metrics up`, `kubernetes-pods http://${IP.gateway}:15020/stats/prometheus up`, `kubernetes-pods http://${IP.newcomer}:15020/stats/prometheus up`];
  await eventually('the member has left', async () => JSON.stringify(await urls()) === JSON.stringify(left.toSorted()));
});

test('its account reads pods of the mesh, and neither Secrets nor strangers', async () => {
  const may = async (verb: string, resource: string, namespace: string, ...more: readonly string[]): Promise<string> =>
    (await cluster.kubectl(['auth', 'can-i', verb, resource, ...more, '-n', namespace, `--as=system:serviceaccount:${MESH}:prometheus`])).stdout.trim();
  assert.deepEqual([await may('list', 'pods', MESH), await may('watch', 'pods', 'member')], ['yes', 'yes']);
  for (const [verb, resource, namespace] of [['list', 'pods', 'stranger'], ['get', 'secrets', MESH], ['get', 'configmaps', 'member'], ['create', 'pods', MESH]] as const) {
    assert.equal(await may(verb, resource, namespace), 'no', `${verb} ${resource} in ${namespace}`);
  }
  assert.equal(await may('get', 'pods', 'member', '--subresource=log'), 'no');
});
