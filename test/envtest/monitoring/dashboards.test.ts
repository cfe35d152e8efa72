import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { stringify } from 'yaml';
import { eventually } from '../../support/eventually.ts';
import { installWalk, joinWalk, root, startFixture, type OperatorFixture } from '../../support/operator-fixture.ts';
import { startParser, type PrometheusProcess } from '../addons/prometheus-process.ts';

/* A real Prometheus scrapes a real operator that installs a mesh, joins a project and repairs what a user changed; every panel has something to show. */

interface Model { readonly title: string; readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[] }

const FOLDER = join(root, 'deploy', 'monitoring', 'dashboards');
const models = (): readonly Model[] => readdirSync(FOLDER).map((file) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Model);

let fixture: OperatorFixture;
let prometheus: PrometheusProcess;
let dir = '';
before(async () => {
  fixture = await startFixture('openshift');
  dir = await mkdtemp(join(tmpdir(), 'tmesh-monitoring-'));
  const { host } = new URL(fixture.operator().metricsUrl);
  prometheus = await startParser(dir, stringify({
    global: { scrape_interval: '1s' }, scrape_configs: [{ job_name: 'operator', static_configs: [{ targets: [host], labels: { pod: 'operator-1' } }] }],
  }));
  // What a counter was before it was first read is never known.
  await eventually('the first scrape', async () => await prometheus.number('up') === 1);
  await installWalk(fixture);
});
after(async () => {
  await prometheus?.stop();
  await fixture?.stop();
  await rm(dir, { recursive: true, force: true });
});

const is = (query: string, value: number): Promise<true> => eventually(`${query} is ${value}`, async () => {
  assert.equal(await prometheus.number(query), value);
  return true as const;
});

test('a member that joins, and a pod without the sidecar it asked for, are counted', async () => {
  const bare = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'bare', namespace: 'microsvc-sample', annotations: { 'sidecar.istio.io/inject': 'true' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  await fixture.client.call('/api/v1/namespaces', { method: 'POST', body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'microsvc-sample' } } });
  await eventually('pod', () => fixture.client.call('/api/v1/namespaces/microsvc-sample/pods', { method: 'POST', body: bare }).then(() => true));
  await joinWalk({ ...fixture, kubectl: (...args) => (args[0] === 'create' && args[1] === 'namespace' ? Promise.resolve('') : fixture.kubectl(...args)) });
  await is('max(tmesh_mesh_members{mesh="istio-system",state="configured"})', 1);
  await is('max(tmesh_pods_not_injected{mesh="istio-system"})', 1);
  await is('max(tmesh_mesh_ready{mesh="istio-system"})', 1);
  await is('max(tmesh_mesh_member_join_seconds_count)', 1);
  await is('sum(tmesh_leader)', 1);
});

test('what a user changed is counted under the name of his tool', async () => {
  const [policy] = (await fixture.kubectl('get', 'networkpolicies', '-n', 'microsvc-sample', '-o', 'name')).trim().split('\n');
  assert.ok(policy !== undefined);
  await fixture.kubectl('patch', policy, '-n', 'microsvc-sample', '--type=merge', '--field-manager=a-tool', '-p', JSON.stringify({ spec: { ingress: [{}] } }));
  await is('sum(tmesh_drift_repairs_total{kind="NetworkPolicy",manager="a-tool"})', 1);
  await is('sum(tmesh_drift_fuse_open)', 0);
});

test('every query of both dashboards returns data', async () => {
  const queries = models().flatMap(({ title, panels }) => panels.flatMap((panel) => panel.targets.map(({ expr }) => ({ where: `${title}, ${panel.title}`, expr: expr.replaceAll('$__rate_interval', '2m') }))));
  assert.ok(queries.length > 30);
  await eventually('data everywhere', async () => {
    const answers = await Promise.all(queries.map(async ({ where, expr }) => ({ where, value: await prometheus.number(`count((${expr}) >= 0)`) })));
    // NaN is no number to show, and not >= 0.
    assert.deepEqual(answers.filter(({ value }) => value === undefined).map(({ where }) => where), []);
    return true;
  });
  assert.equal(await prometheus.number('tmesh_no_such_metric'), undefined, 'a query without data is seen');
});
