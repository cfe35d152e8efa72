import type { ChildProcess } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createAuthority, createServing } from '../../src/pki/certificate.ts';
import { CLUSTER_ROLE_ISTIOD_SOFT, SCOPED_API_NAME } from '../../src/api/names.ts';
import type { KubeObject } from '../../src/k8s/object.ts';
import { localKubeconfig, startIstiod, type IstiodProcess } from '../cluster/istiod-process.ts';
import { startScopedApiProcess } from '../cluster/scoped-api-process.ts';
import { kubectlOf } from '../demo/kubectl.ts';
import { cpuSeconds, createNamespaces, median, option, residentMegabytes, say, settled, until, type Part, type Stage } from './stage.ts';

/*
 * What it costs that istiods read through the scoped API: the same meshes, once behind it and once at the API server with the rights of soft isolation.
 * `--istiods 1,5`: numbers of meshes.
 */

const OPERATOR = 'tenant-mesh-operator';
const SERVICES_EACH = 20;
const CHANGES = 20;

const meshes = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `iso-${at}`);

/** The scoped API as a process of its own, with the account and rights that the operator gave it. */
interface Proxy { readonly child: ChildProcess; readonly url: string; readonly ca: string }

interface Place { readonly server: string; readonly ca: string; readonly folder: string }

async function accountFile({ cluster }: Stage): Promise<string> {
  const token = (await kubectlOf(cluster)('create', 'token', SCOPED_API_NAME, '-n', OPERATOR, '--duration=4h')).trim();
  const file = join(cluster.dir, 'kubeconfig-scoped-api');
  await writeFile(file, JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'c', clusters: [{ name: 'c', cluster: { server: cluster.server, 'certificate-authority': cluster.caFile } }],
    users: [{ name: 'c', user: { token } }], contexts: [{ name: 'c', context: { cluster: 'c', user: 'c' } }],
  }), { mode: 0o600 });
  return file;
}

async function startProxy(stage: Stage): Promise<Proxy> {
  const lifetime = { now: new Date(), validityMs: 4 * 3_600_000 };
  const authority = await createAuthority('bench', lifetime);
  const serving = await createServing(authority, ['127.0.0.1'], lifetime);
  const running = await startScopedApiProcess({ kubeconfig: await accountFile(stage), serving, folder: join(stage.cluster.dir, 'scoped-api') });
  return { child: running.child, url: `https://127.0.0.1:${running.port}`, ca: authority.certPem };
}

async function install({ client, cluster }: Stage, mesh: string): Promise<void> {
  await createNamespaces(client, [mesh, `${mesh}-member`]);
  const off = { enabled: false };
  const spec = { gateways: off, tracing: { type: 'None' }, addons: { prometheus: off, grafana: off, kiali: off } };
  const objects = [
    { apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace: mesh }, spec },
    { apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMemberRoll', metadata: { name: 'default', namespace: mesh }, spec: { members: [`${mesh}-member`] } },
    ...Array.from({ length: SERVICES_EACH }, (_, at) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: `svc-${at}`, namespace: `${mesh}-member` }, spec: { ports: [{ name: 'http', port: 80 }] } })),
  ];
  const { code, stderr } = await cluster.kubectl(['apply', '--server-side', '-f', '-'], { input: objects.map((object) => JSON.stringify(object)).join('\n---\n') });
  if (code !== 0) throw new Error(stderr);
  const kubeconfig = `/api/v1/namespaces/${mesh}/configmaps/istio-kubeconfig`;
  await until(`${mesh} is rendered`, 60, () => client.call(kubeconfig).then(() => client.call(`/apis/apps/v1/namespaces/${mesh}/deployments/istiod-basic`)).then(() => true, () => false));
}

async function start({ client, cluster }: Stage, mesh: string, { server, ca, folder }: Place): Promise<IstiodProcess> {
  const dir = join(cluster.dir, folder);
  await mkdir(dir, { recursive: true });
  const tokenFile = join(dir, `token-${mesh}`);
  await writeFile(tokenFile, (await kubectlOf(cluster)('create', 'token', 'istiod-basic', '-n', mesh, '--duration=4h')).trim(), { mode: 0o600 });
  const { data } = await client.call<{ readonly data: { readonly config: string } }>(`/api/v1/namespaces/${mesh}/configmaps/istio-kubeconfig`);
  const kubeconfig = await localKubeconfig(data.config, { file: join(dir, `kubeconfig-${mesh}`), server, ca, tokenFile });
  return startIstiod({ deployment: await client.call<KubeObject>(`/apis/apps/v1/namespaces/${mesh}/deployments/istiod-basic`), kubeconfig, dir });
}

/** Watches that the API server serves now (apiserver_longrunning_requests), those of this bench's own operator and controllers included. */
async function watches({ cluster }: Stage): Promise<number> {
  const text = await kubectlOf(cluster)('get', '--raw', '/metrics');
  return [...text.matchAll(/^apiserver_longrunning_requests\{[^}]*verb="WATCH"[^}]*\} (\d+)/gm)].reduce((sum, [, value]) => sum + Number(value), 0);
}

/** From the write of a Service to when its istiod has it, in ms: what a change has to go through before it can be pushed. */
async function delays({ client }: Stage, mesh: string, istiod: IstiodProcess, folder: string): Promise<readonly number[]> {
  const taken: number[] = [];
  for (let at = 0; at < CHANGES; at += 1) {
    const name = `new-${folder}-${at}`;
    const since = performance.now();
    await client.call(`/api/v1/namespaces/${mesh}-member/services`, { method: 'POST', body: { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { ports: [{ name: 'http', port: 80 }] } } });
    await until(`istiod has ${name}`, 20, async () => JSON.stringify(await istiod.debug('registryz')).includes(`${name}.`));
    taken.push(performance.now() - since);
  }
  return taken;
}

interface Figures { readonly ready: number; readonly server: number; readonly proxy: number; readonly watches: number; readonly delay: number }

/** Starts an istiod per mesh at one address, all at once, and looks. */
async function measured(stage: Stage, names: readonly string[], place: Place, proxy: Proxy | undefined): Promise<Figures> {
  const pids = [stage.cluster.pids['kube-apiserver'], proxy?.child.pid];
  const cpu = (): Promise<readonly number[]> => Promise.all(pids.map(async (pid) => (pid === undefined ? 0 : cpuSeconds(pid))));
  const [before, cpuBefore, since] = [await watches(stage), await cpu(), performance.now()];
  const istiods = await Promise.all(names.map((name) => start(stage, name, place)));
  try {
    await until('all istiods are ready', 300, async () => (await Promise.all(istiods.map((istiod) => istiod.isReady()))).every((isReady) => isReady));
    const ready = (performance.now() - since) / 1000;
    const [server = 0, own = 0] = (await cpu()).map((seconds, at) => seconds - (cpuBefore[at] ?? 0));
    const open = await watches(stage) - before;
    const [first] = istiods;
    const delay = first === undefined ? 0 : median(await delays(stage, names[0] ?? '', first, place.folder));
    return { ready, server, proxy: own, watches: open, delay };
  } finally {
    await Promise.all(istiods.map((istiod) => istiod.stop()));
  }
}

function line(what: string, { ready, server, proxy, watches: open, delay }: Figures): string {
  return `    ${what.padEnd(10)} ready after ${ready.toFixed(1)} s; CPU of the API server ${server.toFixed(1)} s, of the scoped API ${proxy.toFixed(1)} s; ${open} watches more; a Service is known after ${delay.toFixed(0)} ms (median of ${CHANGES})`;
}

async function compare(stage: Stage, count: number, proxy: Proxy): Promise<void> {
  const names = meshes(count);
  const { cluster } = stage;
  const direct = await measured(stage, names, { server: cluster.server, ca: await readFile(cluster.caFile, 'utf8'), folder: `direct-${count}` }, undefined);
  const scoped = await measured(stage, names, { server: proxy.url, ca: proxy.ca, folder: `scoped-${count}` }, proxy);
  say(`${count} istiods:`);
  say(line('direct', direct));
  say(line('scoped', scoped));
  say(`    ratios: ready ${(scoped.ready / direct.ready).toFixed(2)}, delay ${(scoped.delay / direct.delay).toFixed(2)}, CPU of the API server ${(scoped.server / direct.server).toFixed(2)}; RSS of the scoped API ${(await residentMegabytes(proxy.child.pid)).toFixed(0)} MB`);
}

/** istiods behind the scoped API beside the same at the API server. */
export const ISOLATION: Part = {
  name: 'isolation',
  run: async (stage) => {
    const counts = option('istiods', '1,5').split(',').map(Number);
    const names = meshes(Math.max(...counts));
    for (const mesh of names) await install(stage, mesh);
    for (const mesh of names) await kubectlOf(stage.cluster)('create', 'clusterrolebinding', `direct-${mesh}`, `--clusterrole=${CLUSTER_ROLE_ISTIOD_SOFT}`, `--serviceaccount=${mesh}:istiod-basic`);
    await settled(stage.client);
    const proxy = await startProxy(stage);
    try {
      // The first start of a program reads it from the disk, and nobody's figure should have that in it.
      await measured(stage, names.slice(0, 1), { server: stage.cluster.server, ca: await readFile(stage.cluster.caFile, 'utf8'), folder: 'first' }, undefined);
      for (const count of counts) await compare(stage, count, proxy);
    } finally {
      proxy.child.kill('SIGTERM');
    }
  },
};
