import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { FolderReader } from '../../../src/cli/folder-reader.ts';
import { installedFacts, operatorNamespaceOf } from '../../../src/cli/installed-operator.ts';
import { migratePlan } from '../../../src/cli/migrate/command.ts';
import { readPlayed } from '../../../src/cli/played-cluster.ts';
import { textAt } from '../../../src/lib/json.ts';

/* What commands that play the operator take from the one that is installed, here out of a folder with a cluster of OpenShift Service Mesh 2.6. */

const INPUT = join(import.meta.dirname, '..', '..', 'golden', 'migrate', 'ossm-2.6', 'input');
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tmesh-installed-'));
  await cp(INPUT, folder, { recursive: true });
});
after(() => rm(folder, { recursive: true, force: true }));

/** The operator's Deployment with settings, and another one beside it. */
async function install(container: object, namespace = 'tenant-mesh-operator'): Promise<void> {
  const deployment = (name: string, settings: object): object => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace }, spec: { template: { spec: { containers: [settings] } } } });
  const items = [deployment('another', { env: [{ name: 'ISOLATION', value: 'hard' }] }), deployment('tenant-mesh-operator', container)];
  await writeFile(join(folder, 'operator.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
}

const isolationIn = async (flags: Parameters<typeof installedFacts>[1] = {}): Promise<string> => (await installedFacts(new FolderReader(folder), flags, {})).isolation;

test('isolation and images are those of the Deployment: its arguments before its environment, and a flag before both', async () => {
  await install({ env: [{ name: 'ISOLATION', value: 'soft' }, { name: 'RELATED_IMAGE_PILOT_1_31_1', value: 'mirror/pilot:1' }] });
  assert.equal(await isolationIn(), 'soft');
  assert.ok(Object.values((await installedFacts(new FolderReader(folder), {}, {})).images).includes('mirror/pilot:1'));
  await install({ args: ['run', '--isolation=soft'], env: [{ name: 'ISOLATION', value: 'hard' }] });
  assert.equal(await isolationIn(), 'soft');
  assert.equal(await isolationIn({ isolation: 'hard' }), 'hard');
});

test('without a Deployment, and for one in another namespace, it is hard', async () => {
  await install({ env: [{ name: 'ISOLATION', value: 'soft' }] }, 'operators');
  assert.equal(await isolationIn(), 'hard');
  assert.equal(await isolationIn({ operatorNamespace: 'operators' }), 'soft');
  assert.deepEqual([operatorNamespaceOf({}, {}), operatorNamespaceOf({}, { POD_NAMESPACE: 'here' }), operatorNamespaceOf({ operatorNamespace: 'there' }, { POD_NAMESPACE: 'here' })], ['tenant-mesh-operator', 'here', 'there']);
});

test('an isolation that is none is named, with the way out', async () => {
  await install({ args: ['run', '--isolation', 'sotf'] });
  await assert.rejects(isolationIn(), { name: 'UsageError', message: /--isolation of the operator's Deployment: sotf: unknown isolation; hard .* or soft/ });
});

test('plan and export play that very operator: a soft one leads no istiod to the scoped API, and binds it to the whole cluster', async () => {
  await install({ env: [{ name: 'ISOLATION', value: 'soft' }] });
  const made = async (flags: Parameters<typeof installedFacts>[1]): Promise<readonly string[]> => {
    const reader = new FolderReader(folder);
    return (await readPlayed(reader, await installedFacts(reader, flags, {}))).wanted.map((object) => `${object.kind} ${object.metadata.name} ${textAt(object, 'roleRef', 'name')}`.trim());
  };
  const [soft, hard] = [await made({}), await made({ isolation: 'hard' })];
  const scoped = 'ConfigMap istio-kubeconfig';
  assert.deepEqual([soft.includes(scoped), hard.includes(scoped)], [false, true]);
  assert.deepEqual([soft, hard].map((all) => all.some((one) => one.startsWith('ClusterRoleBinding ') && one.endsWith(' tmesh-istiod-soft'))), [true, false]);
});

test('in a plan what leads istiods to the scoped API stays with a hard operator, and is of no use to a soft one', async () => {
  await install({ env: [{ name: 'ISOLATION', value: 'soft' }] });
  const labels = { 'maistra.io/owner': 'istio-system', 'maistra.io/owner-name': 'basic', 'app.kubernetes.io/managed-by': 'tenant-mesh-operator' };
  await writeFile(join(folder, 'kubeconfig.json'), JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'istio-kubeconfig', namespace: 'istio-system', labels }, data: {} }));
  const fate = async (flags: Parameters<typeof installedFacts>[1]): Promise<string | undefined> =>
    (await migratePlan({ from: folder, output: 'text', ...flags }, {})).meshes[0]?.rows.find(({ what }) => what === 'ConfigMap istio-system/istio-kubeconfig')?.fate;
  assert.deepEqual([await fate({}), await fate({ isolation: 'hard' })], ['dropped', 'changed']);
});
