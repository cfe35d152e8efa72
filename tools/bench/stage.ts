import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../cluster/api-client.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { OperatorProcess } from '../demo/operator-process.ts';
import { writeBare } from './bare-writer.ts';
import { countsBetween, readCounts, totals, type RequestCounts } from './request-counts.ts';

/** What the parts of the bench work with; one cluster and one operator for all of them, in order. */
export interface Stage {
  readonly cluster: Cluster;
  readonly client: ApiClient;
  /** The running operator; another one after `restartOperator`. */
  operator: OperatorProcess;
  readonly restartOperator: () => Promise<void>;
  /** Members of the walk's mesh so far. */
  members: readonly string[];
  /** Namespaces with the bare writer's copies of what members have. */
  bare: readonly string[];
  /** Joining times by number of members, for the plot. */
  readonly joined: { readonly members: number; readonly seconds: number; readonly bareSeconds: number }[];
}

/** One part of the bench: what it measures, and the figures it prints. */
export interface Part {
  readonly name: string;
  readonly run: (stage: Stage) => Promise<void>;
}

/** Namespace of the walk's control plane. */
export const MESH = 'istio-system';

export interface Item {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly resourceVersion?: string; readonly labels?: Record<string, string>; readonly annotations?: Record<string, string> };
  readonly [key: string]: unknown;
}
export interface ListOf { readonly items: readonly Item[] }

export const say = (line = ''): void => { process.stdout.write(`${line}\n`); };

/** The middle one; of two, the upper. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** `--name VALUE` of the command line. */
export function option(name: string, fallback: string): string {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : process.argv[at + 1] ?? fallback;
}

/** Asks every 20 ms until the look is true. Out: seconds it took. Throws after the limit. */
export async function until(what: string, seconds: number, look: () => Promise<boolean>): Promise<number> {
  const started = performance.now();
  while (!await look()) {
    if (performance.now() - started > seconds * 1000) throw new Error(`${what}: not true after ${seconds} s`);
    await sleep(20);
  }
  return (performance.now() - started) / 1000;
}

/** Resident memory of a process in MB (proc_pid_status(5), VmRSS). */
export async function residentMegabytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

const TICKS_PER_SECOND = 100;

/** CPU seconds of a process so far, user and system (proc_pid_stat(5), fields 14 and 15). */
export async function cpuSeconds(pid: number | undefined): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** What something took, and the CPU seconds of the operator, of the API server and of this process, which is the bare writer, meanwhile. */
export interface Cost<T> {
  readonly result: T;
  readonly operator: number;
  readonly server: number;
  readonly writer: number;
}

export async function cpuDuring<T>({ operator, cluster }: Stage, work: () => Promise<T>): Promise<Cost<T>> {
  const pids = [operator.child.pid, cluster.pids['kube-apiserver'], process.pid];
  const before = await Promise.all(pids.map(cpuSeconds));
  const result = await work();
  const [own = 0, server = 0, writer = 0] = (await Promise.all(pids.map(cpuSeconds))).map((seconds, at) => seconds - (before[at] ?? 0));
  return { result, operator: own, server, writer };
}

/** Work in CPU seconds beside that of the yardstick: unlike the time, it says something on a machine where others work as well. */
export function sayCpu(ours: Cost<unknown>, bare: Cost<unknown>): void {
  const ratio = (ours.operator + ours.server) / (bare.writer + bare.server);
  say(`        CPU: operator ${ours.operator.toFixed(2)} s, API server ${ours.server.toFixed(2)} s; bare ${bare.writer.toFixed(2)} s, API server ${bare.server.toFixed(2)} s; ratio ${ratio.toFixed(2)}`);
}

/** Lease renewals go on at all times and belong to no measurement. */
function withoutLeases(counts: RequestCounts): RequestCounts {
  return new Map([...counts].filter(([key]) => !key.endsWith(' leases')));
}

/** The operator's requests while something runs and for a moment after. Out: the result, the requests by kind, and their sums. */
export async function requestsDuring<T>({ operator }: Stage, work: () => Promise<T>, afterMs = 1500): Promise<{ readonly result: T; readonly counts: RequestCounts; readonly all: number; readonly writes: number }> {
  const before = await readCounts(operator.metricsUrl);
  const result = await work();
  await sleep(afterMs);
  const counts = withoutLeases(countsBetween(before, await readCounts(operator.metricsUrl)));
  return { result, counts, ...totals(counts) };
}

export function printCounts(counts: RequestCounts): void {
  for (const [key, value] of counts) say(`    ${key.padEnd(44)}${String(value).padStart(6)}`);
}

export async function createNamespaces(client: ApiClient, names: readonly string[], labels: Record<string, string> = {}): Promise<void> {
  await writeBare(client, names.map((name) => ({ method: 'POST', path: '/api/v1/namespaces', body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } } })));
}

/** New namespaces get a service account and a root certificate from the controller-manager; measurements start when it has finished. */
export async function settled(client: ApiClient): Promise<void> {
  await until('the controller-manager at rest', 120, async () => {
    const [namespaces, accounts, certificates] = await Promise.all(['/api/v1/namespaces', '/api/v1/serviceaccounts?fieldSelector=metadata.name%3Ddefault',
      '/api/v1/configmaps?fieldSelector=metadata.name%3Dkube-root-ca.crt'].map(async (path) => (await client.call<ListOf>(path)).items.length));
    if (namespaces === accounts && namespaces === certificates) return true;
    await sleep(500);
    return false;
  });
  await sleep(1000);
}
