import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeCgroups } from './node/cgroups.ts';
import { containerdRoot } from './node/containerd-config.ts';
import { isRunning, waitUntilGone } from './process-identity.ts';
import { readState, removeDir, type ClusterState, type Flavour } from './state.ts';

/** How the folders of clusters without a name begin, in the system's temporary folder. */
export const TEMPORARY_PREFIX = 'tenant-mesh-cluster-';

const GONE_TIMEOUT_MS = 10_000;

/** Kills what is left of a cluster whose host is gone; processes are known by pid and start tick, so nobody else is hit. */
export async function killLeftovers(state: ClusterState, log: (line: string) => void): Promise<void> {
  for (const [name, identity] of Object.entries(state.processes).reverse()) {
    if (!isRunning(identity)) continue;
    log(`ending ${name} (pid ${identity.pid}), left by an earlier run`);
    process.kill(identity.pid, 'SIGKILL');
    if (!await waitUntilGone(identity, GONE_TIMEOUT_MS)) throw new Error(`${name} (pid ${identity.pid}) of an earlier run in ${state.dir} does not end`);
  }
  if (state.isReal === true) await removeCgroups(containerdRoot(state.dir));
}

/**
 * Makes a folder fit for a start: ends what a killed run left there.
 * @throws when a cluster runs in it, or its store belongs to a cluster of the other flavour
 */
export async function reclaim(dir: string, flavour: Flavour, log: (line: string) => void): Promise<void> {
  const state = await readState(dir);
  if (state === undefined) return;
  if (isRunning(state.host)) throw new Error(`a cluster already runs in ${dir} (pid ${state.host.pid}); stop it or choose another folder`);
  if (state.flavour !== flavour) throw new Error(`${dir} holds a cluster of flavour ${state.flavour}; remove the folder or choose another one for ${flavour}`);
  await killLeftovers(state, log);
}

/** Removes temporary clusters whose host was killed. */
export async function sweepTemporary(log: (line: string) => void): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => []);
  for (const name of names.filter((entry) => entry.startsWith(TEMPORARY_PREFIX))) {
    const dir = join(tmpdir(), name);
    const state = await readState(dir);
    if (state === undefined || isRunning(state.host)) continue;
    await killLeftovers(state, log).then(() => removeDir(dir)).catch(() => undefined);
  }
}
