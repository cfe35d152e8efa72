import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { valueAt, type JsonObject } from '../../../src/lib/json.ts';
import { brickPath } from '../../../tools/cluster/bricks.ts';
import type { Cluster } from '../../../tools/cluster/cluster.ts';
import { freePorts } from '../../../tools/cluster/ports.ts';
import { lastLines, startProcess } from '../../../tools/cluster/processes.ts';
import { eventually } from '../../support/eventually.ts';

/** A target as Prometheus' API shows it. */
export interface Target {
  readonly scrapePool: string;
  readonly scrapeUrl: string;
  readonly health: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A real Prometheus with the configuration and the flags that we render. */
export interface PrometheusProcess {
  targets(): Promise<readonly Target[]>;
  /** The value of a query that gives one number; undefined while it gives none. */
  number(query: string): Promise<number | undefined>;
  /** Parses an expression; undefined, or what is wrong with it. */
  mistakeIn(expression: string): Promise<string | undefined>;
  /** Replaces the configuration, as a kubelet does when the ConfigMap changed. */
  configure(config: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * In a pod, the account's token and the address of the API server are found by themselves. Outside, each discovery has to be told the same by a
 * kubeconfig; nothing else is changed.
 */
function outsideOfAPod(config: string, kubeconfig: string): string {
  const parsed = parse(config) as { readonly scrape_configs: readonly JsonObject[] };
  const jobs = parsed.scrape_configs.map((job) => ({
    ...job, kubernetes_sd_configs: (job['kubernetes_sd_configs'] as readonly JsonObject[]).map((discovery) => ({ ...discovery, kubeconfig_file: kubeconfig })),
  }));
  return stringify({ ...parsed, scrape_configs: jobs });
}

async function accountKubeconfig(cluster: Cluster, namespace: string, file: string): Promise<void> {
  const { code, stdout, stderr } = await cluster.kubectl(['create', 'token', 'prometheus', '-n', namespace]);
  if (code !== 0) throw new Error(stderr);
  const ca = (await readFile(cluster.caFile)).toString('base64');
  await writeFile(file, JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'c', contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: cluster.server, 'certificate-authority-data': ca } }], users: [{ name: 'u', user: { token: stdout.trim() } }],
  }), { mode: 0o600 });
}

/** Flags of the rendered Deployment, with folders and address of this machine; a new configuration is looked for every second instead of every half minute. */
function flagsFor(deployment: KubeObject, dir: string, port: number): readonly string[] {
  const [container] = valueAt(deployment, 'spec', 'template', 'spec', 'containers') as readonly { readonly args: readonly string[] }[];
  return [
    ...(container?.args ?? []).map((flag) => flag.replace('/etc/prometheus/', `${dir}/`).replace('=/prometheus', `=${dir}/data`).replace(/(--web\.listen-address=).*/, `$1127.0.0.1:${port}`)),
    '--config.auto-reload-interval=1s',
  ];
}

interface Started {
  readonly dir: string;
  readonly args: readonly string[];
  readonly port: number;
  readonly configure: (config: string) => Promise<void>;
}

async function started({ dir, args, port, configure }: Started): Promise<PrometheusProcess> {
  const logFile = join(dir, 'log');
  const running = startProcess({ name: 'prometheus', file: await brickPath('prometheus'), args, logFile });
  const ask = async <T>(path: string): Promise<T> => (await fetch(`http://127.0.0.1:${port}${path}`)).json() as Promise<T>;
  await eventually('Prometheus is ready', async () => {
    if (running.hasEnded()) throw new Error(await lastLines(logFile));
    return (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok;
  });
  return {
    targets: async () => (await ask<{ data: { activeTargets: readonly Target[] } }>('/api/v1/targets?state=active')).data.activeTargets,
    number: async (query) => {
      const { data } = await ask<{ data?: { result?: readonly { value: readonly [number, string] }[] } }>(`/api/v1/query?query=${encodeURIComponent(query)}`);
      const value = data?.result?.[0]?.value[1];
      return value === undefined ? undefined : Number(value);
    },
    mistakeIn: async (expression) => {
      const answer = await ask<{ status: string; error?: string }>(`/api/v1/parse_query?query=${encodeURIComponent(expression)}`);
      return answer.status === 'success' ? undefined : answer.error ?? 'no reason given';
    },
    configure,
    stop: () => running.stop(5000),
  };
}

/** Starts it as the mesh's own account. In: the rendered objects of the add-on, applied before; a folder of its own. */
export async function startPrometheus(cluster: Cluster, objects: readonly KubeObject[], dir: string): Promise<PrometheusProcess> {
  const find = (kind: string): KubeObject => {
    const found = objects.find((object) => object.kind === kind);
    if (found === undefined) throw new Error(`no ${kind} was rendered`);
    return found;
  };
  const [port = 0] = await freePorts(1);
  const kubeconfig = join(dir, 'kubeconfig');
  await accountKubeconfig(cluster, find('ConfigMap').metadata.namespace ?? '', kubeconfig);
  const configure = async (config: string): Promise<void> => {
    // Renamed: half a file is never read.
    await writeFile(join(dir, 'next.yml'), outsideOfAPod(config, kubeconfig));
    await rename(join(dir, 'next.yml'), join(dir, 'prometheus.yml'));
  };
  await configure(String(valueAt(find('ConfigMap'), 'data', 'prometheus.yml')));
  return started({ dir, args: flagsFor(find('Deployment'), dir, port), port, configure });
}

/** Starts one with a configuration of the test's own; left out: it scrapes nobody and parses expressions. */
export async function startParser(dir: string, config = '{}'): Promise<PrometheusProcess> {
  const [port = 0] = await freePorts(1);
  const file = join(dir, 'prometheus.yml');
  const configure = (text: string): Promise<void> => writeFile(file, text);
  await configure(config);
  return started({ dir, args: [`--config.file=${file}`, `--storage.tsdb.path=${join(dir, 'data')}`, `--web.listen-address=127.0.0.1:${port}`], port, configure });
}
