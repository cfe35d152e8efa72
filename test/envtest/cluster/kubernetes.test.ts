import assert from 'node:assert/strict';
import { access, readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { connect, type ApiClient } from '../../../tools/cluster/api-client.ts';
import { BRICKS, ensureBricks } from '../../../tools/cluster/bricks.ts';
import { startCluster, type Cluster } from '../../../tools/cluster/cluster.ts';
import { HOLD_ANNOTATION, NODE_NAME } from '../../../tools/cluster/node-stand-in.ts';
import { conditionOf, type Pod } from '../../../tools/cluster/pod.ts';
import { identityOf } from '../../../tools/cluster/process-identity.ts';
import { eventually } from '../../support/eventually.ts';

const NAMESPACE = 'cluster-test';

function deployment(name: string, replicas: number, volumes: readonly object[] = []): object {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name },
    spec: {
      replicas, selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'registry.invalid/app' }], volumes } },
    },
  };
}

describe('a local cluster of the Kubernetes flavour', () => {
  let cluster: Cluster;
  let admin: ApiClient;

  before(async () => {
    cluster = await startCluster();
    admin = connect(cluster.server, await readFile(cluster.caFile, 'utf8'), cluster.token('admin'));
    await admin.call('/api/v1/namespaces', { method: 'POST', body: { metadata: { name: NAMESPACE } } });
  });
  after(async () => {
    admin.close();
    await cluster.stop();
  });

  const deployments = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`;
  const create = (manifest: object): Promise<unknown> => admin.call(deployments, { method: 'POST', body: manifest });
  const pods = async (app: string): Promise<readonly Pod[]> =>
    (await admin.call<{ items: readonly Pod[] }>(`/api/v1/namespaces/${NAMESPACE}/pods?labelSelector=app%3D${app}`)).items;
  const annotateNode = (value: string | null): Promise<unknown> => admin.call(`/api/v1/nodes/${NODE_NAME}`, {
    method: 'PATCH', contentType: 'application/merge-patch+json', body: { metadata: { annotations: { [HOLD_ANNOTATION]: value } } },
  });

  it('takes its binaries from a cache: a second look builds nothing', async () => {
    const lines: string[] = [];
    const files = await ensureBricks(BRICKS, (line) => { lines.push(line); });
    assert.deepEqual(lines, []);
    for (const file of Object.values(files)) await access(file);
  });

  it('says which version it is', async () => {
    assert.match((await admin.call<{ gitVersion: string }>('/version')).gitVersion, /^v1\.\d+\.\d+/);
  });

  it('brings the pods of a Deployment to Ready, each with an address of its own', async () => {
    await create(deployment('web', 3));
    await eventually('3 pods are Ready', async () => (await pods('web')).filter((pod) => conditionOf(pod, 'Ready') === 'True').length === 3);
    assert.equal(new Set((await pods('web')).map((pod) => pod.status?.podIP)).size, 3);
    await eventually('the Deployment is Available', async () =>
      (await admin.call<{ status: { availableReplicas?: number } }>(`${deployments}/web`)).status.availableReplicas === 3);
  });

  it('lets deleted pods go, and their Deployment replaces them', async () => {
    const [first] = await pods('web');
    assert.ok(first !== undefined);
    await admin.call(`/api/v1/namespaces/${NAMESPACE}/pods/${first.metadata.name}`, { method: 'DELETE' });
    await eventually('another pod is Ready in its place', async () => {
      const ready = (await pods('web')).filter((pod) => conditionOf(pod, 'Ready') === 'True');
      return ready.length === 3 && ready.every((pod) => pod.metadata.uid !== first.metadata.uid);
    });
  });

  it('starts a pod only when the ConfigMap it mounts is there', async () => {
    await create(deployment('mounts', 1, [{ name: 'v', configMap: { name: 'late' } }]));
    await eventually('the pod says what it waits for', async () => JSON.stringify(await pods('mounts')).includes('configmaps \\"late\\" not found'));
    await admin.call(`/api/v1/namespaces/${NAMESPACE}/configmaps`, { method: 'POST', body: { metadata: { name: 'late' } } });
    await eventually('the pod is Ready', async () => (await pods('mounts')).some((pod) => conditionOf(pod, 'Ready') === 'True'));
  });

  it('holds the pods that an annotation of the node names, and lets them go again', async () => {
    await annotateNode('app=held');
    await create(deployment('held', 1));
    await eventually('the pod runs', async () => (await pods('held'))[0]?.status?.phase === 'Running');
    assert.equal(conditionOf((await pods('held'))[0] as Pod, 'Ready'), 'False');
    await annotateNode(null);
    await eventually('the pod is Ready', async () => conditionOf((await pods('held'))[0] as Pod, 'Ready') === 'True');
  });

  it('knows alice and bob, and gives them no rights', async () => {
    for (const user of ['alice', 'bob'] as const) {
      const listed = await cluster.kubectl(['get', 'pods', '-n', NAMESPACE], { user });
      assert.equal(listed.code, 1);
      assert.match(listed.stderr, new RegExp(`pods is forbidden: User "${user}" cannot list resource "pods"`));
    }
    assert.match((await cluster.kubectl(['auth', 'whoami'], { user: 'alice' })).stdout, /tenant-a/);
  });

  it('gives them rights when the administrator does', async () => {
    const bound = await cluster.kubectl(['create', 'rolebinding', 'alice', '--clusterrole=view', '--group=tenant-a', '-n', NAMESPACE]);
    assert.equal(bound.code, 0, bound.stderr);
    await eventually('alice may list', async () => (await cluster.kubectl(['get', 'pods', '-n', NAMESPACE], { user: 'alice' })).code === 0);
    assert.equal((await cluster.kubectl(['get', 'pods', '-n', NAMESPACE], { user: 'bob' })).code, 1);
  });

  it('refuses a wrong token', async () => {
    const stranger = connect(cluster.server, await readFile(cluster.caFile, 'utf8'), 'wrong');
    await assert.rejects(stranger.call('/api/v1/pods'), { status: 401 });
    stranger.close();
  });

  it('hands kubectl what comes on standard input', async () => {
    const applied = await cluster.kubectl(['apply', '-n', NAMESPACE, '-f', '-'], { input: 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: from-stdin\n' });
    assert.equal(applied.stdout, 'configmap/from-stdin created\n');
  });

  it('keeps what it stored when its API server restarts, and its node lives on', async () => {
    const before = cluster.pids;
    await cluster.restartApiServer();
    assert.notEqual(cluster.pids['kube-apiserver'], before['kube-apiserver']);
    assert.equal(cluster.pids['etcd'], before['etcd']);
    assert.equal(identityOf(before['kube-apiserver'] ?? 0), undefined);
    assert.equal((await pods('web')).length, 3);
    await create(deployment('after-restart', 1));
    await eventually('a new pod is Ready', async () => (await pods('after-restart')).some((pod) => conditionOf(pod, 'Ready') === 'True'));
  });

  it('forgets old revisions when etcd is compacted', async () => {
    const range = (revision: string): Promise<Response> => fetch(`${cluster.etcdEndpoint}/v3/kv/range`, {
      method: 'POST', body: JSON.stringify({ key: Buffer.from('\0').toString('base64'), revision }),
    });
    assert.equal((await range('2')).status, 200);
    await cluster.compactEtcd();
    const refused = await range('2');
    assert.notEqual(refused.status, 200);
    assert.match(await refused.text(), /compacted/);
  });

  it('really ends a namespace, with all that is in it', async () => {
    await admin.call(`/api/v1/namespaces/${NAMESPACE}`, { method: 'DELETE' });
    await eventually('the namespace is gone', () => admin.call(`/api/v1/namespaces/${NAMESPACE}`).then(() => false, () => true), 60);
    assert.deepEqual(await pods('web'), []);
  });
});
