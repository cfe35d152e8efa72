import { mkdtemp, readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from '../cluster/process-identity.ts';
import { killLeftovers } from '../cluster/reclaim.ts';
import { readState, removeDir } from '../cluster/state.ts';

const PREFIX = 'tenant-mesh-e2e-';
/** A run that kills its own harness has no host for a moment: only what nobody has written to for long is left over. */
const FORGOTTEN_MS = 3_600_000;

async function isForgotten(dir: string, now: number): Promise<boolean> {
  const state = await readState(dir);
  if (state !== undefined && isRunning(state.host)) return false;
  return now - (await stat(dir)).mtimeMs > FORGOTTEN_MS;
}

/** A folder for one run's cluster, after those of runs that were killed have been removed. */
export async function freshFolder(now: number = Date.now()): Promise<string> {
  for (const name of (await readdir(tmpdir())).filter((entry) => entry.startsWith(PREFIX))) {
    const dir = join(tmpdir(), name);
    if (!await isForgotten(dir, now).catch(() => false)) continue;
    const state = await readState(dir);
    if (state !== undefined) await killLeftovers(state, () => undefined);
    await removeDir(dir);
  }
  return mkdtemp(join(tmpdir(), PREFIX));
}
