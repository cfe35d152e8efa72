import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ports } from './control-plane.ts';
import type { ProcessIdentity } from './process-identity.ts';

/** With or without what OpenShift adds to Kubernetes. */
export type Flavour = 'kubernetes' | 'openshift';

/** Absolute paths of the programs a cluster is made of. */
export interface Binaries {
  readonly etcd: string;
  readonly apiServer: string;
  readonly controllerManager: string;
}

/** What one cluster is made of; kept as `cluster.json` in its folder, which is how a later run finds it. */
export interface ClusterState {
  readonly flavour: Flavour;
  readonly dir: string;
  /** True for a folder of our own making: it goes when the cluster goes. */
  readonly isTemporary: boolean;
  /** With a real node: everything is in the host's own network namespace, and is entered through it. */
  readonly isReal?: boolean;
  readonly ports: Ports;
  readonly server: string;
  readonly etcdEndpoint: string;
  /** The process that holds the cluster, and those it started, by name. */
  readonly host: ProcessIdentity;
  readonly processes: Readonly<Record<string, ProcessIdentity>>;
}

function stateFile(dir: string): string {
  return join(dir, 'cluster.json');
}

/** The state left in a folder, or undefined if there is none that can be read. */
export async function readState(dir: string): Promise<ClusterState | undefined> {
  try {
    return JSON.parse(await readFile(stateFile(dir), 'utf8')) as ClusterState;
  } catch {
    return undefined;
  }
}

/** Replaces the state in one step: a reader sees the old or the new one. */
export async function writeState(state: ClusterState): Promise<void> {
  const temporary = `${stateFile(state.dir)}.${process.pid}`;
  await writeFile(temporary, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
  await rename(temporary, stateFile(state.dir));
}

/** Removes the folder of a stopped cluster. */
export async function removeDir(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true, maxRetries: 3 });
}
