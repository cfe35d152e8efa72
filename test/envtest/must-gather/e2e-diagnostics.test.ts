import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, test } from 'node:test';
import { startCluster, type Cluster } from '../../../tools/cluster/cluster.ts';
import { accessTo, type Access } from '../../../tools/e2e/cluster-access.ts';
import { conclude } from '../../../tools/e2e/conclude.ts';
import { namespaceObject } from '../../../tools/e2e/istio-objects.ts';
import { Checks } from '../../../tools/e2e/screen.ts';
import { workload } from '../../../tools/e2e/workloads.ts';
import { eventually } from '../../support/eventually.ts';
import { root } from '../../support/operator-fixture.ts';
import { isolatePods, serveLogs, type StandInKubelet } from './stand-in-kubelet.ts';

/* The end of an e2e run in which a check was made to fail, on a real API server: what it leaves, and what it does not. */

const PLANTED = 'planted-password-4721';
const MESH = 'istio-system';

let cluster: Cluster;
let access: Access;
let kubelet: StandInKubelet;
let folder = '';
before(async () => {
  cluster = await startCluster({ flavour: 'openshift' });
  folder = await mkdtemp(join(tmpdir(), 'tmesh-e2e-diagnostics-'));
  access = await accessTo(cluster.dir);
  await access.kubectl('apply', '--server-side', '-f', join(root, 'crds'));
  await access.kubectl('wait', 'customresourcedefinitions', '--all', '--for=condition=Established', '--timeout=30s');
  await access.feed([
    namespaceObject(MESH), { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'planted', namespace: MESH }, stringData: { password: PLANTED } },
    { apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace: MESH }, spec: {} }, workload({ name: 'shop', namespace: 'default' }),
  ], 'apply');
  await eventually('the pod runs', async () => (await access.kubectl('get', 'pods', '-o', 'jsonpath={.items[*].status.phase}')) === 'Running');
  kubelet = await serveLogs(access.client, 'the last words of a pod\n');
  await isolatePods(access.client);
});
after(async () => {
  await kubelet?.stop();
  await cluster?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function filesOf(dir: string): Promise<ReadonlyMap<string, string>> {
  const entries = (await readdir(dir, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(await Promise.all(entries.map(async (file): Promise<[string, string]> => [relative(dir, file), await readFile(file, 'utf8')])));
}

async function run(isGood: boolean, diagnostics: string): ReturnType<typeof conclude> {
  const checks = new Checks();
  await checks.holds('forced', () => Promise.resolve({ isGood, seen: 'forced' }), { limitMs: 0, times: 1 });
  return conclude({ ...access, checks, figures: { 'a figure': '1 s' } }, { dir: cluster.dir, diagnostics });
}

test('a failed check leaves what must-gather takes, all pods, events, logs and the logs of the node, and no value of a Secret', async () => {
  const diagnostics = join(folder, 'failed');
  await mkdir(diagnostics);
  await writeFile(join(diagnostics, 'of-the-run-before'), '');
  assert.deepEqual(await run(false, diagnostics), { passed: 0, failures: ['forced'] });
  const files = await filesOf(diagnostics);
  for (const path of ['must-gather.json', 'mesh/summary.md', `mesh/namespaces/${MESH}/servicemeshcontrolplanes.maistra.io/basic.yaml`, 'pods.txt', 'pods.yaml', 'events.txt', 'node/kube-apiserver.log', 'node/kube-controller-manager.log']) {
    assert.ok((files.get(path) ?? '').length > 0, `${path} of ${[...files.keys()].join()}`);
  }
  assert.match([...files].find(([path]) => path.startsWith('pods/default.shop-'))?.[1] ?? '', /the last words of a pod/);
  assert.match(files.get('events.txt') ?? '', /Scheduled|ScalingReplicaSet/);
  assert.ok(!files.has('of-the-run-before'));
  for (const [path, text] of files) for (const value of [PLANTED, Buffer.from(PLANTED).toString('base64')]) assert.ok(!text.includes(value), path);
});

test('a run without a failure leaves nothing', async () => {
  const diagnostics = join(folder, 'passed');
  assert.deepEqual(await run(true, diagnostics), { passed: 1, failures: [] });
  await assert.rejects(stat(diagnostics), /ENOENT/);
});
