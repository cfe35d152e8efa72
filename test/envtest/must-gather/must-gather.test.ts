import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, test } from 'node:test';
import { installWalk, joinWalk, root, startFixture, type OperatorFixture } from '../../support/operator-fixture.ts';
import { isolatePods, serveLogs, type StandInKubelet } from './stand-in-kubelet.ts';

/* A report from a real API server with secrets planted in every corner of it: none of them may be in the folder. */

const PASSWORD = 'planted-password-4711';
const MOTTO = 'correct horse battery staple';
const IN_ENVIRONMENT = 'planted-environment-4712';
const IN_CONFIG = 'planted-config-4713';
const IN_LOG = 'planted-log-4714';

let fixture: OperatorFixture;
let kubelet: StandInKubelet;
let folder = '';
before(async () => {
  fixture = await startFixture('openshift');
  folder = await mkdtemp(join(tmpdir(), 'tmesh-gather-'));
  await installWalk(fixture);
  await joinWalk(fixture);
  await plant();
  kubelet = await serveLogs(fixture.client, `started\n2026-01-01 login token=${IN_LOG}\nmy motto: ${MOTTO}\n`);
  await isolatePods(fixture.client);
});
after(async () => {
  await kubelet.stop();
  await fixture.stop();
  await rm(folder, { recursive: true });
});

/** Secrets, and their values where they do not belong. `kubectl apply` writes each once more into an annotation. */
async function plant(): Promise<void> {
  const objects = [
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'planted', namespace: 'istio-system' }, stringData: { password: PASSWORD } },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'planted', namespace: 'microsvc-sample' }, stringData: { motto: MOTTO } },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'planted', namespace: 'istio-system', annotations: { note: MOTTO } }, data: { 'app.yaml': `db:\n  password: ${IN_CONFIG}\n  host: db.example\nmotto: ${MOTTO}\n` } },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'of-the-project', namespace: 'microsvc-sample' }, data: { anything: 'business of the project' } },
    {
      apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'planted', namespace: 'microsvc-sample' },
      spec: {
        selector: { matchLabels: { app: 'planted' } },
        template: {
          metadata: { labels: { app: 'planted' } },
          spec: { containers: ['app', 'istio-proxy'].map((name) => ({ name, image: 'example/app', env: [{ name: 'DB_PASSWORD', value: IN_ENVIRONMENT }, { name: 'MOTTO', value: MOTTO }, { name: 'MODE', value: 'visible-mode' }] })) },
        },
      },
    },
  ];
  const file = join(folder, 'planted.json');
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  await fixture.kubectl('apply', '-f', file);
  await fixture.kubectl('wait', '-n', 'microsvc-sample', '--for=condition=Available', 'deployment/planted', '--timeout=30s');
}

interface Ended { readonly code: number; readonly stdout: string; readonly stderr: string }

function gather(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(root, 'src', 'main.ts'), 'must-gather', ...args], (error, stdout, stderr) => { resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }); });
  });
}

async function filesOf(dir: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(await Promise.all(files.map(async (file): Promise<[string, string]> => [relative(dir, file), await readFile(file, 'utf8')])));
}

/** Every value of every Secret of the cluster that is not public by nature, as it is and in base64. */
async function secretValues(): Promise<readonly string[]> {
  const { items } = await fixture.client.call<{ items: readonly { data?: Readonly<Record<string, string>> }[] }>('/api/v1/secrets');
  return items.flatMap(({ data }) => Object.entries(data ?? {}).filter(([key]) => !key.endsWith('.crt'))).flatMap(([, value]) => [value, Buffer.from(value, 'base64').toString('utf8')]);
}

test('a report holds what there is of the mesh and no value of any Secret', async () => {
  const dir = join(folder, 'all');
  const { code, stdout, stderr } = await gather('--kubeconfig', fixture.cluster.kubeconfig, '-o', dir);
  assert.deepEqual([code, stdout], [0, `${dir}\n`], stderr);
  assert.match(stderr, /^\d+ files about 1 mesh with 1 member\n$/);
  assert.equal((await stat(dir)).mode & 0o777, 0o700);

  const files = await filesOf(dir);
  for (const path of [
    'summary.md', 'namespaces/istio-system/servicemeshcontrolplanes.maistra.io/basic-install.yaml', 'namespaces/istio-system/servicemeshmemberrolls.maistra.io/default.yaml',
    'namespaces/istio-system/configmaps/istio-basic-install.yaml', 'namespaces/istio-system/deployments.apps/istiod-basic-install.yaml', 'namespaces/istio-system/routes.route.openshift.io/kiali.yaml',
    'namespaces/istio-system/networkpolicies.networking.k8s.io/istio-mesh-basic-install.yaml', 'namespaces/microsvc-sample/networkpolicies.networking.k8s.io/istio-mesh-basic-install.yaml',
    'namespaces/istio-system/telemetries.telemetry.istio.io/mesh-default.yaml', 'namespaces/istio-system/events.txt', 'cluster/namespaces/microsvc-sample.yaml', 'cluster/namespaces/default.yaml',
    'cluster/validatingwebhookconfigurations.admissionregistration.k8s.io/tenant-mesh-operator.yaml', 'cluster/customresourcedefinitions.apiextensions.k8s.io/gateways.networking.istio.io.yaml',
  ]) assert.ok(files.has(path), path);

  const text = [...files.values()].join('\n');
  const planted = [PASSWORD, MOTTO, IN_ENVIRONMENT, IN_CONFIG, IN_LOG].flatMap((value) => [value, Buffer.from(value).toString('base64')]);
  for (const value of [...planted, ...await secretValues()]) assert.ok(!text.includes(value), `${value.slice(0, 12)}… of ${value.length} characters is in ${[...files].find(([, content]) => content.includes(value))?.[0]}`);
  assert.match(text, /visible-mode/);
  assert.match(files.get('namespaces/istio-system/configmaps/planted.yaml') ?? '', /password: <redacted>\n.*host: db\.example/);
  assert.match(files.get('namespaces/microsvc-sample/secrets/planted.yaml') ?? '', /keys:\n {2}- motto\n$/);
  assert.ok(!text.includes('last-applied-configuration'));
});

test('logs are those of the mesh and of proxies, without what looks like a secret', async () => {
  const files = await filesOf(join(folder, 'all'));
  const logs = [...files].filter(([path]) => path.endsWith('.log'));
  const pods = (pattern: RegExp): number => logs.filter(([path]) => pattern.test(path)).length;
  assert.ok(pods(/^namespaces\/istio-system\/logs\/istiod-basic-install-[^/]+\/discovery\.log$/) === 1 && pods(/^namespaces\/istio-system\/logs\/istio-ingressgateway-/) === 1, logs.map(([path]) => path).join('\n'));
  assert.deepEqual([pods(/microsvc-sample\/logs\/planted-[^/]+\/istio-proxy\.log$/), pods(/microsvc-sample\/logs\/planted-[^/]+\/app\.log$/)], [1, 0]);
  assert.ok(!kubelet.asked.some((path) => path.endsWith('/app')), 'the log of the application was not even asked for');
  for (const [, text] of logs) assert.equal(text, 'started\n2026-01-01 login token=<redacted>\nmy motto: <redacted>\n');
});

test('a project of its own: ConfigMaps of members stay where they are, and the summary says how the mesh is', async () => {
  const files = await filesOf(join(folder, 'all'));
  assert.ok(!files.has('namespaces/microsvc-sample/configmaps/of-the-project.yaml'));
  assert.ok(![...files.values()].some((text) => text.includes('business of the project')));
  const summary = files.get('summary.md') ?? '';
  assert.match(summary, /## Mesh istio-system\n\n\*\*ServiceMeshControlPlane basic-install \(1\.31[^)]*\)\*\*\n\n(- .*\n)*- Ready=True {2}ComponentsReady/);
  assert.match(summary, /Members: microsvc-sample\n/);
  assert.match(summary, /## What could not be read\n\nEverything was\.\n/);
});

test('one mesh by its namespace; a namespace that is not there, a folder in use and a stranger are told in one sentence', async () => {
  const { kubeconfig } = fixture.cluster;
  const one = await gather('--kubeconfig', kubeconfig, '-n', 'default', '-o', join(folder, 'one'));
  assert.equal(one.code, 0, one.stderr);
  const files = await filesOf(join(folder, 'one'));
  assert.match(files.get('summary.md') ?? '', /## Mesh default\n\nNo ServiceMeshControlPlane in this namespace\./);
  assert.ok(![...files.keys()].some((path) => path.startsWith('namespaces/istio-system/')));

  const missing = await gather('--kubeconfig', kubeconfig, '-n', 'nowhere', '-o', join(folder, 'missing'));
  assert.deepEqual([missing.code, missing.stderr], [2, 'tmesh: namespace nowhere does not exist; give the control-plane namespace of a mesh with -n\n']);
  const used = await gather('--kubeconfig', kubeconfig, '-o', join(folder, 'all'));
  assert.deepEqual([used.code, used.stderr], [2, `tmesh: ${join(folder, 'all')} is not empty; give a new folder with -o\n`]);
  const stranger = await gather('--kubeconfig', fixture.cluster.kubeconfigFor('alice'), '-o', join(folder, 'alice'));
  assert.equal(stranger.code, 2);
  assert.match(stranger.stderr.trimEnd().split('\n').at(-1) ?? '', /^tmesh: nothing could be read: .*forbidden/);
});

test('who may read one namespace only gets that one, and a list of what is missing', async () => {
  await fixture.kubectl('create', 'rolebinding', 'alice', '-n', 'istio-system', '--clusterrole=view', '--user=alice');
  await fixture.kubectl('create', 'clusterrole', 'meshes', '--verb=get,list', '--resource=servicemeshcontrolplanes.maistra.io,servicemeshmemberrolls.maistra.io');
  await fixture.kubectl('create', 'rolebinding', 'alice-meshes', '-n', 'istio-system', '--clusterrole=meshes', '--user=alice');
  const { code, stderr } = await gather('--kubeconfig', fixture.cluster.kubeconfigFor('alice'), '-n', 'istio-system', '-o', join(folder, 'tenant'));
  assert.equal(code, 0, stderr);
  assert.match(stderr, /things could not be read, see summary\.md\n$/);
  const files = await filesOf(join(folder, 'tenant'));
  assert.ok(files.has('namespaces/istio-system/deployments.apps/istiod-basic-install.yaml'));
  assert.match(files.get('summary.md') ?? '', /## What could not be read\n\n(- .*\n)*- .*secrets is forbidden/);
});
