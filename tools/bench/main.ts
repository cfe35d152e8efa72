import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type ApiClient } from '../cluster/api-client.ts';
import { startCluster, type Cluster } from '../cluster/cluster.ts';
import { startOperator, type OperatorProcess } from '../demo/operator-process.ts';
import { kubectlOf } from '../demo/kubectl.ts';
import { writeBare, type BareWrite } from './bare-writer.ts';
import { countsBetween, readCounts, totals, type RequestCounts } from './request-counts.ts';

/*
 * `npm run bench [-- --members 10,100,500] [--rest SECONDS] [--kubernetes]`: install of the walk's control plane, joining N members, and rest, each beside a bare
 * writer in the same run. Machines are noisy: read the ratios. docs/bench.md keeps figures and says how they were taken.
 */
const root = join(import.meta.dirname, '..', '..');
const N = 'istio-system';
const say = (line = ''): void => { process.stdout.write(`${line}\n`); };

interface Item { readonly metadata: { readonly name: string; readonly labels?: Record<string, string>; readonly annotations?: Record<string, string> }; readonly [key: string]: unknown }
interface ListOf { readonly items: readonly Item[] }

function option(name: string, fallback: string): string {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : process.argv[at + 1] ?? fallback;
}

async function until(what: string, seconds: number, look: () => Promise<boolean>): Promise<number> {
  const started = performance.now();
  while (!await look()) {
    if (performance.now() - started > seconds * 1000) throw new Error(`${what}: not true after ${seconds} s`);
    await sleep(20);
  }
  return (performance.now() - started) / 1000;
}

function printCounts(counts: RequestCounts): void {
  for (const [key, value] of counts) say(`    ${key.padEnd(44)}${String(value).padStart(6)}`);
}

/** Lease renewals go on at all times and belong to no measurement. */
function withoutLeases(counts: RequestCounts): RequestCounts {
  return new Map([...counts].filter(([key]) => !key.endsWith(' leases')));
}

async function residentMegabytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

const TICKS_PER_SECOND = 100;

/** CPU seconds of a process so far, user and system (proc_pid_stat(5), fields 14 and 15). */
async function cpuSeconds(pid: number | undefined): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** CPU seconds of the operator and of the API server while something runs. */
async function cpuDuring<T>(cluster: Cluster, operator: OperatorProcess, work: () => Promise<T>): Promise<{ result: T; operator: number; server: number }> {
  const pids = [operator.child.pid, cluster.pids['kube-apiserver']];
  const before = await Promise.all(pids.map(cpuSeconds));
  const result = await work();
  const [own = 0, server = 0] = (await Promise.all(pids.map(cpuSeconds))).map((seconds, at) => seconds - (before[at] ?? 0));
  return { result, operator: own, server };
}

async function installMesh(cluster: Cluster, client: ApiClient, operator: OperatorProcess): Promise<void> {
  await kubectlOf(cluster)('create', 'namespace', N);
  const before = await readCounts(operator.metricsUrl);
  const started = performance.now();
  await kubectlOf(cluster)('create', '-n', N, '-f', join(root, 'test', 'samples', '01-istio-installation.yaml'));
  const created = performance.now();
  const firstWave = await until('istiod Deployment', 30, async () => (await client.call<ListOf>(`/apis/apps/v1/namespaces/${N}/deployments`)).items.some((item) => item.metadata.name.startsWith('istiod-')));
  await until('READY', 120, async () => {
    const smcp = await client.call<{ status?: { conditions?: { type: string; status: string }[] } }>(`/apis/maistra.io/v2/namespaces/${N}/servicemeshcontrolplanes/basic-install`);
    return smcp.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true;
  });
  const seconds = (performance.now() - created) / 1000;
  await sleep(1500);
  const counts = withoutLeases(countsBetween(before, await readCounts(operator.metricsUrl)));
  const sum = totals(counts);
  say(`install of the walk's control plane: ${seconds.toFixed(2)} s to READY (kubectl create took ${((created - started) / 1000).toFixed(2)} s), first wave there after ${firstWave.toFixed(2)} s`);
  say(`  ${sum.all} API requests, ${sum.writes} of them writes (goal: at most 60)`);
  printCounts(counts);
}

/** Copies of a configured member, as bare writes for another namespace. */
async function bareWrites(client: ApiClient, from: string, targets: readonly string[]): Promise<BareWrite[]> {
  const query = `?labelSelector=${encodeURIComponent('maistra.io/member-of')}`;
  const paths = ['/apis/rbac.authorization.k8s.io/v1/namespaces/NS/rolebindings', '/apis/networking.k8s.io/v1/namespaces/NS/networkpolicies'];
  const copies = (await Promise.all(paths.map(async (path) => {
    const { items } = await client.call<ListOf>(path.replace('NS', from) + query);
    return items.map((item) => ({ path, item }));
  }))).flat();
  return targets.flatMap((target) => [
    ...copies.map(({ path, item }): BareWrite => {
      const { metadata, ...rest } = item;
      return { method: 'POST', path: path.replace('NS', target), body: { ...rest, metadata: { name: metadata.name, labels: { ...metadata.labels, 'maistra.io/member-of': undefined, 'app.kubernetes.io/managed-by': 'bare-writer-istio-yardstick' }, annotations: metadata.annotations } } };
    }),
    { method: 'PATCH', path: `/api/v1/namespaces/${target}`, body: { metadata: { labels: { 'maistra.io/part-of': 'bare-yardstick' } } } },
  ]);
}

async function createNamespaces(client: ApiClient, names: readonly string[]): Promise<void> {
  await writeBare(client, names.map((name) => ({ method: 'POST', path: '/api/v1/namespaces', body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } } })));
}

/** New namespaces get a service account and a root certificate from the controller-manager; both sides start when it has finished. */
async function settled(client: ApiClient): Promise<void> {
  await until('the controller-manager at rest', 120, async () => {
    const [namespaces, accounts, certificates] = await Promise.all(['/api/v1/namespaces', '/api/v1/serviceaccounts?fieldSelector=metadata.name%3Ddefault',
      '/api/v1/configmaps?fieldSelector=metadata.name%3Dkube-root-ca.crt'].map(async (path) => (await client.call<ListOf>(path)).items.length));
    if (namespaces === accounts && namespaces === certificates) return true;
    await sleep(500);
    return false;
  });
  await sleep(1000);
}

interface Roll { readonly metadata: { readonly generation: number }; readonly status?: { readonly observedGeneration?: number; readonly configuredMembers?: readonly string[]; readonly conditions?: readonly { readonly type: string; readonly status: string }[] } }

/** Watches the roll, instead of asking again and again, until it has that many configured members and is Ready. */
async function rollConfigured(client: ApiClient, members: number): Promise<void> {
  const path = `/apis/maistra.io/v1/namespaces/${N}/servicemeshmemberrolls?watch=true&timeoutSeconds=300`;
  for await (const line of client.lines(path, AbortSignal.timeout(300_000))) {
    const { object } = line as { readonly object: Roll };
    const isReady = object.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true;
    if (isReady && object.status?.observedGeneration === object.metadata.generation && object.status.configuredMembers?.length === members) return;
  }
  throw new Error(`${members} members: not configured after 300 s`);
}

async function joinMembers({ cluster, client, operator }: Bench, count: number, already: readonly string[]): Promise<{ names: string[]; ratio: number }> {
  const names = Array.from({ length: count }, (_, i) => `member-${count}-${i}`);
  const bare = Array.from({ length: count }, (_, i) => `bare-${count}-${i}`);
  await createNamespaces(client, [...names, ...bare]);
  await settled(client);
  const members = [...already, ...names];
  const before = await readCounts(operator.metricsUrl);
  const join = await cpuDuring(cluster, operator, async () => {
    const configured = rollConfigured(client, members.length);
    const started = performance.now();
    await client.call(`/apis/maistra.io/v1/namespaces/${N}/servicemeshmemberrolls/default`, { method: 'PATCH', contentType: 'application/merge-patch+json', body: { spec: { members } } });
    await configured;
    return (performance.now() - started) / 1000;
  });
  const seconds = join.result;
  await sleep(1500);
  const counts = countsBetween(before, await readCounts(operator.metricsUrl));
  const writes = await bareWrites(client, names[0] ?? '', bare);
  const yardstick = await cpuDuring(cluster, operator, () => writeBare(client, writes));
  const bareSeconds = yardstick.result;
  const ratio = seconds / bareSeconds;
  say(`${String(count).padStart(5)} members: ${seconds.toFixed(2)} s, bare writer ${bareSeconds.toFixed(2)} s, ratio ${ratio.toFixed(2)}; ${(totals(counts).writes / count).toFixed(2)} writes per member, ${totals(counts).all} requests, RSS ${(await residentMegabytes(operator.child.pid)).toFixed(0)} MB`);
  say(`        CPU: operator ${join.operator.toFixed(2)} s, API server ${join.server.toFixed(2)} s; API server for the bare writer ${yardstick.server.toFixed(2)} s`);
  return { names, ratio };
}

interface Bench { readonly cluster: Cluster; readonly client: ApiClient; readonly operator: OperatorProcess }

async function measure(bench: Bench): Promise<void> {
  const { cluster, client, operator } = bench;
  await installMesh(cluster, client, operator);
  await client.call(`/apis/maistra.io/v1/namespaces/${N}/servicemeshmemberrolls`, { method: 'POST', body: { apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMemberRoll', metadata: { name: 'default' }, spec: { members: [] } } });
  let members: readonly string[] = [];
  for (const count of option('members', '10,100,500').split(',').map(Number)) {
    const joined = await joinMembers(bench, count, members);
    members = [...members, ...joined.names];
  }
  const rest = Number(option('rest', '60'));
  await sleep(2000);
  const before = await readCounts(operator.metricsUrl);
  await sleep(rest * 1000);
  const counts = countsBetween(before, await readCounts(operator.metricsUrl));
  const sum = totals(withoutLeases(counts));
  say(`${rest} s at rest with ${members.length} members: ${sum.writes} writes, ${sum.all} requests (lease renewals apart); RSS ${(await residentMegabytes(operator.child.pid)).toFixed(0)} MB`);
  printCounts(counts);
}

const flavour = process.argv.includes('--kubernetes') ? 'kubernetes' : 'openshift';
const cluster = await startCluster({ flavour });
say(`flavour ${flavour}`);
try {
  await kubectlOf(cluster)('apply', '--server-side', '-f', join(root, 'crds'));
  const client = connect(cluster.server, await readFile(cluster.caFile, 'utf8'), cluster.token('admin'));
  const operator = await startOperator(cluster.kubeconfig, cluster.dir);
  try {
    await measure({ cluster, client, operator });
  } finally {
    await operator.stop();
    client.close();
  }
} finally {
  await cluster.stop();
}
