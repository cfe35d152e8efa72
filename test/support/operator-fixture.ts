import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type ApiClient } from '../../tools/cluster/api-client.ts';
import { startCluster, type Cluster, type ClusterOptions, type Flavour } from '../../tools/cluster/cluster.ts';
import { kubectlOf, type Kubectl } from '../../tools/demo/kubectl.ts';
import { operatorAccount } from '../../tools/demo/operator-account.ts';
import { startOperator, type OperatorProcess } from '../../tools/demo/operator-process.ts';
import { countsBetween, readCounts, type RequestCounts } from '../../tools/bench/request-counts.ts';
import { eventually } from './eventually.ts';

export const root = join(import.meta.dirname, '..', '..');

/** Path of one of the walk's files. */
export const sample = (file: string): string => join(root, 'test', 'samples', file);

/** A cluster with our CRDs and the operator running as its own account, with the rights of deploy/rbac.yaml and no others. */
export interface OperatorFixture {
  readonly cluster: Cluster;
  readonly kubectl: Kubectl;
  readonly client: ApiClient;
  /** The operator that runs now. */
  operator(): OperatorProcess;
  /** Starts another one after the last has ended; one that still runs is ended first. */
  restart(flags?: readonly string[]): Promise<OperatorProcess>;
  /** Starts one beside it. The caller ends it, or kills the other and makes this the one that runs. */
  standBy(flags?: readonly string[]): Promise<OperatorProcess>;
  succeededBy(next: OperatorProcess): void;
  /**
   * Requests that write, other than lease renewals, while `during` runs, by `METHOD kind`. Counted from rest: what an operator still has to do for what
   * happened before is no answer to `during`. Fails when it does not come to rest.
   */
  writesDuring(during: () => Promise<unknown>): Promise<Readonly<Record<string, number>>>;
  stop(): Promise<void>;
}

const writesBetween = (before: RequestCounts, after: RequestCounts): Record<string, number> =>
  Object.fromEntries([...countsBetween(before, after)].filter(([key]) => !key.startsWith('GET ') && !key.endsWith(' leases')));

/** What was sent so far, once nothing is written for a while; undefined when something was. */
async function countsAtRest(metricsUrl: string): Promise<RequestCounts | undefined> {
  const before = await readCounts(metricsUrl);
  await sleep(1500);
  const after = await readCounts(metricsUrl);
  return Object.keys(writesBetween(before, after)).length === 0 ? after : undefined;
}

/** Starts all of it. */
export async function startFixture(flavour: Flavour, more: Pick<ClusterOptions, 'kubelet' | 'audit'> = {}): Promise<OperatorFixture> {
  if (!existsSync(join(root, 'dist', 'tmesh.mjs'))) execFileSync(process.execPath, [join(root, 'tools', 'build', 'bundle.ts')]);
  const cluster = await startCluster({ flavour, ...more });
  const kubectl = kubectlOf(cluster);
  await kubectl('apply', '--server-side', '-f', join(root, 'crds'));
  const account = await operatorAccount({ kubectl, server: cluster.server, caFile: cluster.caFile, dir: cluster.dir });
  const client = connect(cluster.server, await readFile(cluster.caFile, 'utf8'), cluster.token('admin'));
  let operator = await startOperator(account, cluster.dir);
  return {
    cluster, kubectl, client,
    operator: () => operator,
    async restart(flags = []) {
      await operator.stop();
      operator = await startOperator(account, cluster.dir, flags, { ports: operator.ports });
      return operator;
    },
    standBy: (flags = []) => startOperator(account, cluster.dir, flags),
    succeededBy(next) { operator = next; },
    async writesDuring(during) {
      const before = await eventually('an operator at rest', () => countsAtRest(operator.metricsUrl));
      await during();
      return writesBetween(before, await readCounts(operator.metricsUrl));
    },
    async stop() {
      if (operator.child.exitCode === null && operator.child.signalCode === null) await operator.stop();
      client.close();
      await cluster.stop();
    },
  };
}

interface Conditioned { readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason: string; readonly message: string }[] } }

/** The condition of a type on an object, as read. */
export function conditionOf(object: Conditioned, type: string): { readonly status: string; readonly reason: string; readonly message: string } | undefined {
  return object.status?.conditions?.find((condition) => condition.type === type);
}

export const SMCP_PATH = '/apis/maistra.io/v2/namespaces/istio-system/servicemeshcontrolplanes/basic-install';

/** Creates istio-system and the walk's control plane, and waits until it is ready. */
export async function installWalk({ kubectl, client }: OperatorFixture): Promise<void> {
  await kubectl('create', 'namespace', 'istio-system');
  await kubectl('create', '-n', 'istio-system', '-f', sample('01-istio-installation.yaml'));
  await controlPlaneReady(client);
}

/** Waits until the walk's control plane is ready for its present generation. */
export async function controlPlaneReady(client: ApiClient): Promise<void> {
  await eventually('control plane ready', async () => {
    const smcp = await client.call<Conditioned & { metadata: { generation: number }; status?: { observedGeneration?: number } }>(SMCP_PATH);
    const ready = conditionOf(smcp, 'Ready');
    if (smcp.status?.observedGeneration !== smcp.metadata.generation) throw new Error(`generation ${smcp.metadata.generation}, observed ${smcp.status?.observedGeneration}`);
    if (ready?.status !== 'True') throw new Error(`${ready?.reason}: ${ready?.message}`);
    return true;
  }, 60);
}

/** Creates the project of the walk and puts it into the mesh by the roll. */
export async function joinWalk({ kubectl, client }: OperatorFixture): Promise<void> {
  await kubectl('create', 'namespace', 'microsvc-sample');
  await kubectl('create', '-f', sample('02-smmr-default.yaml'));
  await eventually('roll configured', async () => conditionOf(await client.call<Conditioned>('/apis/maistra.io/v1/namespaces/istio-system/servicemeshmemberrolls/default'), 'Ready')?.reason === 'Configured');
}
