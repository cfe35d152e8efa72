import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createAuthority, createServing } from '../../src/pki/certificate.ts';
import { CLUSTER_ROLE_ISTIOD_SOFT, SCOPED_API_NAME } from '../../src/api/names.ts';
import type { KubeObject } from '../../src/k8s/object.ts';
import { localKubeconfig, startIstiod, type IstiodProcess } from '../cluster/istiod-process.ts';
import { startScopedApiProcess, type ScopedApiProcess } from '../cluster/scoped-api-process.ts';
import { kubectlOf } from '../demo/kubectl.ts';
import { cpuSeconds, createNamespaces, residentMegabytes, until, type Stage } from './stage.ts';

const OPERATOR = 'tenant-mesh-operator';

/** The scoped API as a process of its own, with the account and rights that the operator gave it. */
export interface Proxy extends ScopedApiProcess { readonly url: string; readonly ca: string }

/** Where istiods find an API server; `folder` keeps the files of one measurement apart. */
export interface Place { readonly server: string; readonly ca: string; readonly folder: string }

export async function directPlace({ cluster }: Stage, folder: string): Promise<Place> {
  return { server: cluster.server, ca: await readFile(cluster.caFile, 'utf8'), folder };
}

export const scopedPlace = ({ url, ca }: Proxy, folder: string): Place => ({ server: url, ca, folder });

async function accountFile({ cluster }: Stage): Promise<string> {
  const token = (await kubectlOf(cluster)('create', 'token', SCOPED_API_NAME, '-n', OPERATOR, '--duration=4h')).trim();
  const file = join(cluster.dir, 'kubeconfig-scoped-api');
  await writeFile(file, JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'c', clusters: [{ name: 'c', cluster: { server: cluster.server, 'certificate-authority': cluster.caFile } }],
    users: [{ name: 'c', user: { token } }], contexts: [{ name: 'c', context: { cluster: 'c', user: 'c' } }],
  }), { mode: 0o600 });
  return file;
}

export async function startProxy(stage: Stage): Promise<Proxy> {
  const lifetime = { now: new Date(), validityMs: 4 * 3_600_000 };
  const authority = await createAuthority('bench', lifetime);
  const serving = await createServing(authority, ['127.0.0.1'], lifetime);
  const running = await startScopedApiProcess({ kubeconfig: await accountFile(stage), serving, folder: join(stage.cluster.dir, 'scoped-api') });
  return { ...running, url: `https://127.0.0.1:${running.port}`, ca: authority.certPem };
}

/** Applies objects as the administrator. Throws kubectl's words. */
export async function apply({ cluster }: Stage, objects: readonly object[]): Promise<void> {
  const { code, stderr } = await cluster.kubectl(['apply', '--server-side', '-f', '-'], { input: objects.map((object) => JSON.stringify(object)).join('\n---\n') });
  if (code !== 0) throw new Error(stderr);
}

/** A control plane without gateways and add-ons, and its roll. Its istiod's account also gets what soft isolation would give it, for the direct way. */
export async function installMesh(stage: Stage, mesh: string, members: readonly string[]): Promise<void> {
  const { client, cluster } = stage;
  await createNamespaces(client, [mesh]);
  const off = { enabled: false };
  const spec = { gateways: off, tracing: { type: 'None' }, addons: { prometheus: off, grafana: off, kiali: off } };
  await apply(stage, [
    { apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace: mesh }, spec },
    { apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMemberRoll', metadata: { name: 'default', namespace: mesh }, spec: { members } },
  ]);
  const there = (path: string): Promise<boolean> => client.call(path).then(() => true, () => false);
  await until(`${mesh} is rendered`, 120, async () => await there(`/api/v1/namespaces/${mesh}/configmaps/istio-kubeconfig`) && there(`/apis/apps/v1/namespaces/${mesh}/deployments/istiod-basic`));
  await kubectlOf(cluster)('create', 'clusterrolebinding', `direct-${mesh}`, `--clusterrole=${CLUSTER_ROLE_ISTIOD_SOFT}`, `--serviceaccount=${mesh}:istiod-basic`);
}

/** Starts the istiod of a mesh at a place. */
export async function startAt({ client, cluster }: Stage, mesh: string, { server, ca, folder }: Place): Promise<IstiodProcess> {
  const dir = join(cluster.dir, folder);
  await mkdir(dir, { recursive: true });
  const tokenFile = join(dir, `token-${mesh}`);
  await writeFile(tokenFile, (await kubectlOf(cluster)('create', 'token', 'istiod-basic', '-n', mesh, '--duration=4h')).trim(), { mode: 0o600 });
  const { data } = await client.call<{ readonly data: { readonly config: string } }>(`/api/v1/namespaces/${mesh}/configmaps/istio-kubeconfig`);
  const kubeconfig = await localKubeconfig(data.config, { file: join(dir, `kubeconfig-${mesh}`), server, ca, tokenFile });
  return startIstiod({ deployment: await client.call<KubeObject>(`/apis/apps/v1/namespaces/${mesh}/deployments/istiod-basic`), kubeconfig, dir });
}

export async function allReady(istiods: readonly IstiodProcess[]): Promise<void> {
  await until('all istiods are ready', 600, async () => (await Promise.all(istiods.map((istiod) => istiod.isReady()))).every((isReady) => isReady));
}

/** Watches that the API server serves now (apiserver_longrunning_requests), those of this bench's own operator and controllers included. */
export async function openWatches({ cluster }: Stage): Promise<number> {
  const text = await kubectlOf(cluster)('get', '--raw', '/metrics');
  return [...text.matchAll(/^apiserver_longrunning_requests\{[^}]*verb="WATCH"[^}]*\} (\d+)/gm)].reduce((sum, [, value]) => sum + Number(value), 0);
}

/** CPU seconds and memory so far. */
export interface Usage { readonly server: number; readonly proxy: number; readonly serverMegabytes: number; readonly proxyMegabytes: number }

export async function usage({ cluster }: Stage, proxy: Proxy): Promise<Usage> {
  const [server, own] = [cluster.pids['kube-apiserver'], proxy.child.pid];
  return { server: await cpuSeconds(server), proxy: await cpuSeconds(own), serverMegabytes: await residentMegabytes(server), proxyMegabytes: await residentMegabytes(own) };
}

/** Memory of a process at its highest so far, in MB (proc_pid_status(5), VmHWM). */
export async function peakMegabytes(pid: number | undefined): Promise<number> {
  return Number(/VmHWM:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}
